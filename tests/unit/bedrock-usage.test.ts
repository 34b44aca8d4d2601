/** Token counts out of Bedrock's answers: whose figures win, two names for one count, lifetimes of cache writes, endings. */
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '@/lib/std/bytes';
import { bedrock } from '@/lib/wire/bedrock/format';
import type { UsageReading, WireCall } from '@/lib/wire/format';
import { EVENT_STREAM, eventFrame, exceptionFrame } from '@/tests/support/event-stream-frames';

const METRICS = 'amazon-bedrock-invocationMetrics';

interface Head {
  readonly status?: number;
  readonly contentType?: string;
  readonly headers?: Record<string, string>;
}

function read(
  chunks: readonly Uint8Array[],
  { status = 200, contentType = EVENT_STREAM, headers = {} }: Head = {},
): UsageReading {
  const call = { model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0' } as WireCall;
  const reader = bedrock.usageReader(call, { status, contentType, headers: new Headers(headers) });
  for (const chunk of chunks) reader.push(chunk);
  return reader.read();
}

const whole = (answer: unknown, headers: Record<string, string> = {}, status = 200): UsageReading =>
  read([encodeUtf8(JSON.stringify(answer))], { status, contentType: 'application/json', headers });

const chunk = (event: object): Buffer =>
  eventFrame('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'abc' });

const usageOf = (reading: UsageReading) => reading.parts[0]?.usage;

const START = {
  type: 'message_start',
  message: { model: 'claude-x', usage: { input_tokens: 20, cache_read_input_tokens: 7, output_tokens: 1 } },
};
const DELTA = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello there' } };
const END = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 130 } };
const STOP = { type: 'message_stop', [METRICS]: { inputTokenCount: 20, outputTokenCount: 98 } };

describe('Claude in chunks', () => {
  it('is counted by its own usage where Bedrock’s disagrees', () => {
    const reading = read([START, DELTA, END, STOP].map(chunk));
    expect(usageOf(reading)).toMatchObject({ inputTokens: 20, cacheReadTokens: 7, outputTokens: 130 });
    expect(reading).toMatchObject({ terminal: true, final: true, failed: false, model: 'claude-x' });
  });

  it('is counted by Bedrock’s where its own never came to an end', () => {
    const reading = read([START, DELTA, STOP].map(chunk));
    expect(usageOf(reading)).toMatchObject({ inputTokens: 20, cacheReadTokens: 7, outputTokens: 98 });
    expect(reading).toMatchObject({ terminal: true, final: true });
    expect(usageOf(read([chunk(STOP)]))).toMatchObject({
      inputTokens: 20,
      outputTokens: 98,
      cacheReadTokens: null,
    });
  });

  it('cut off knows its prompt and an estimate of what was written', () => {
    const reading = read([START, DELTA].map(chunk));
    expect(reading).toMatchObject({ terminal: false, final: false, streamedOutputTokens: 3 });
    expect(usageOf(reading)).toMatchObject({ inputTokens: 20, cacheReadTokens: 7 });
  });

  it('is not fooled by text that looks like metrics', () => {
    const text = `"${METRICS}":{"inputTokenCount":9999}`;
    const reading = read(
      [START, { ...DELTA, delta: { type: 'text_delta', text } }, END, { type: 'message_stop' }].map(chunk),
    );
    expect(usageOf(reading)).toMatchObject({ inputTokens: 20, outputTokens: 130 });
  });
});

