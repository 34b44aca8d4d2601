/** Framing of server-sent events on bytes: cut anywhere, any line end, bounded, lazy. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { SseFramer, type SseFramerOptions } from '@/lib/std/sse';

interface Seen {
  event: string;
  text: string;
}

function frame(
  chunks: readonly Uint8Array[],
  options: SseFramerOptions = {},
): { seen: Seen[]; skipped: number } {
  const seen: Seen[] = [];
  const framer = new SseFramer((event) => seen.push({ event: event.event, text: event.text() }), options);
  for (const chunk of chunks) framer.push(chunk);
  return { seen, skipped: framer.skippedEvents };
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
  return chunks;
}

const EVENTS: Seen[] = [
  { event: 'a', text: '{"x":1}' },
  { event: '', text: 'Grüße, 世界 🎉' },
  { event: 'two', text: 'line one\nline two\n' },
  { event: 'a', text: '' },
];

function wire(eol: string): Uint8Array {
  const lines = EVENTS.map(({ event, text }) => {
    const name = event === '' ? '' : `event: ${event}${eol}`;
    const data = text.split('\n').map((line, i) => (i === 0 ? `data: ${line}` : `data:${line}`));
    return `: comment${eol}id: 7${eol}${name}${data.join(eol)}${eol}${eol}`;
  });
  return encodeUtf8(lines.join(`: keepalive${eol}${eol}${eol}`));
}

describe('SseFramer', () => {
  for (const [name, eol] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    it(`frames ${name} streams cut at every size`, () => {
      const bytes = wire(eol);
      for (let size = 1; size <= bytes.length; size += 1)
        expect(frame(cut(bytes, size)).seen).toEqual(EVENTS);
    });
  }

  it('frames mixed line ends and random cuts, and gives every byte out once', () => {
    const eols = fc.constantFrom('\n', '\r\n', '\r');
    // A block is ended by LF LF or CRLF CRLF or CR CR so that mixing never glues CR and LF into one line end.
    const event = fc.record({
      event: fc.constantFrom('', 'a', 'message_start'),
      text: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\uFEFF]/g, '')),
      eol: eols,
    });
    fc.assert(
      fc.property(fc.array(event), fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (events, sizes) => {
        const text = events.map(
          (e) => `${e.event ? `event: ${e.event}${e.eol}` : ''}data: ${e.text}${e.eol}${e.eol}`,
        );
        const bytes = encodeUtf8(text.join(''));
        const seen: Seen[] = [];
        const raw: Uint8Array[] = [];
        const framer = new SseFramer(
          (e) => {
            seen.push({ event: e.event, text: e.text() });
            raw.push(e.raw());
          },
          { onOther: (other) => raw.push(other) },
        );
        for (let at = 0; at < bytes.length;) {
          const size = Number(sizes.next().value);
          framer.push(bytes.slice(at, at + size));
          at += size;
        }
        raw.push(framer.end());
        expect(seen).toEqual(events.map((e) => ({ event: e.event, text: e.text })));
        expect(decodeUtf8(concatBytes(raw))).toBe(text.join(''));
      }),
    );
  });

  it('drops a byte order mark at the start only, also when cut', () => {
    const bytes = concatBytes([Uint8Array.of(0xef, 0xbb, 0xbf), encodeUtf8('data: x\n\ndata: y\n\n')]);
    for (let size = 1; size <= bytes.length; size += 1) {
      expect(frame(cut(bytes, size)).seen.map(({ text }) => text)).toEqual(['x', 'y']);
    }
  });

  it('keeps to the standard on colons, spaces and unknown fields', () => {
    const bytes = encodeUtf8(
      'data\n\ndata:  two spaces\n\nevent:x\ndatas: no\ndata:a:b\nevent\n\nevent: only\n\n',
    );
    expect(frame([bytes]).seen).toEqual([
      { event: '', text: '' },
      { event: '', text: ' two spaces' },
      { event: '', text: 'a:b' },
    ]);
  });

  it('does not report an event without its blank line', () => {
    expect(frame([encodeUtf8('data: x\n')]).seen).toEqual([]);
    const framer = new SseFramer(() => undefined);
    framer.push(encodeUtf8('data: x\n'));
    expect(decodeUtf8(framer.end())).toBe('data: x\n');
  });

  it('skips an event above the bound, however it is cut, and goes on with the next', () => {
    const bytes = encodeUtf8(`data: before\n\ndata: ${'x'.repeat(200)}\n\ndata: after\n\n`);
    for (let size = 1; size <= bytes.length; size += 1) {
      const other: Uint8Array[] = [];
      const options = { maxEventBytes: 100, onOther: (part: Uint8Array) => other.push(part) };
      const { seen, skipped } = frame(cut(bytes, size), options);
      expect(seen.map(({ text }) => text)).toEqual(['before', 'after']);
      expect(skipped).toBe(1);
      expect(decodeUtf8(concatBytes(other))).toBe(`data: ${'x'.repeat(200)}\n\n`);
    }
  });

  it('gives views of a whole chunk and copies of cut events that both stay valid', () => {
    const kept: { data: Uint8Array; raw: Uint8Array }[] = [];
    const framer = new SseFramer((event) => kept.push({ data: event.data(), raw: event.raw() }));
    const whole = encodeUtf8('data: one\n\n');
    framer.push(whole);
    expect(kept[0]?.data.buffer).toBe(whole.buffer);
    for (const part of ['da', 'ta: two', '\n\nda', 'ta: three\n\n']) framer.push(encodeUtf8(part));
    expect(kept.map(({ data }) => decodeUtf8(data))).toEqual(['one', 'two', 'three']);
    expect(kept.map(({ raw }) => decodeUtf8(raw))).toEqual([
      'data: one\n\n',
      'data: two\n\n',
      'data: three\n\n',
    ]);
  });

  it('stays linear on a large event fed byte by byte', () => {
    const bytes = encodeUtf8(`data: ${'y'.repeat(300_000)}\n\n`);
    const started = performance.now();
    expect(frame(cut(bytes, 1)).seen[0]?.text.length).toBe(300_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
