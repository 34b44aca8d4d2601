/** AWS event streams: frames come out whole however they are cut, and damaged bytes are reported, never thrown. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { crc32, crc32OfBytes } from '@/lib/std/crc32';
import {
  encodeFrame,
  type EventFrame,
  EventStreamFramer,
  exceptionFrame,
  type FrameProblem,
} from '@/lib/std/event-stream';
import {
  eventFrame as upstreamFrame,
  exceptionFrame as upstreamException,
} from '@/tests/support/event-stream-frames';

const RECORDED = path.resolve('../shared/fixtures/bedrock-converse');

interface Seen {
  readonly frames: { name: string; type: string; payload: string }[];
  readonly problems: FrameProblem[];
  readonly atBoundary: boolean;
}

function feed(chunks: readonly Uint8Array[], maxFrameBytes?: number): Seen {
  const views: EventFrame[] = [];
  const problems: FrameProblem[] = [];
  const framer = new EventStreamFramer((frame) => views.push(frame), {
    onProblem: (problem) => problems.push(problem),
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
  });
  for (const chunk of chunks) framer.push(chunk);
  // Read only now: what was given out must have stayed.
  const frames = views.map((frame) => ({
    name: frame.name,
    type: frame.messageType,
    payload: decodeUtf8(frame.payload),
  }));
  return { frames, problems, atBoundary: framer.atBoundary };
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = sizes[parts.length % sizes.length] ?? bytes.length;
    parts.push(bytes.slice(at, at + size));
    at += size;
  }
  return parts;
}

const event = (name: string, payload: string): Uint8Array =>
  encodeFrame({ ':event-type': name, ':message-type': 'event' }, encodeUtf8(payload));

const THREE = [event('one', '{"a":1}'), event('two', ''), event('three', 'ü'.repeat(700))];

describe('frames', () => {
  it('come out once each, with name and payload, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ maxLength: 60 }), fc.string({ maxLength: 300 })), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 6 }),
        (events, sizes) => {
          const bytes = concatBytes(events.map(([name, payload]) => event(name, payload)));
          const { frames, problems, atBoundary } = feed(cut(bytes, sizes));
          expect(frames).toEqual(
            events.map(([name, payload]) => ({
              name: decodeUtf8(encodeUtf8(name)),
              type: 'event',
              payload: decodeUtf8(encodeUtf8(payload)),
            })),
          );
          expect([problems, atBoundary]).toEqual([[], true]);
        },
      ),
    );
  });

  it('are written as another encoder writes them', () => {
    const headers = { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' };
    expect(Buffer.from(encodeFrame(headers, encodeUtf8('{"bytes":"e30="}')))).toEqual(
      upstreamFrame('chunk', { bytes: 'e30=' }),
    );
    expect(Buffer.from(exceptionFrame('internalServerException', { message: 'no' }))).toEqual(
      upstreamException('internalServerException', 'no'),
    );
  });

  it('of recorded streams have the checksums that Amazon gave them', () => {
    const files = existsSync(RECORDED) ? readdirSync(RECORDED).filter((file) => file.endsWith('.bin')) : [];
    if (files.length === 0) console.warn('No recordings: no frame of Amazon itself is read.');
    for (const file of files) {
      const bytes = readFileSync(path.join(RECORDED, file));
      const whole = feed([bytes]);
      expect([whole.problems, whole.atBoundary, whole.frames.length > 0]).toEqual([[], true, true]);
      expect(feed(cut(bytes, [1]))).toEqual(whole);
    }
  });

  it('tell an exception by its type and an unmodelled error by its code', () => {
    const error = encodeFrame({ ':message-type': 'error', ':error-code': 'Oops' }, new Uint8Array());
    const { frames } = feed([exceptionFrame('throttlingException', { message: 'm' }), error]);
    expect(frames.map(({ type, name }) => [type, name])).toEqual([
      ['exception', 'throttlingException'],
      ['error', 'Oops'],
    ]);
  });

  it('are read over headers of every other type', () => {
    const values = [
      [0],
      [1],
      [2, 7],
      [3, 0, 7],
      [4, 0, 0, 0, 7],
      [5, 0, 0, 0, 0, 0, 0, 0, 7],
      [6, 0, 2, 9, 9],
      [8, 0, 0, 0, 0, 0, 0, 0, 7],
      [9, ...Array.from({ length: 16 }, () => 1)],
    ];
    const odd = values.flatMap((value, index) => [2, 0x78, 0x30 + index, ...value]);
    const named = encodeFrame({ 'x-last': 'here' }, encodeUtf8('{}'));
    const size = new DataView(named.buffer).getUint32(4);
    const head = Uint8Array.from([...odd, ...named.subarray(12, 12 + size)]);
    const frame = new Uint8Array(16 + head.length);
    const view = new DataView(frame.buffer);
    view.setUint32(0, frame.length);
    view.setUint32(4, head.length);
    view.setUint32(8, crc32OfBytes(frame.subarray(0, 8)));
    frame.set(head, 12);
    view.setUint32(frame.length - 4, crc32OfBytes(frame.subarray(0, frame.length - 4)));
    let found: (string | null)[] = [];
    new EventStreamFramer(
      (one) => (found = [one.header('x-last'), one.header('x6'), one.header('none')]),
    ).push(frame);
    expect(found).toEqual(['here', null, null]);
  });
});

describe('damaged bytes', () => {
  it('cost the one frame whose checksum fails', () => {
    const bytes = concatBytes(THREE);
    const at = (THREE[0]?.length ?? 0) + (THREE[1]?.length ?? 0) - 6;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    for (const sizes of [[bytes.length], [1], [11, 2]]) {
      const { frames, problems, atBoundary } = feed(cut(bytes, sizes));
      expect(frames.map(({ name }) => name)).toEqual(['one', 'three']);
      expect([problems, atBoundary]).toEqual([['checksum'], true]);
    }
  });

  it('end the reading where a prelude is wrong: nothing says where the next frame starts', () => {
    const bytes = concatBytes(THREE);
    const at = THREE[0]?.length ?? 0;
    bytes[at + 3] = 0xff;
    for (const sizes of [[bytes.length], [1], [7]]) {
      const { frames, problems, atBoundary } = feed(cut(bytes, sizes));
      expect(frames.map(({ name }) => name)).toEqual(['one']);
      expect([problems, atBoundary]).toEqual([['prelude'], false]);
    }
  });

  it('are never thrown on, nor given out as a frame, whatever bit is turned', () => {
    const whole = concatBytes(THREE);
    const good = feed([whole]).frames;
    fc.assert(
      fc.property(fc.nat(whole.length * 8 - 1), fc.integer({ min: 1, max: 400 }), (bit, size) => {
        const bytes = whole.slice();
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const { frames, problems } = feed(cut(bytes, [size]));
        expect(problems).toHaveLength(1);
        expect(frames.length).toBeLessThan(3);
        for (const frame of frames) expect(good).toContainEqual(frame);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void feed(cut(bytes, [5]))));
  });

  it('are known for cut off when a stream ends inside of a frame', () => {
    const bytes = concatBytes(THREE);
    const ends = new Set([0, THREE[0]?.length, (THREE[0]?.length ?? 0) + (THREE[1]?.length ?? 0)]);
    for (let end = 0; end < bytes.length; end += 1)
      expect(feed([bytes.subarray(0, end)]).atBoundary).toBe(ends.has(end));
  });

  it('of a frame larger than the bound are passed over without being kept', () => {
    const big = event('big', 'x'.repeat(5_000));
    const bytes = concatBytes([event('one', ''), big, event('two', '')]);
    for (const sizes of [[bytes.length], [1], [13], [999]]) {
      const { frames, problems, atBoundary } = feed(cut(bytes, sizes), 4_096);
      expect(frames.map(({ name }) => name)).toEqual(['one', 'two']);
      expect([problems, atBoundary]).toEqual([['too-large'], true]);
    }
  });
});

describe('the checksum', () => {
  it('is the CRC-32 of zip and PNG', () => {
    expect(crc32('123456789')).toBe(0xcb_f4_39_26);
    expect(crc32OfBytes(encodeUtf8('123456789'))).toBe(0xcb_f4_39_26);
  });
});
