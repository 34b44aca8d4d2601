/** Usage read from recorded and hand-made Anthropic answers, cut at every place. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { sumUsage, type TokenUsage, type UsagePart } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { deltaTextBytes } from '@/lib/wire/bodies/anthropic/delta-size';
import { anthropicMessages } from '@/lib/wire/anthropic-messages/format';
import { JsonUsageReader } from '@/lib/wire/bodies/anthropic/json-usage';
import type { UsageReading, WireCall } from '@/lib/wire/format';

const ROOT = process.cwd();
const RECORDINGS = path.resolve(ROOT, '../shared/fixtures');
const MADE = path.join(ROOT, 'tests/fixtures/anthropic');

interface Counts {
  readonly input: number;
  readonly output?: number;
  readonly cache_read?: number;
  readonly cache_write?: number;
  readonly reasoning?: number | null;
}

interface Recording {
  readonly file: string;
  readonly format: string;
  readonly stream: boolean;
  readonly status: number;
  readonly model: string;
  readonly flags: readonly string[];
  readonly usage: Counts | null;
  readonly billable_by_model: Readonly<Record<string, Counts>> | null;
}

const INDEX = path.join(RECORDINGS, 'index.json');
const recordings = existsSync(INDEX)
  ? (JSON.parse(readFileSync(INDEX, 'utf8')) as Recording[]).filter(
      ({ format, flags }) => format === 'anthropic' && !flags.includes('concatenated-messages'),
    )
  : [];
if (recordings.length === 0) console.warn(`notice: no recordings at ${RECORDINGS}; their tests are skipped`);

const call = (model: string, stream: boolean): WireCall => ({
  model,
  otherModels: [],
  stream,
  maxOutputTokens: null,
  minOutputTokens: 0,
  promptTokensLikely: 0,
  promptTokensCeiling: 0,
  cacheWrites: 'none',
  webSearches: 0,
  premiums: [],
  session: { id: null, opening: () => null },
  reportsUsage: true,
  answers: 1,
  refersTo: [],
  background: false,
});

/** Reads a body cut by `nextSize`. */
function read(
  body: Uint8Array,
  of: { model: string; stream: boolean; status: number },
  nextSize: () => number,
): UsageReading {
  const contentType = of.stream ? 'text/event-stream; charset=utf-8' : 'application/json';
  const reader = anthropicMessages.usageReader(call(of.model, of.stream), {
    status: of.status,
    contentType,
    headers: new Headers(),
  });
  for (let at = 0; at < body.length;) {
    const size = nextSize();
    reader.push(body.slice(at, at + size));
    at += size;
  }
  return reader.read();
}

/** The recordings' way of counting: `input` is every prompt token. */
function counted(usage: TokenUsage): Required<Omit<Counts, 'reasoning'>> {
  const write = (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0);
  return {
    input: (usage.inputTokens ?? 0) + (usage.cacheReadTokens ?? 0) + write,
    output: usage.outputTokens ?? 0,
    cache_read: usage.cacheReadTokens ?? 0,
    cache_write: write,
  };
}

function byModel(parts: readonly UsagePart[], ownModel: string): Record<string, Counts> {
  const groups = new Map<string, UsagePart[]>();
  for (const part of parts) {
    const model = part.model ?? ownModel;
    groups.set(model, [...(groups.get(model) ?? []), part]);
  }
  return Object.fromEntries([...groups].map(([model, own]) => [model, counted(sumUsage(own))]));
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 1 + (state % 700);
  };
}

/** Searches as the provider's own usage object, kept beside the recording, says. */
function searchesOf(recording: Recording): number | null {
  const meta = path.join(RECORDINGS, recording.file.replace(/\.\w+$/, '.meta.json'));
  const { usage_raw: raw } = JSON.parse(readFileSync(meta, 'utf8')) as {
    usage_raw?: { server_tool_use?: { web_search_requests?: number } | null };
  };
  return raw?.server_tool_use?.web_search_requests ?? null;
}