describe('other families in chunks', () => {
  const METRIC = { [METRICS]: { inputTokenCount: 8, outputTokenCount: 4 } };
  it.each([
    [
      'Titan',
      [
        { outputText: 'a', totalOutputTextTokenCount: null },
        {
          outputText: 'b',
          totalOutputTextTokenCount: 5,
          inputTextTokenCount: 9,
          completionReason: 'FINISH',
          ...METRIC,
        },
      ],
      9,
      5,
    ],
    [
      'Llama',
      [
        { generation: 'a', prompt_token_count: 9, generation_token_count: 1, stop_reason: null },
        {
          generation: 'b',
          prompt_token_count: null,
          generation_token_count: 2,
          stop_reason: 'stop',
          ...METRIC,
        },
      ],
      9,
      2,
    ],
    [
      'Mistral',
      [
        { outputs: [{ text: 'a', stop_reason: null }] },
        { outputs: [{ text: '', stop_reason: 'stop' }], ...METRIC },
      ],
      8,
      4,
    ],
    [
      'Cohere',
      [
        { text: 'a', is_finished: false },
        { is_finished: true, ...METRIC },
      ],
      8,
      4,
    ],
    [
      'Nova',
      [
        { contentBlockDelta: { delta: { text: 'a' } } },
        { messageStop: { stopReason: 'end_turn' } },
        { metadata: { usage: { inputTokens: 9, outputTokens: 3 } }, ...METRIC },
      ],
      9,
      3,
    ],
    [
      'gpt-oss',
      [
        { choices: [{ delta: { content: 'a' } }] },
        { choices: [{ delta: {}, finish_reason: 'stop' }] },
        { choices: [], usage: { prompt_tokens: 9, completion_tokens: 3 }, ...METRIC },
      ],
      9,
      3,
    ],
  ] as const)(
    '%s are counted by their own fields, filled up from the metrics',
    (_family, events, inputTokens, outputTokens) => {
      const reading = read(events.map(chunk));
      expect(usageOf(reading)).toMatchObject({ inputTokens, outputTokens });
      expect(reading).toMatchObject({ terminal: true, final: true, failed: false });
      const cutOff = read(events.slice(0, 1).map(chunk));
      expect(cutOff).toMatchObject({ terminal: false, final: false, streamedOutputTokens: 1 });
    },
  );
});

describe('Converse', () => {
  const usage = {
    inputTokens: 5,
    outputTokens: 6,
    totalTokens: 41,
    cacheReadInputTokens: 10,
    cacheWriteInputTokens: 20,
  };
  const metadata = eventFrame('metadata', { usage, metrics: {} });
  const stop = eventFrame('messageStop', { stopReason: 'end_turn' });
  const delta = eventFrame('contentBlockDelta', { delta: { text: 'Hello there' }, contentBlockIndex: 0 });

  it('is over once it stopped and told its usage, in either order', () => {
    for (const frames of [
      [delta, stop, metadata],
      [delta, metadata, stop],
    ])
      expect(read(frames)).toMatchObject({ terminal: true, final: true, streamedOutputTokens: 3 });
    expect(read([delta, stop])).toMatchObject({ terminal: false, final: false, parts: [] });
    expect(read([delta, metadata])).toMatchObject({ terminal: false, final: true });
  });

  it('excludes the cache from its input, under both names', () => {
    const counts = {
      inputTokens: 5,
      outputTokens: 6,
      cacheReadTokens: 10,
      cacheWrite5mTokens: 20,
      cacheWrite1hTokens: null,
    };
    expect(usageOf(read([stop, metadata]))).toMatchObject(counts);
    const { cacheReadInputTokens, cacheWriteInputTokens, ...rest } = usage;
    const older = {
      ...rest,
      cacheReadInputTokenCount: cacheReadInputTokens,
      cacheWriteInputTokenCount: cacheWriteInputTokens,
    };
    expect(usageOf(whole({ output: {}, usage: older }))).toMatchObject(counts);
  });

  it('splits cache writes by the lifetime it names, never beyond their total', () => {
    const split = (cacheDetails: object[], total: number | undefined) =>
      usageOf(
        whole({ usage: { inputTokens: 1, outputTokens: 1, cacheWriteInputTokens: total, cacheDetails } }),
      );
    const details = [
      { ttl: '1h', inputTokens: 15 },
      { ttl: '5m', inputTokens: 5 },
    ];
    expect(split(details, 20)).toMatchObject({ cacheWrite5mTokens: 5, cacheWrite1hTokens: 15 });
    expect(split(details, 12)).toMatchObject({ cacheWrite5mTokens: 0, cacheWrite1hTokens: 12 });
    expect(split(details, undefined)).toMatchObject({ cacheWrite5mTokens: 5, cacheWrite1hTokens: 15 });
  });

  it('is billed by the tier that its answer names', () => {
    const served = eventFrame('metadata', {
      usage,
      serviceTier: { type: 'flex' },
      performanceConfig: { latency: 'optimized' },
    });
    expect(read([stop, served]).parts[0]?.premiums).toEqual(['flex', 'fast']);
    expect(whole({ usage }, { 'x-amzn-bedrock-service-tier': 'priority' }).parts[0]?.premiums).toEqual([
      'priority',
    ]);
    expect(whole({ usage, serviceTier: { type: 'default' } }).parts[0]?.premiums).toBeUndefined();
  });
});

