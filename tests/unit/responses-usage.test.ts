/** Usage read from recorded and hand-made Responses answers, whole and cut at every place. */
import { describe, expect, it } from 'vitest';
import { sumUsage } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { ResponseJsonReader } from '@/lib/wire/bodies/openai/responses-reading';
import { ResponseStreamReader } from '@/lib/wire/bodies/openai/responses-stream';
import { openaiResponses } from '@/lib/wire/openai-responses/format';
import type { UsageReader, UsageReading, WireCall } from '@/lib/wire/format';
import { readRecorded, readRecordings, sum } from '@/tests/support/replay';

type ReadFor = ConstructorParameters<typeof ResponseStreamReader>[0];
const CALL: ReadFor = { background: false, otherModels: [], promptTokensLikely: 40 };
const IN_BACKGROUND: ReadFor = { ...CALL, background: true };

type Fields = Readonly<Record<string, unknown>>;
const USAGE = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 30, cache_write_tokens: 20 },
  output_tokens: 12,
  output_tokens_details: { reasoning_tokens: 5 },
  total_tokens: 112,
};
const response = (fields: Fields = {}): Fields => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  model: 'gpt-5.1-2025-11-13',
  output: [],
  store: true,
  usage: USAGE,
  ...fields,
});
const event = (type: string, fields: Fields = {}) => ({ type, sequence_number: 0, ...fields });
const named = (events: readonly Fields[]) =>
  events.map((one) => `event: ${String(one['type'])}\ndata: ${JSON.stringify(one)}\n\n`).join('');
const started = event('response.created', { response: response({ status: 'in_progress', usage: null }) });
const said = (delta: string) =>
  event('response.output_text.delta', {
    item_id: 'msg_1',
    output_index: 0,
    content_index: 0,
    delta,
    logprobs: [],
  });
const ended = (fields: Fields = {}, type = 'response.completed') =>
  event(type, { response: response(fields) });

function readStream(text: string | Uint8Array, call = CALL, size = Infinity): UsageReading {
  return pushAll(new ResponseStreamReader(call), text, size);
}
function readJson(answer: unknown, call = CALL): UsageReading {
  return pushAll(new ResponseJsonReader(call), typeof answer === 'string' ? answer : JSON.stringify(answer));
}
function pushAll(reader: UsageReader, body: string | Uint8Array, size = Infinity): UsageReading {
  const bytes = typeof body === 'string' ? encodeUtf8(body) : body;
  for (let at = 0; at < bytes.length; at += size)
    reader.push(bytes.subarray(at, Math.min(bytes.length, at + size)));
  return reader.read();
}
const usageOf = ({ parts }: UsageReading) => sumUsage(parts);

const COUNTED = {
  inputTokens: 50,
  cacheReadTokens: 30,
  cacheWrite5mTokens: 20,
  cacheWrite1hTokens: null,
  outputTokens: 12,
  reasoningTokens: 5,
  webSearchRequests: null,
};

describe('recorded answers', () => {
  const recordings = readRecordings(({ format }) => format === 'openai-responses');

  it.each(recordings.map((recording) => [recording.file, recording] as const))(
    '%s is counted to the token, whole and in pieces',
    (file, { stream, status, usage }) => {
      const body = readRecorded(file);
      const read = (size: number) =>
        stream ? readStream(body, CALL, size) : pushAll(new ResponseJsonReader(CALL), body, size);
      for (const size of [Infinity, 1, 7, 1_009]) {
        const reading = read(size);
        const counted = usageOf(reading);
        expect(reading.terminal).toBe(true);
        expect(reading.final).toBe(usage !== null);
        expect(reading.failed).toBe(status >= 400);
        expect({
          input: sum(
            counted.inputTokens,
            counted.cacheReadTokens,
            counted.cacheWrite5mTokens,
            counted.cacheWrite1hTokens,
          ),
          output: sum(counted.outputTokens),
          cache_read: sum(counted.cacheReadTokens),
          cache_write: sum(counted.cacheWrite5mTokens),
          reasoning: sum(counted.reasoningTokens),
        }).toEqual({
          input: sum(usage?.input),
          output: sum(usage?.output),
          cache_read: sum(usage?.cache_read),
          cache_write: sum(usage?.cache_write),
          reasoning: sum(usage?.reasoning),
        });
      }
    },
  );

  it('guess the streamed output within a factor of three where the text shows', () => {
    for (const { file, stream, usage } of recordings) {
      if (!stream || (usage?.output ?? 0) < 150 || (usage?.reasoning ?? 0) > 0) continue;
      const body = readRecorded(file);
      const cut = body.subarray(0, body.lastIndexOf('event: response.completed'));
      const guess = readStream(cut).streamedOutputTokens;
      expect([file, guess > (usage?.output ?? 0) / 3 && guess < (usage?.output ?? 0) * 3]).toEqual([
        file,
        true,
      ]);
    }
  });
});