function check(recording: Recording, reading: UsageReading): void {
  const { usage, billable_by_model: billable, stream } = recording;
  expect(reading.terminal).toBe(true);
  expect(reading.estimated).toBe(false);
  if (usage === null || usage.output === undefined) {
    expect(reading.parts).toEqual([]);
    expect(reading.final).toBe(false);
    expect(reading.failed).toBe(recording.status >= 400);
    return;
  }
  expect(reading.final).toBe(true);
  expect(reading.failed).toBe(false);
  expect(reading.model).toBe(recording.model);
  if (billable !== null) {
    expect(byModel(reading.parts, recording.model)).toEqual(billable);
    return;
  }
  expect(reading.parts.map((part) => part.model)).toEqual([null]);
  const total = sumUsage(reading.parts);
  const { input, output, cache_read: cacheRead, cache_write: cacheWrite, reasoning } = usage;
  expect(counted(total)).toEqual({ input, output, cache_read: cacheRead ?? 0, cache_write: cacheWrite ?? 0 });
  expect(total.reasoningTokens).toBe(reasoning ?? null);
  expect(total.webSearchRequests).toBe(searchesOf(recording));
  expect(reading.raw).toHaveProperty(stream ? 'message_delta.output_tokens' : 'output_tokens', output);
}

describe.skipIf(recordings.length === 0)('recorded answers', () => {
  for (const recording of recordings) {
    it(`counts ${path.basename(recording.file)}`, () => {
      const body = new Uint8Array(readFileSync(path.join(RECORDINGS, recording.file)));
      const whole = read(body, recording, () => body.length);
      check(recording, whole);
      const sizes = recording.stream ? Array.from({ length: 64 }, (_, i) => i + 1) : [1, 64];
      for (const size of sizes) expect(read(body, recording, () => size)).toEqual(whole);
      for (let seed = 1; seed <= 5; seed += 1) expect(read(body, recording, random(seed))).toEqual(whole);
    });
  }

  it('were all there', () => {
    expect(recordings.length).toBeGreaterThanOrEqual(80);
    expect(recordings.filter(({ stream }) => stream).length).toBeGreaterThanOrEqual(40);
    expect(
      recordings.filter((recording) => recording.billable_by_model !== null).length,
    ).toBeGreaterThanOrEqual(3);
  });

  it('measures streamed text as a full parse does', () => {
    for (const recording of recordings.filter(({ stream, flags }) => stream && !flags.includes('thinking'))) {
      const body = new Uint8Array(readFileSync(path.join(RECORDINGS, recording.file)));
      const { streamedOutputTokens } = read(body, recording, () => 4096);
      expect(streamedOutputTokens).toBe(Math.ceil(generatedBytes(body) / 4));
    }
  });
});

/** A plain second reader of the same figure. */
function generatedBytes(body: Uint8Array): number {
  let bytes = 0;
  for (const line of new TextDecoder().decode(body).split('\n')) {
    if (!line.startsWith('data:')) continue;
    const { delta } = JSON.parse(line.slice(5)) as { delta?: Record<string, unknown> };
    for (const key of ['text', 'thinking', 'partial_json', 'content']) {
      const value = delta?.[key];
      if (typeof value === 'string') bytes += encodeUtf8(value).length;
    }
  }
  return bytes;
}

const tokens = (of: Partial<TokenUsage>): TokenUsage => ({
  inputTokens: null,
  cacheReadTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  webSearchRequests: null,
  ...of,
});

function made(file: string, model = 'claude-sonnet-4-5'): UsageReading {
  const body = new Uint8Array(readFileSync(path.join(MADE, file)));
  const of = { model, stream: file.endsWith('.sse'), status: 200 };
  const whole = read(body, of, () => body.length);
  for (let size = 1; size <= 64; size += 1) expect(read(body, of, () => size)).toEqual(whole);
  return whole;
}

