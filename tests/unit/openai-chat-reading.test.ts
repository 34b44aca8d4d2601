/** Reading chat answers as they pass by: what a stream says about its end and its usage, and how much text it holds. */
import { array, assert as assertProperty, constantFrom, property, record, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TokenUsage, UNKNOWN_USAGE } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { ChatJsonReader } from '@/lib/wire/bodies/openai/chat-json';
import { ChatStreamReader } from '@/lib/wire/bodies/openai/chat-stream';
import { chunkTextBytes } from '@/lib/wire/bodies/openai/chunk-size';
import type { UsageReading } from '@/lib/wire/format';

const usage = (fields: Partial<TokenUsage>): TokenUsage => ({ ...UNKNOWN_USAGE, ...fields });

describe('a stream', () => {
  const event = (data: unknown) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
  const delta = (content: string, more: object = {}) => ({
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, delta: { content }, finish_reason: null, ...more }],
  });
  const counted = (input: number, output: number) => ({
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
  });
  function read(events: readonly string[], answers = 1): UsageReading {
    const reader = new ChatStreamReader({ answers }, null);
    for (const one of events) reader.push(encodeUtf8(one));
    return reader.read();
  }
  const FINISH = event(delta('', { finish_reason: 'stop' }));
  const DONE = event('[DONE]');

  it('is whole and final with the usage chunk and [DONE]', () => {
    const usageChunk = event({ choices: [], usage: counted(9, 4), service_tier: 'priority' });
    expect(read([event(delta('Hello')), FINISH, usageChunk, DONE])).toEqual({
      parts: [
        {
          model: null,
          usage: usage({ inputTokens: 9, outputTokens: 4 }),
          premiums: ['priority'],
        },
      ],
      raw: { ...counted(9, 4), service_tier: 'priority' },
      terminal: true,
      final: true,
      failed: false,
      estimated: false,
      streamedOutputTokens: 2,
      model: 'gpt-4o-2024-08-06',
    });
  });

  it('of a server that sends no [DONE] is whole once every answer has finished', () => {
    const second = event({ choices: [{ index: 1, delta: {}, finish_reason: 'length' }] });
    expect(read([event(delta('a'))]).terminal).toBe(false);
    expect(read([event(delta('a')), FINISH]).terminal).toBe(true);
    expect(read([event(delta('a')), FINISH], 2).terminal).toBe(false);
    expect(read([event(delta('a')), FINISH, FINISH], 2).terminal).toBe(false);
    expect(read([event(delta('a')), FINISH, second], 2).terminal).toBe(true);
  });

  it('with cumulative usage in every chunk is counted by the last, which is final only at the end', () => {
    const chunk = (output: number, more: object = {}) =>
      event({ ...delta('x', more), usage: counted(11, output) });
    const running = read([chunk(1), chunk(5)]);
    expect([running.final, running.parts[0]?.usage.outputTokens]).toEqual([false, 5]);
    const ended = read([chunk(1), chunk(434, { finish_reason: 'stop' }), DONE]);
    expect([ended.final, ended.parts[0]?.usage.outputTokens]).toEqual([true, 434]);
  });

  it('keeps its usage when chunks follow that have none, or an empty one', () => {
    const rest = [event({ choices: [], moderation: {} }), event({ choices: [], usage: {} }), DONE];
    expect(read([FINISH, event({ choices: [], usage: counted(9, 4) }), ...rest]).parts[0]?.usage).toEqual(
      usage({ inputTokens: 9, outputTokens: 4 }),
    );
  });

  it('has its usage from Groq’s field where the usual one is missing', () => {
    const last = event({
      ...delta('', { finish_reason: 'stop' }),
      x_groq: { id: 'r', usage: counted(21, 9) },
    });
    expect(read([last, DONE]).parts[0]?.usage.inputTokens).toBe(21);
  });

  it.each([
    ['a named error event', 'event: error\ndata: {"message":"no"}\n\n'],
    ['a chunk with an error', event({ error: { message: 'no' }, choices: [] })],
    ['vLLM’s error object', event({ object: 'error', message: 'no', error: null })],
  ])('fails with %s', (_name, last) => {
    expect(read([event(delta('a')), last]).failed).toBe(true);
  });

  it('does not fail over the word, nor find usage in what the model writes', () => {
    const words = '{"error":{},"usage":{"prompt_tokens":9},"finish_reason":"stop"}';
    const reading = read([event(delta(words)), event({ ...delta('x'), error: null, usage: null })]);
    expect(reading).toMatchObject({ failed: false, terminal: false, parts: [], raw: null });
  });

  it('names its model in Azure’s second chunk', () => {
    const first = event({ choices: [], model: '', prompt_filter_results: [] });
    expect(read([first, event(delta('a'))]).model).toBe('gpt-4o-2024-08-06');
  });

  it('reports what it cost where the router says so', () => {
    const last = event({
      ...delta('', { finish_reason: 'stop' }),
      usage: { ...counted(8, 2), cost: 0.0145476 },
    });
    expect(read([last, DONE]).reportedCostNanoUsd).toBe(14_547_600);
  });

  it('is read alike however its bytes are cut, and through malformed events', () => {
    const text = [': OPENROUTER PROCESSING\n\n', 'data: {"usage":\n\n', event(delta('schön')), FINISH];
    const whole = encodeUtf8([...text, event({ choices: [], usage: counted(9, 4) }), DONE].join(''));
    const expected = new ChatStreamReader({ answers: 1 }, null);
    expected.push(whole);
    for (const size of [1, 2, 3, 7, 61]) {
      const reader = new ChatStreamReader({ answers: 1 }, null);
      for (let at = 0; at < whole.length; at += size) reader.push(whole.subarray(at, at + size));
      expect(reader.read()).toEqual(expected.read());
    }
    expect(expected.read().parts).toHaveLength(1);
  });
});