describe('a stream', () => {
  it('reports what its terminal event says, whichever that is', () => {
    for (const type of ['response.completed', 'response.incomplete', 'response.failed']) {
      const reading = readStream(named([started, said('Hello'), ended({}, type)]));
      expect([usageOf(reading), reading.terminal, reading.final]).toEqual([COUNTED, true, true]);
      expect([reading.failed, reading.model, reading.answerId]).toEqual([
        type === 'response.failed',
        'gpt-5.1-2025-11-13',
        'resp_1',
      ]);
      expect(reading.raw).toEqual(USAGE);
    }
  });

  it('that failed without usage knows nothing, and says that it failed', () => {
    const reading = readStream(
      named([started, said('four bytes'), ended({ status: 'failed', usage: null }, 'response.failed')]),
    );
    expect(reading).toMatchObject({ parts: [], raw: null, terminal: true, final: false, failed: true });
    expect(reading.streamedOutputTokens).toBe(3);
  });

  it('is not whole without its terminal event', () => {
    const reading = readStream(named([started, said('Hello there, you.')]));
    expect(reading).toMatchObject({ parts: [], terminal: false, final: false, failed: false });
    expect(reading).toMatchObject({ streamedOutputTokens: 5, model: 'gpt-5.1-2025-11-13' });
    expect(reading.pending).toBeUndefined();
  });

  it('has failed with an error event, in either spelling of it', () => {
    for (const error of [
      'event: error\ndata: {"type":"error","message":"x"}\n\n',
      'data: {"type":"error","error":{}}\n\n',
    ])
      expect(readStream(named([started]) + error)).toMatchObject({ failed: true, terminal: false });
  });

  it('needs no event names, no order of keys, and bears a [DONE]', () => {
    const bare = (events: readonly Fields[]) =>
      events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
    const turned = (events: readonly Fields[]) =>
      events
        .map((one) => `data: ${JSON.stringify(Object.fromEntries(Object.entries(one).toReversed()))}\n\n`)
        .join('');
    const misnamed = (events: readonly Fields[]) =>
      events
        .map((one) => `event: message\r\ndata: ${JSON.stringify(one, null, 1).replaceAll('\n', ' ')}\r\n\r\n`)
        .join('');
    const events = [started, said('Hello there, you.'), ended()];
    for (const text of [bare(events), turned(events), misnamed(events)]) {
      const reading = readStream(`: a comment\n\n${text}data: [DONE]\n\n`);
      expect([usageOf(reading), reading.terminal, reading.streamedOutputTokens]).toEqual([COUNTED, true, 5]);
    }
  });

  it('measures everything the model writes and nothing that tools say', () => {
    const text = 'ab\\"c\u00e4\u{1F600}'.repeat(10);
    const bytes = encodeUtf8(text).length;
    const wrote = (type: string, delta: unknown) =>
      readStream(named([event(type, { delta })])).streamedOutputTokens;
    for (const kind of [
      'output_text',
      'reasoning_text',
      'reasoning_summary_text',
      'function_call_arguments',
      'custom_tool_call_input',
      'mcp_call_arguments',
      'code_interpreter_call_code',
      'refusal',
    ])
      expect(wrote(`response.${kind}.delta`, text)).toBe(Math.ceil(bytes / 4));
    expect(wrote('response.shell_call_output_content.delta', { stdout: text })).toBe(0);
    expect(wrote('response.shell_call_output_content.delta', text)).toBe(0);
    expect(wrote('response.audio.delta', text)).toBe(0);
  });

  it('reckons hidden thinking by its encrypted size, less the summary that was shown', () => {
    const done = (fields: Fields) =>
      event('response.output_item.done', { item: { type: 'reasoning', ...fields } });
    const hidden = (fields: Fields) => readStream(named([done(fields)])).streamedOutputTokens;
    const encrypted_content = 'A'.repeat(12_700);
    expect(hidden({ encrypted_content })).toBe(1_800);
    expect(hidden({ encrypted_content, summary: [{ type: 'summary_text', text: 'x'.repeat(4_000) }] })).toBe(
      800,
    );
    expect(hidden({ encrypted_content: 'A'.repeat(440) })).toBe(0);
    expect(hidden({ summary: [] })).toBe(0);
  });

  it('that breaks off after searches keeps them, beside the estimate of the prompt', () => {
    const search = (action: Fields) =>
      event('response.output_item.done', { item: { type: 'web_search_call', id: 'ws_1', action } });
    const reading = readStream(
      named([started, search({ type: 'search' }), search({ type: 'open_page' }), said('Found')]),
    );
    expect(reading).toMatchObject({ final: false, terminal: false });
    expect(usageOf(reading)).toMatchObject({ inputTokens: 40, webSearchRequests: 1, outputTokens: null });
  });

  it('survives anything', () => {
    for (const junk of [
      'data: {\n\n',
      'event: response.completed\ndata: 5\n\n',
      'event: response.completed\ndata: {"response":[]}\n\n',
      'data: \n\n',
      'event: response.output_text.delta\ndata: {"delta":{}}\n\n',
      'event: response.output_item.done\ndata: {"item":"web_search_call"}\n\n',
      '\u0000\uffff',
    ])
      expect(() => readStream(junk, CALL, 1)).not.toThrow();
    const reading = readStream(
      named([ended({ usage: { input_tokens: -1, output_tokens: 1.5, total_tokens: 'x' } })]),
    );
    expect([reading.parts, reading.final, reading.terminal]).toEqual([[], false, true]);
  });
});