describe('hand-made streams', () => {
  it('counts the rest of a stale cache split as 5-minute writes', () => {
    const reading = made('stale-split.sse');
    const usage = {
      inputTokens: 9,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 3337,
      cacheWrite1hTokens: 0,
      outputTokens: 12,
    };
    expect(reading.parts).toEqual([{ model: null, usage: tokens(usage) }]);
    expect(reading).toMatchObject({
      terminal: true,
      final: true,
      failed: false,
      model: 'claude-sonnet-4-5-20250929',
    });
  });

  it('takes cached tokens that appear only at the end', () => {
    const usage = {
      inputTokens: 12,
      cacheReadTokens: 6289,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 40,
    };
    expect(made('cache-read-at-end.sse').parts).toEqual([{ model: null, usage: tokens(usage) }]);
  });

  it('keeps 1-hour writes, reasoning and searches, and start figures where the end is null', () => {
    const { parts, raw } = made('one-hour-writes.sse');
    expect(parts).toEqual([
      {
        model: null,
        usage: {
          inputTokens: 4,
          cacheReadTokens: 100,
          cacheWrite5mTokens: 2000,
          cacheWrite1hTokens: 3000,
          outputTokens: 40,
          reasoningTokens: 25,
          webSearchRequests: 3,
        },
      },
    ]);
    expect(raw).toMatchObject({ message_start: { input_tokens: 4 }, message_delta: { output_tokens: 40 } });
  });

  it('bills a compaction beside the answer', () => {
    const { parts } = made('compaction.sse', 'claude-opus-4-6');
    const zero = { cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
    expect(parts).toEqual([
      {
        model: null,
        usage: tokens({ inputTokens: 100, cacheReadTokens: 55096, outputTokens: 812, ...zero }),
      },
      { model: null, usage: tokens({ inputTokens: 220, cacheReadTokens: 0, outputTokens: 90, ...zero }) },
    ]);
  });

  it('bills an advisor at its own model and shares out what only the top level says', () => {
    const { parts } = made('advisor.json', 'claude-sonnet-4-6');
    expect(parts).toEqual([
      {
        model: null,
        usage: tokens({
          inputTokens: 412,
          cacheReadTokens: 10,
          cacheWrite5mTokens: 0,
          cacheWrite1hTokens: 150,
          outputTokens: 89,
          reasoningTokens: 8,
        }),
      },
      {
        model: 'claude-opus-4-6',
        usage: tokens({ inputTokens: 823, cacheReadTokens: 0, cacheWrite5mTokens: 0, outputTokens: 1612 }),
      },
      {
        model: null,
        usage: tokens({
          inputTokens: 500,
          cacheReadTokens: 10,
          cacheWrite5mTokens: 100,
          cacheWrite1hTokens: 50,
          outputTokens: 442,
          reasoningTokens: 442,
          webSearchRequests: 2,
        }),
      },
    ]);
  });

  it('reports a mid-stream error with what was counted until then', () => {
    const reading = made('mid-stream-error.sse');
    expect(reading).toMatchObject({ terminal: false, final: false, failed: true });
    const usage = { inputTokens: 50, cacheReadTokens: 0, cacheWrite5mTokens: 0, outputTokens: 1 };
    expect(reading.parts).toEqual([{ model: null, usage: tokens(usage) }]);
    expect(reading.streamedOutputTokens).toBe(Math.ceil(encodeUtf8('The answer is “forty‑two”').length / 4));
  });

  it('survives malformed JSON in one event', () => {
    const reading = made('malformed-event.sse');
    expect(reading.parts).toEqual([{ model: null, usage: tokens({ inputTokens: 50, outputTokens: 17 }) }]);
    expect(reading).toMatchObject({ terminal: true, final: true, failed: false });
  });

  it('reads streams without event names, with CRLF, comments and another key order', () => {
    const reading = made('nameless-crlf.sse');
    expect(reading.parts).toEqual([{ model: null, usage: tokens({ inputTokens: 21, outputTokens: 5 }) }]);
    expect(reading).toMatchObject({
      terminal: true,
      final: true,
      streamedOutputTokens: 3,
      model: 'claude-sonnet-4-5',
    });
  });
});

describe('usage of hand-made JSON', () => {
  const json = (usage: unknown, status = 200, model = 'claude-sonnet-4-5'): UsageReading => {
    const body = encodeUtf8(JSON.stringify({ type: 'message', model, usage }));
    return read(body, { model, stream: false, status }, () => body.length);
  };

  it('trusts the total when the split is larger, 5-minute share first', () => {
    const split = { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 };
    for (const [total, write5m, write1h] of [
      [500, 300, 200],
      [450, 250, 200],
      [150, 0, 150],
      [0, 0, 0],
    ]) {
      const { parts } = json({ cache_creation_input_tokens: total, cache_creation: split });
      expect(parts[0]?.usage).toMatchObject({ cacheWrite5mTokens: write5m, cacheWrite1hTokens: write1h });
    }
    const { parts } = json({ cache_creation: split });
    expect(parts[0]?.usage).toMatchObject({ cacheWrite5mTokens: 300, cacheWrite1hTokens: 200 });
  });

  it('never takes a figure that is no whole non-negative number', () => {
    for (const bad of [-1, 1.5, '7', true, [], {}, null, 1e300])
      expect(json({ input_tokens: bad }).parts).toEqual([]);
    expect(json({ input_tokens: 0 }).parts).toEqual([{ model: null, usage: tokens({ inputTokens: 0 }) }]);
  });

  it('adds the top level when no iteration sampled the answer', () => {
    const { parts } = json({
      input_tokens: 3,
      output_tokens: 1,
      iterations: [{ type: 'compaction', input_tokens: 90_000, output_tokens: 700 }],
    });
    expect(parts.map(({ usage }) => [usage.inputTokens, usage.outputTokens])).toEqual([
      [90_000, 700],
      [3, 1],
    ]);
  });

  it('fills kinds that no iteration reports from the top level', () => {
    const { parts } = json({
      input_tokens: 3,
      output_tokens: 9,
      cache_read_input_tokens: 77,
      cache_creation_input_tokens: 5,
      iterations: [{ type: 'message', input_tokens: 3, output_tokens: 9 }, 'junk', null],
    });
    const usage = { inputTokens: 3, outputTokens: 9, cacheReadTokens: 77, cacheWrite5mTokens: 5 };
    expect(parts).toEqual([{ model: null, usage: tokens(usage) }]);
  });

  it('names the model of an iteration unless it is the one asked for', () => {
    const models = [
      'claude-sonnet-4-5',
      'claude-sonnet-4-5-20250929',
      'claude-sonnet-4-5-fast',
      'claude-opus-4-8',
    ];
    const iterations = models.map((model) => ({ type: 'message', model, input_tokens: 1 }));
    expect(json({ iterations }).parts.map((part) => part.model)).toEqual([
      null,
      null,
      'claude-sonnet-4-5-fast',
      'claude-opus-4-8',
    ]);
  });

  it('is not terminal while the body is cut, and above the bound an estimate by what its end tells', () => {
    const body = encodeUtf8(JSON.stringify({ type: 'message', model: 'm', usage: { input_tokens: 5 } }));
    const reader = new JsonUsageReader('m', body.length);
    reader.push(body.slice(0, 20));
    expect(reader.read()).toMatchObject({ parts: [], raw: null, terminal: false, final: false });
    reader.push(body.slice(20));
    expect(reader.read()).toMatchObject({ terminal: true, final: true, model: 'm' });
    reader.push(encodeUtf8(' '));
    expect(reader.read()).toMatchObject({ parts: [{ usage: { inputTokens: 5 } }], estimated: true });
  });

  it('takes no parts from an error answer without usage, whatever the call asked for', () => {
    const body = encodeUtf8('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
    const reader = anthropicMessages.usageReader(call('m', true), {
      status: 529,
      contentType: '',
      headers: new Headers(),
    });
    reader.push(body);
    expect(reader.read()).toMatchObject({ parts: [], raw: null, terminal: true, final: false, failed: true });
  });

  it('reads a JSON answer to a streaming call and a stream without a content type', () => {
    const answer = anthropicMessages.usageReader(call('m', true), {
      status: 200,
      contentType: 'application/json',
      headers: new Headers(),
    });
    answer.push(encodeUtf8('{"usage":{"output_tokens":3}}'));
    expect(answer.read().final).toBe(true);
    const stream = anthropicMessages.usageReader(call('m', true), {
      status: 200,
      contentType: '',
      headers: new Headers(),
    });
    stream.push(encodeUtf8('event: message_stop\ndata: {}\n\n'));
    expect(stream.read().terminal).toBe(true);
  });
});

describe('deltaTextBytes', () => {
  const size = (delta: unknown): number =>
    deltaTextBytes(encodeUtf8(JSON.stringify({ type: 'content_block_delta', index: 12, delta })));

  it('measures what the model wrote and nothing else', () => {
    expect(size({ type: 'text_delta', text: 'a"b\\c\nd' })).toBe(7);
    expect(size({ type: 'text_delta', text: 'Grüße 🎉' })).toBe(encodeUtf8('Grüße 🎉').length);
    expect(size({ type: 'thinking_delta', thinking: 'hm' })).toBe(2);
    expect(size({ type: 'input_json_delta', partial_json: '{"a":1' })).toBe(6);
    expect(size({ type: 'compaction_delta', content: 'abc' })).toBe(3);
    // Thinking that isn't shown comes as its signature alone: it was written, and is billed.
    expect(size({ type: 'signature_delta', signature: 'x'.repeat(900) })).toBe(900);
    expect(size({ type: 'citations_delta', citation: { text: 'quoted' } })).toBe(0);
    expect(size({ text: 'other order', type: 'text_delta' })).toBe(11);
    expect(deltaTextBytes(encodeUtf8('{"type":"content_block_delta","index":0,"delta":{"type":"text_'))).toBe(
      0,
    );
    expect(deltaTextBytes(encodeUtf8('nonsense'))).toBe(0);
  });

  it('takes an escaped character as three bytes', () => {
    const data =
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\u4e16\\u754c!"}}   ';
    expect(deltaTextBytes(encodeUtf8(data))).toBe(7);
  });
});