describe('the text of a chunk is measured', () => {
  const chunk = (delta: object) => JSON.stringify({ choices: [{ index: 0, delta, logprobs: null }] });
  it.each([
    ['content', { role: 'assistant', content: 'Hello' }, 5],
    ['quotes and escapes', { content: 'a"b\\c\n' }, 6],
    ['other scripts', { content: 'äß語😀' }, 11],
    ['reasoning, once', { content: '', reasoning: 'We', reasoning_details: [{ text: 'We' }] }, 2],
    ['DeepSeek’s reasoning', { reasoning_content: 'First', content: null }, 5],
    ['a refusal', { refusal: 'No.' }, 3],
    [
      'the arguments of several tools',
      { tool_calls: [{ function: { arguments: '{"a"' } }, { function: { arguments: ':1}' } }] },
      7,
    ],
    [
      'Mistral’s thinking',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
          { type: 'text', text: 'ok' },
        ],
      },
      4,
    ],
    ['an empty delta', {}, 0],
  ])('%s', (_name, delta, bytes) => {
    expect(chunkTextBytes(chunk(delta))).toBe(bytes);
    expect(
      chunkTextBytes(chunk(delta).replaceAll(':', ': ').replaceAll('": 1', '":1')),
    ).toBeGreaterThanOrEqual(bytes);
  });

  it('in legacy completions too, and as nothing where nothing is', () => {
    expect(chunkTextBytes('{"choices":[{"text":" holiday","index":0}]}')).toBe(8);
    for (const odd of ['', '{', '{"choices":[]}', '{"delta":{"content":"cut of'])
      expect(chunkTextBytes(odd)).toBeLessThan(8);
  });
});

describe('plain chunks, which are recognised by their look', () => {
  const head = { id: 'chatcmpl-1', model: 'm', usage: null };
  const plain = { index: 0, logprobs: null, finish_reason: null };
  const spelled: Readonly<Record<string, (text: string) => object>> = {
    chat: (content) => ({ ...head, choices: [{ ...plain, delta: { content } }] }),
    padded: (content) => ({
      ...head,
      choices: [{ ...plain, delta: { content } }],
      obfuscation: 'k7"Q'.slice(0, content.length % 5),
    }),
    reasoning: (text) => ({ ...head, choices: [{ ...plain, delta: { content: '', reasoning: text } }] }),
    tool: (text) => ({
      ...head,
      choices: [{ ...plain, delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }],
    }),
    legacy: (text) => ({ ...head, choices: [{ ...plain, text }] }),
    finish: () => ({ ...head, choices: [{ ...plain, delta: {}, finish_reason: 'stop' }] }),
    counted: (content) => ({
      ...head,
      choices: [{ ...plain, delta: { content } }],
      usage: { prompt_tokens: 3, completion_tokens: content.length },
    }),
    failed: (content) => ({ ...head, choices: [{ ...plain, delta: { content } }], error: { message: 'no' } }),
  };

  it('are measured, and let nothing else slip by, in any order', () => {
    const chunk = record({
      kind: constantFrom(...Object.keys(spelled)),
      text: string({ unit: 'grapheme', maxLength: 12 }),
    });
    assertProperty(
      property(array(chunk, { maxLength: 12 }), (chunks) => {
        const reader = new ChatStreamReader({ answers: 1 }, null);
        for (const { kind, text } of chunks)
          reader.push(encodeUtf8(`data: ${JSON.stringify(spelled[kind]?.(text))}\n\n`));
        const has = (kind: string) => chunks.some((one) => one.kind === kind);
        const counted = chunks.findLast(({ kind }) => kind === 'counted');
        const written = chunks.filter(({ kind }) => kind !== 'finish').map(({ text }) => text);
        const { parts, terminal, failed, streamedOutputTokens } = reader.read();
        expect([terminal, failed]).toEqual([has('finish'), has('failed')]);
        expect(parts[0]?.usage.outputTokens).toBe(counted?.text.length);
        // Escaped characters are guessed at three bytes.
        const bytes = encodeUtf8(written.join('')).length;
        expect(streamedOutputTokens).toBeGreaterThanOrEqual(Math.ceil(bytes / 4));
        expect(streamedOutputTokens).toBeLessThanOrEqual(Math.ceil((bytes * 3) / 4));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a whole answer', () => {
  const read = (body: string): UsageReading => {
    const reader = new ChatJsonReader(null);
    reader.push(encodeUtf8(body));
    return reader.read();
  };

  it('is read with model, tier and text', () => {
    const answer = {
      model: 'gpt-5.1-2025-11-13',
      service_tier: 'flex',
      choices: [{ message: { content: 'Hello', tool_calls: [{ function: { arguments: '{}' } }] } }],
      usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    };
    expect(read(JSON.stringify(answer))).toMatchObject({
      parts: [{ model: null, premiums: ['flex'] }],
      terminal: true,
      final: true,
      failed: false,
      streamedOutputTokens: 2,
      model: 'gpt-5.1-2025-11-13',
    });
  });

  it('without usage is not final, and an error in it fails', () => {
    expect(read('{"choices":[{"text":"Hello"}]}')).toMatchObject({ final: false, streamedOutputTokens: 2 });
    expect(read('{"error":{"message":"no"}}')).toMatchObject({ failed: true, parts: [] });
  });

  it.each([[''], ['[]'], ['nonsense'], ['{"usage":']])('that is %s is nothing', (body) => {
    expect(read(body)).toMatchObject({ terminal: false, parts: [], raw: null });
  });
});