describe('a whole answer', () => {
  it('reports the same as a stream', () => {
    expect(readJson(response())).toMatchObject({
      terminal: true,
      final: true,
      failed: false,
      answerId: 'resp_1',
      raw: USAGE,
    });
    expect(usageOf(readJson(response()))).toEqual(COUNTED);
  });

  it('of all zeros is a report of nothing used; null is none', () => {
    const zero = {
      input_tokens: 0,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 0,
      total_tokens: 0,
    };
    const reading = readJson(response({ usage: zero }));
    expect([reading.final, usageOf(reading)]).toEqual([
      true,
      {
        ...COUNTED,
        inputTokens: 0,
        cacheReadTokens: 0,
        cacheWrite5mTokens: null,
        outputTokens: 0,
        reasoningTokens: null,
      },
    ]);
    expect(readJson(response({ usage: null }))).toMatchObject({ parts: [], raw: null, final: false });
  });

  it('counts no figures that a vendor nests in its usage', () => {
    const context_details = { input_tokens: 9_000, output_tokens: 9_000 };
    expect(usageOf(readJson(response({ usage: { ...USAGE, context_details } })))).toEqual(COUNTED);
    expect(readJson(response({ usage: { context_details } })).parts).toEqual([]);
  });

  it('never counts below zero, and tokens that were read and written at once only once', () => {
    const counts = (input: number, cached: number, written: number) => {
      const input_tokens_details = { cached_tokens: cached, cache_write_tokens: written };
      const { inputTokens, cacheReadTokens, cacheWrite5mTokens } = usageOf(
        readJson(response({ usage: { input_tokens: input, input_tokens_details, output_tokens: 1 } })),
      );
      return [inputTokens, cacheReadTokens, cacheWrite5mTokens];
    };
    expect(counts(7, 161, 0)).toEqual([0, 161, 0]);
    expect(counts(2_165, 2_161, 2_161)).toEqual([4, 0, 2_161]);
    expect(counts(100, 60, 40)).toEqual([0, 60, 40]);
  });

  it('tells twelve-hour cache writes from the usual ones', () => {
    const input_tokens_details = {
      cached_tokens: 0,
      cache_write_tokens: 20,
      cache_write_tokens_details: { ttl_12h_tokens: 15, ttl_30m_tokens: 5 },
    };
    expect(usageOf(readJson(response({ usage: { ...USAGE, input_tokens_details } })))).toMatchObject({
      inputTokens: 80,
      cacheWrite5mTokens: 5,
      cacheWrite1hTokens: 15,
    });
  });

  it('counts searches as OpenAI bills them: its own count, else every search action', () => {
    const call = (action?: Fields) => ({
      type: 'web_search_call',
      id: 'ws',
      status: 'completed',
      ...(action && { action }),
    });
    const output = [
      call({ type: 'search' }),
      call({ type: 'open_page' }),
      call({ type: 'find_in_page' }),
      call(),
    ];
    const searches = (fields: Fields) => usageOf(readJson(response(fields))).webSearchRequests;
    expect(searches({ output })).toBe(2);
    expect(searches({ output, tool_usage: { web_search: { num_requests: 1 }, image_gen: {} } })).toBe(1);
    expect(searches({ tool_usage: { web_search: { num_requests: 0 } } })).toBe(0);
    expect(searches({})).toBeNull();
  });

  it('is priced by the tier it was served with, and can be rated again from what is kept', () => {
    for (const [service_tier, premium] of [
      ['priority', 'priority'],
      ['ultrafast', 'priority'],
      ['flex', 'flex'],
    ] as const) {
      const reading = readJson(response({ service_tier }));
      expect([reading.parts[0]?.premiums, reading.raw]).toEqual([[premium], { ...USAGE, service_tier }]);
    }
    expect(readJson(response({ service_tier: 'default' })).parts[0]?.premiums).toBeUndefined();
  });

  it('bills pictures to the model that drew them; drawn without a figure, it is an estimate', () => {
    const image_gen = { input_tokens: 10, output_tokens: 4_160, total_tokens: 4_170 };
    const call = { ...CALL, otherModels: ['openai/gpt-5', 'gpt-image-2'] };
    const output = [{ type: 'image_generation_call', id: 'ig_1', result: 'AAAA' }];
    const { parts, estimated } = readJson(response({ output, tool_usage: { image_gen } }), call);
    expect(parts.map(({ model, usage }) => [model, usage.inputTokens, usage.outputTokens])).toEqual([
      [null, 50, 12],
      ['gpt-image-2', 10, 4_160],
    ]);
    expect(estimated).toBe(false);
    expect(readJson(response({ output }), call)).toMatchObject({ estimated: true, final: true });
    expect(
      readJson(response({ tool_usage: { image_gen: { input_tokens: 0, output_tokens: 0 } } })).parts,
    ).toHaveLength(1);
  });

  it('of an error has failed and names nothing', () => {
    const reading = readJson({
      error: { message: 'no', type: 'invalid_request_error', param: null, code: null },
    });
    expect(reading).toMatchObject({ failed: true, terminal: true, final: false, parts: [], model: null });
    expect(readJson('not JSON')).toMatchObject({ terminal: false, parts: [] });
    expect(readJson('')).toMatchObject({ terminal: false, parts: [] });
  });

  it('measures what was written, for vendors that report no usage', () => {
    const output = [
      { type: 'message', content: [{ type: 'output_text', text: 'x'.repeat(40) }] },
      { type: 'function_call', arguments: 'y'.repeat(40) },
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'z'.repeat(40) }] },
    ];
    expect(readJson(response({ usage: null, output })).streamedOutputTokens).toBe(30);
  });
});