describe('whole answers', () => {
  const headers = { 'x-amzn-bedrock-input-token-count': '12', 'x-amzn-bedrock-output-token-count': '34' };

  it('of families without counts are counted by the headers', () => {
    expect(usageOf(whole({ completions: [] }, headers))).toMatchObject({ inputTokens: 12, outputTokens: 34 });
    expect(usageOf(whole({ embeddings: [] }, { 'x-amzn-bedrock-input-token-count': '3' }))).toMatchObject({
      inputTokens: 3,
      outputTokens: null,
    });
  });

  it('that tell their counts are believed over the headers', () => {
    const claude = { type: 'message', model: 'claude-x', usage: { input_tokens: 1, output_tokens: 2 } };
    expect(usageOf(whole(claude, headers))).toMatchObject({ inputTokens: 1, outputTokens: 2 });
    expect(
      usageOf(whole({ inputTextTokenCount: 1, results: [{ tokenCount: 2 }, { tokenCount: 3 }] }, headers)),
    ).toMatchObject({ inputTokens: 1, outputTokens: 5 });
    expect(usageOf(whole({ inputTextTokenCount: 0, embedding: [] }, headers))).toMatchObject({
      inputTokens: 0,
    });
    const chat = {
      usage: { prompt_tokens: 7, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 9 } },
    };
    expect(usageOf(whole(chat))).toMatchObject({ inputTokens: 0, cacheReadTokens: 9, outputTokens: 3 });
  });

  it('that are errors, or no JSON, claim nothing', () => {
    expect(whole({ message: 'no' }, headers, 400)).toMatchObject({ parts: [], failed: true, terminal: true });
    expect(read([encodeUtf8('<html>')], { contentType: 'application/json' })).toMatchObject({
      parts: [],
      terminal: false,
    });
    for (const bad of ['-1', '1.5', '', 'NaN', '1e3'])
      expect(whole({ a: 1 }, { 'x-amzn-bedrock-input-token-count': bad }).parts).toEqual([]);
  });
});

describe('broken streams', () => {
  it('say so with an exception, and damaged frames lose nothing but themselves', () => {
    expect(read([chunk(START), exceptionFrame('throttlingException', 'no')])).toMatchObject({
      failed: true,
      terminal: false,
    });
    const damaged = chunk(DELTA);
    damaged[20] = (damaged[20] ?? 0) ^ 1;
    expect(read([chunk(START), damaged, chunk(END), chunk(STOP)])).toMatchObject({
      terminal: true,
      final: true,
    });
    expect(read([encodeUtf8('not a frame at all, but long enough')])).toMatchObject({
      terminal: false,
      parts: [],
    });
    const odd = [
      eventFrame('chunk', { bytes: '%%%' }),
      eventFrame('chunk', {}),
      eventFrame('metadata', { usage: 7 }),
      eventFrame('new', {}),
    ];
    expect(read(odd)).toMatchObject({ parts: [], failed: false });
  });
});
