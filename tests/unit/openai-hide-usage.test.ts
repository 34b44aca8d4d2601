/** Hiding the usage chunk: exactly that one chunk goes, every other byte stays, however the stream is cut. */
import { array, assert as assertProperty, constantFrom, nat, property, string, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { UsageChunkFilter } from '@/lib/wire/bodies/openai/hide-usage';
import { openaiChat } from '@/lib/wire/openai-chat/format';

const USAGE = '{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}';

/** Chunks that stay, among them all that look like the one that goes. */
const KEPT: readonly string[] = [
  'data: {"choices":[],"model":"","prompt_filter_results":[{"prompt_index":0}]}',
  'data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hi [] \\"choices\\":[] ü"},"finish_reason":null}],"usage":null}',
  `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":${USAGE}}`,
  'data: {"choices":[],"usage":null}',
  'data: {"choices":[],"usage":[]}',
  'data: {"choices":[],"moderation":{"flagged":false}}',
  `data: {"choices":null,"usage":${USAGE}}`,
  `data: {"usage":${USAGE}}`,
  `data: {"choices":[],"usage":${USAGE}`,
  ': OPENROUTER PROCESSING',
  'event: error\ndata: {"error":{"message":"no"}}',
  'id: 7\nretry: 10',
  '',
  'data: [DONE]',
];
const HIDDEN: readonly string[] = [
  `data: {"id":"1","choices":[],"usage":${USAGE}}`,
  `data:{"usage":${USAGE},"choices": [ ]}`,
  `: a comment\ndata: {"choices" : [],"usage":${USAGE}}`,
  `data: {"choices":[],\ndata: "usage":${USAGE}}`,
];

function filtered(bytes: Uint8Array, cuts: readonly number[]): { whole: Uint8Array; pieces: Uint8Array[] } {
  const filter = new UsageChunkFilter();
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    pieces.push(...filter.push(bytes.subarray(from, to)));
    from = to;
  }
  return { whole: concatBytes([...pieces, filter.end()]), pieces };
}

const lineEnd = constantFrom('\n', '\r\n', '\r');
const events = array(constantFrom(...KEPT), { maxLength: 8 });

describe('the usage chunk', () => {
  it('is dropped, and every other byte stays, at any cut', () => {
    assertProperty(
      property(
        events,
        constantFrom(...HIDDEN),
        events,
        string({ maxLength: 20 }),
        lineEnd,
        array(nat(), { maxLength: 12 }),
        (before, hidden, after, tail, end, places) => {
          const write = (list: readonly string[]) =>
            list.map((one) => `${one}\n\n`.replaceAll('\n', end)).join('');
          const rest = tail.replaceAll(/[\r\n]/g, '');
          const bytes = encodeUtf8(write([...before, hidden, ...after]) + rest);
          const cuts = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b);
          expect(decodeUtf8(filtered(bytes, cuts).whole)).toBe(write([...before, ...after]) + rest);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is the only thing dropped: any bytes without it pass as they came', () => {
    const noise = uint8Array({ maxLength: 60 });
    assertProperty(
      property(events, noise, lineEnd, array(nat(), { maxLength: 8 }), (kept, odd, end, places) => {
        const text = encodeUtf8(kept.map((one) => `${one}\n\n`.replaceAll('\n', end)).join(''));
        const bytes = concatBytes([text, odd]);
        const cuts = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b);
        expect(filtered(bytes, cuts).whole).toEqual(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is dropped once: what looks like a second one is the provider’s own', () => {
    const [hidden] = HIDDEN;
    const bytes = encodeUtf8(`${hidden}\n\n${hidden}\n\n`);
    expect(decodeUtf8(filtered(bytes, []).whole)).toBe(`${hidden}\n\n`);
  });
});

describe('the other events', () => {
  it('go on as whole events, with the chunk that completes them, uncopied where none was cut', () => {
    const filter = openaiChat.hideUsage?.();
    if (filter === undefined) throw new Error('the format hides nothing');
    const whole = encodeUtf8('data: {"choices":[{"a":1}]}\n\ndata: [DONE]\n\n');
    expect(filter.push(whole)).toEqual([whole]);
    expect(filter.push(whole)[0]).toBe(whole);
    expect(filter.push(encodeUtf8('data: {"cho'))).toEqual([]);
    expect(filter.push(encodeUtf8('ices":[1]}\n\ndata: x')).map(decodeUtf8)).toEqual([
      'data: {"choices":[1]}\n\n',
    ]);
    expect(decodeUtf8(filter.end())).toBe('data: x');
  });
});
