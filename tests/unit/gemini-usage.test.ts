/** Usage read from recorded and hand-made Gemini answers, in all three forms and cut at every place. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumUsage, type TokenUsage } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { JsonArrayFramer } from '@/lib/std/json-array';
import { gemini } from '@/lib/wire/gemini/format';
import type { UsageReading, WireCall } from '@/lib/wire/format';

const FOLDER = path.resolve('../shared/fixtures');
const INDEX = path.join(FOLDER, 'index.json');

interface Recording {
  readonly file: string;
  readonly provider: string;
  readonly format: string;
  readonly stream: boolean;
  readonly status: number;
  readonly model: string;
  readonly usage: Readonly<
    Record<'input' | 'output' | 'cache_read' | 'total', number> & { reasoning: number | null }
  > | null;
}

const recordings = existsSync(INDEX)
  ? (JSON.parse(readFileSync(INDEX, 'utf8')) as Recording[]).filter(
      ({ provider, format }) => ['gemini', 'vertex'].includes(provider) && format === 'gemini',
    )
  : [];
if (recordings.length === 0) console.warn(`notice: no recordings at ${FOLDER}; nothing of them is read`);

const URL_CALL = gemini.endpoints.find(({ name }) => name === 'generateContent')!;
const call = (model: string, stream: boolean, more: Partial<WireCall> = {}): WireCall => ({
  ...gemini.readCall({
    endpoint: URL_CALL,
    params: { model },
    body: encodeUtf8('{}'),
    headers: new Headers(),
  }),
  stream,
  ...more,
});

interface Of {
  readonly model?: string;
  readonly stream: boolean;
  readonly status?: number;
  readonly type?: string;
}

function readerOf(
  { model = 'gemini-2.5-flash', stream, status = 200, type }: Of,
  more: Partial<WireCall> = {},
) {
  const contentType = type ?? 'application/json; charset=UTF-8';
  return gemini.usageReader(call(model, stream, more), { status, contentType, headers: new Headers() });
}

function read(body: Uint8Array | string, of: Of, size = Number.POSITIVE_INFINITY): UsageReading {
  const bytes = typeof body === 'string' ? encodeUtf8(body) : body;
  const reader = readerOf(of);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
  return reader.read();
}

const SSE = 'text/event-stream';
const events = (...chunks: readonly unknown[]) =>
  chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('');
const readEvents = (...chunks: readonly unknown[]) => read(events(...chunks), { stream: true, type: SSE });
const usageOf = (reading: UsageReading): TokenUsage => sumUsage(reading.parts);
const wholeUsage = (usageMetadata: unknown, more: object = {}) =>
  read(JSON.stringify({ candidates: [], usageMetadata, ...more }), { stream: false });

const text = (value: string, more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: value }] }, index: 0, ...more }],
});
const STOP = { finishReason: 'STOP' };

describe('recorded answers', () => {
  it.each(recordings.map((one) => [one.file, one] as const))(
    '%s is counted to the token, however it is cut',
    (_, one) => {
      const body = new Uint8Array(readFileSync(path.join(FOLDER, one.file)));
      const sse = one.file.endsWith('.sse');
      for (const size of [body.length, 1, 7, 61, 1_000]) {
        const reading = read(body, { ...one, ...(sse ? { type: SSE } : {}) }, size);
        const usage = usageOf(reading);
        const [input, read_] = [usage.inputTokens ?? 0, usage.cacheReadTokens ?? 0];
        expect([input + read_, usage.outputTokens ?? 0, read_]).toEqual(
          one.usage === null ? [0, 0, 0] : [one.usage.input, one.usage.output, one.usage.cache_read],
        );
        expect(usage.reasoningTokens).toBe(one.usage?.reasoning ?? null);
        expect(reading.terminal).toBe(true);
      }
    },
  );
});

describe('counters', () => {
  it('take the cache out of the prompt, add thoughts to the answer and tool results to the prompt', () => {
    const reading = wholeUsage({
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      candidatesTokenCount: 10,
      thoughtsTokenCount: 5,
      toolUsePromptTokenCount: 7,
      totalTokenCount: 122,
    });
    expect(usageOf(reading)).toMatchObject({
      inputTokens: 47,
      cacheReadTokens: 60,
      outputTokens: 15,
      reasoningTokens: 5,
    });
    expect(reading).toMatchObject({ final: true, terminal: true, estimated: false });
  });

  it.each([
    ['a missing prompt', { candidatesTokenCount: 4, totalTokenCount: 10 }, 6, 4],
    ['missing candidates', { promptTokenCount: 6, totalTokenCount: 10 }, 6, 4],
    [
      'thinking that only the total shows',
      { promptTokenCount: 6, candidatesTokenCount: 1, totalTokenCount: 10 },
      6,
      4,
    ],
    ['a blocked answer', { promptTokenCount: 14, totalTokenCount: 14 }, 14, 0],
    ['a total of zero', { totalTokenCount: 0 }, 0, 0],
    [
      'thoughts among the candidates',
      { promptTokenCount: 6, candidatesTokenCount: 9, thoughtsTokenCount: 5, totalTokenCount: 15 },
      6,
      9,
    ],
    ['a total that is too small', { promptTokenCount: 6, candidatesTokenCount: 9, totalTokenCount: 3 }, 6, 9],
    [
      'more cached than prompted',
      { promptTokenCount: 6, cachedContentTokenCount: 9, candidatesTokenCount: 1 },
      0,
      1,
    ],
  ])('with %s agree with the total', (_name, metadata, input, output) => {
    expect(usageOf(wholeUsage(metadata))).toMatchObject({ inputTokens: input, outputTokens: output });
  });

  it('stay unknown where nothing is said, and an object that names only the traffic counts nothing', () => {
    expect(usageOf(wholeUsage({ candidatesTokenCount: 3 }))).toMatchObject({
      inputTokens: null,
      outputTokens: 3,
    });
    expect(wholeUsage({ trafficType: 'ON_DEMAND' })).toMatchObject({ parts: [], raw: null, final: false });
    expect(wholeUsage({ promptTokenCount: -1, totalTokenCount: '7' }).parts).toEqual([]);
  });

  it.each([
    [{ serviceTier: 'flex' }, ['flex']],
    [{ serviceTier: 'priority' }, ['priority']],
    [{ trafficType: 'ON_DEMAND_FLEX' }, ['flex']],
    [{ trafficType: 'ON_DEMAND_PRIORITY' }, ['priority']],
    [{ trafficType: 'PROVISIONED_THROUGHPUT' }, undefined],
    [{ serviceTier: 'standard' }, undefined],
  ])('tell how the call was served: %o', (metadata, premiums) => {
    expect(wholeUsage({ promptTokenCount: 1, ...metadata }).parts[0]?.premiums).toEqual(premiums);
  });
});

describe('a stream', () => {
  it('is billed by the last object that counts, taken whole', () => {
    const reading = readEvents(
      {
        ...text('a'),
        usageMetadata: { promptTokenCount: 50, candidatesTokenCount: 21, totalTokenCount: 71 },
      },
      {
        ...text('b', STOP),
        usageMetadata: { promptTokenCount: 50, toolUsePromptTokenCount: 28, totalTokenCount: 78 },
      },
      { usageMetadata: { trafficType: 'ON_DEMAND' } },
    );
    expect(usageOf(reading)).toMatchObject({ inputTokens: 78, outputTokens: 0 });
    expect(reading).toMatchObject({ terminal: true, final: true });
    expect(reading.raw).toEqual({ promptTokenCount: 50, toolUsePromptTokenCount: 28, totalTokenCount: 78 });
  });

  it('is not over before a reason to finish, and not with that of one answer of two', () => {
    const counts = { usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1, totalTokenCount: 6 } };
    expect(readEvents({ ...text('a'), ...counts })).toMatchObject({ terminal: false, final: false });
    expect(readEvents({ ...text('a', STOP), ...counts }, text('b', { index: 1 }))).toMatchObject({
      terminal: false,
    });
    expect(readEvents({ ...text('a', STOP), ...counts }, text('b', { index: 1, ...STOP }))).toMatchObject({
      terminal: true,
      final: true,
    });
  });

  it('is over when the prompt is blocked', () => {
    const reading = readEvents({
      promptFeedback: { blockReason: 'SAFETY' },
      usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
    });
    expect(reading).toMatchObject({ terminal: true, final: true });
    expect(usageOf(reading)).toMatchObject({ inputTokens: 9, outputTokens: 0 });
  });

  it('fails with an error in its midst, in both forms', () => {
    const error = { error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } };
    expect(readEvents(text('a'), error)).toMatchObject({ failed: true, terminal: false });
    expect(read(JSON.stringify([text('a'), error]), { stream: true })).toMatchObject({ failed: true });
  });

  it('is not taken in by keys in a function’s arguments or by words in a text', () => {
    const args = { usageMetadata: { promptTokenCount: 1 }, finishReason: 'STOP', groundingMetadata: {} };
    const counts = { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 };
    const calling = { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args } }] } }] };
    expect(readEvents({ ...text('a'), usageMetadata: counts }, calling)).toMatchObject({
      raw: counts,
      terminal: false,
    });
    const quoting = text('{"usageMetadata":{"promptTokenCount":1},"finishReason":"STOP"}');
    expect(readEvents({ ...text('a'), usageMetadata: counts }, quoting)).toMatchObject({
      raw: counts,
      terminal: false,
    });
  });

  it('estimates what was streamed from the text alone', () => {
    expect(readEvents(text('a'.repeat(400)), text('b'.repeat(400))).streamedOutputTokens).toBe(200);
    expect(readEvents(text('say "hi" \\ naïve')).streamedOutputTokens).toBeGreaterThan(2);
  });

  it('that breaks off is known up to its last counts', () => {
    const reading = readEvents({
      ...text('a'),
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3 },
    });
    expect(reading).toMatchObject({ final: false, terminal: false });
    expect(usageOf(reading)).toMatchObject({ inputTokens: 5, outputTokens: 3 });
  });
});

describe('searches', () => {
  const searched = (modelVersion: string, queries: readonly string[], more: object = {}) =>
    usageOf(
      readEvents(
        { ...text('a', { groundingMetadata: { webSearchQueries: queries, ...more } }), modelVersion },
        {
          ...text('b', { ...STOP, groundingMetadata: { webSearchQueries: queries } }),
          modelVersion,
          usageMetadata: { promptTokenCount: 1 },
        },
      ),
    ).webSearchRequests;

  it('are billed each once from Gemini 3 on, and per prompt before', () => {
    expect(searched('gemini-3-flash-preview', ['a', 'b', 'a', ''])).toBe(2);
    expect(searched('gemini-2.5-pro', ['a', 'b'])).toBe(1);
    expect(searched('gemini-2.5-pro', [])).toBe(0);
    expect(searched('gemini-3-flash-preview', [], { groundingChunks: [{ maps: { uri: 'x' } }] })).toBe(1);
  });

  it('are unknown where the answer says nothing of them', () => {
    expect(usageOf(wholeUsage({ promptTokenCount: 1 })).webSearchRequests).toBeNull();
  });
});

describe('the array form', () => {
  const CHUNKS = [
    text('naïve "]" [ { 日本語 \\" \\\\'),
    {
      ...text('🦩', STOP),
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 },
    },
  ];
  const BODY = encodeUtf8(`[${CHUNKS.map((chunk) => JSON.stringify(chunk, null, 2)).join('\n,\r\n')}\n]\n`);

  it('is over with its last bracket', () => {
    const open = read(BODY.subarray(0, BODY.lastIndexOf(']'.charCodeAt(0))), { stream: true });
    expect(open).toMatchObject({ terminal: false, final: false });
    expect(read(BODY, { stream: true })).toMatchObject({ terminal: true, final: true });
  });

  it('is read alike wherever it is cut', () => {
    const whole = read(BODY, { stream: true });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: BODY.length }), { maxLength: 12 }), (cuts) => {
        const reader = readerOf({ stream: true });
        let from = 0;
        for (const cut of [...cuts.toSorted((a, b) => a - b), BODY.length]) {
          reader.push(BODY.slice(from, cut));
          from = Math.max(from, cut);
        }
        expect(reader.read()).toEqual(whole);
      }),
    );
  });

  it('gives back every element of any array, cut anywhere', () => {
    const element = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.array(element),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0, 2),
        (elements, size, indent) => {
          const bytes = encodeUtf8(JSON.stringify(elements, null, indent));
          const seen: unknown[] = [];
          const framer = new JsonArrayFramer((one) => seen.push(JSON.parse(new TextDecoder().decode(one))));
          for (let at = 0; at < bytes.length; at += size) {
            expect(framer.closed).toBe(false);
            framer.push(bytes.subarray(at, at + size));
          }
          expect(seen).toEqual(JSON.parse(JSON.stringify(elements)));
          expect(framer.closed).toBe(true);
        },
      ),
    );
  });

  it('takes one object for its only element, passes over what is too large, and survives what is no JSON', () => {
    const seen: string[] = [];
    const framer = () => new JsonArrayFramer((one) => seen.push(new TextDecoder().decode(one)), 10);
    const single = framer();
    single.push(encodeUtf8(' {"a":1} x'));
    expect([single.closed, seen]).toEqual([true, ['{"a":1}']]);
    const large = framer();
    for (const piece of ['[{"a":"01234', '56789"},', '{"b":2}]']) large.push(encodeUtf8(piece));
    expect([large.skippedElements, large.closed, seen.at(-1)]).toEqual([1, true, '{"b":2}']);
    const strange = framer();
    strange.push(encodeUtf8('<html>[{"c":3}]'));
    expect([strange.closed, seen.length]).toEqual([true, 2]);
  });
});

describe('embeddings', () => {
  const embedded = (answer: unknown) => {
    const reader = readerOf({ stream: false }, { maxOutputTokens: 0 });
    reader.push(encodeUtf8(JSON.stringify(answer, null, 1)));
    return reader.read();
  };

  it.each([
    [
      {
        embedding: { values: [1] },
        usageMetadata: { promptTokenCount: 4, promptTokensDetails: [{ tokenCount: 4 }] },
      },
      4,
    ],
    [{ embeddings: [{ statistics: { tokenCount: 2 } }, { statistics: { tokenCount: 3 } }] }, 5],
    [
      { predictions: [{ embeddings: { statistics: { truncated: false, token_count: 6 }, values: [0.1] } }] },
      6,
    ],
    [{ embedding: { values: [] }, usageMetadata: { promptTokenCount: 0 } }, 0],
  ])('are billed as reported: %j', (answer, tokens) => {
    const reading = embedded(answer);
    expect(usageOf(reading)).toMatchObject({ inputTokens: tokens, outputTokens: 0 });
    expect(reading).toMatchObject({ final: true, terminal: true });
    expect(reading.raw).not.toBeNull();
  });

  it('that report nothing, or not all, are left to the estimate', () => {
    expect(embedded({ embedding: { values: [0.5] } })).toMatchObject({
      parts: [],
      terminal: true,
      final: false,
    });
    expect(embedded({ embeddings: [{ statistics: { tokenCount: 2 } }, { statistics: {} }] }).parts).toEqual(
      [],
    );
  });
});