describe('the stored answer', () => {
  it('is named where the provider keeps it, and only there', () => {
    expect(readJson(response({ store: false })).answerId).toBeUndefined();
    expect(readJson(response({ store: undefined })).answerId).toBe('resp_1');
    expect(readJson(response({ object: 'response.compaction' })).answerId).toBeUndefined();
    expect(readJson(response({ store: false }), IN_BACKGROUND).answerId).toBe('resp_1');
    expect(readJson(response({ id: 5 })).answerId).toBeUndefined();
    expect(readStream(named([started])).answerId).toBe('resp_1');
  });

  it('is still being written while it is queued or in progress', () => {
    for (const status of ['queued', 'in_progress'])
      expect(readJson(response({ status, usage: null }), IN_BACKGROUND)).toMatchObject({
        pending: true,
        parts: [],
      });
    for (const status of ['completed', 'incomplete', 'failed', 'cancelled'])
      expect(readJson(response({ status }), IN_BACKGROUND).pending).toBeUndefined();
  });

  it('made in the background goes on when its stream is left or breaks, not when it has ended', () => {
    expect(readStream(named([started, said('a')]), IN_BACKGROUND)).toMatchObject({
      pending: true,
      answerId: 'resp_1',
    });
    expect(readStream(named([started, ended()]), IN_BACKGROUND).pending).toBeUndefined();
    expect(readStream('', IN_BACKGROUND).pending).toBeUndefined();
  });
});

it('the reader fits the answer: by its content type, else by what was asked for', () => {
  const readerFor = (stream: boolean, contentType: string, status = 200) =>
    openaiResponses.usageReader({ ...CALL, stream } as WireCall, {
      status,
      contentType,
      headers: new Headers(),
    });
  expect(readerFor(true, 'text/event-stream; charset=utf-8')).toBeInstanceOf(ResponseStreamReader);
  expect(readerFor(false, 'text/event-stream')).toBeInstanceOf(ResponseStreamReader);
  expect(readerFor(true, '')).toBeInstanceOf(ResponseStreamReader);
  expect(readerFor(true, 'application/json')).toBeInstanceOf(ResponseJsonReader);
  expect(readerFor(true, '', 500)).toBeInstanceOf(ResponseJsonReader);
  expect(readerFor(false, 'application/json')).toBeInstanceOf(ResponseJsonReader);
});
