/** The sandbox answers like Claude on Anthropic's API and on Vertex: same shapes, plausible counts. */
import { describe, expect, it } from 'vitest';
import { answered, jsonOf, type SandboxAsk, sseEvents } from '@/tests/support/sandbox-call';

const HELLO = {
  model: 'claude-sonnet-4-5',
  max_tokens: 500,
  messages: [{ role: 'user', content: 'Say hello 🦩' }],
};
const messages = (body: unknown): SandboxAsk => ({
  format: 'anthropic-messages',
  path: '/v1/messages',
  body,
});
const count = (body: unknown): SandboxAsk => ({
  format: 'anthropic-messages',
  path: '/v1/messages/count_tokens',
  kind: 'count',
  body,
});

interface Message {
  model: string;
  content: { type: string; text?: string; thinking?: string; signature?: string }[];
  stop_reason: string;
  usage: Record<string, unknown> & { input_tokens: number; output_tokens: number };
}

interface SseData {
  type: string;
  message?: Message;
  delta?: { type?: string; text?: string; stop_reason?: string };
  usage?: Record<string, number>;
}

const message = (body: unknown) => jsonOf<Message>(messages(body));

describe('messages', () => {
  it('echoes the prompt, counts its words and ends its turn', async () => {
    const { content, stop_reason, usage } = await message(HELLO);
    expect(content).toHaveLength(1);
    expect(content[0]?.text).toContain('Say hello 🦩');
    expect(stop_reason).toBe('end_turn');
    expect(usage.output_tokens).toBe(content[0]?.text?.split(/\s+/).length);
  });

  it('another request gives other bytes', async () => {
    const first = await answered(messages(HELLO));
    expect((await answered(messages({ ...HELLO, max_tokens: 501 }))).text).not.toBe(first.text);
  });

  it('streams the same message event by event, each named by its type', async () => {
    const { headers, text } = await answered(messages({ ...HELLO, stream: true }));
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = sseEvents<SseData>(text);
    expect(events.map(({ event }) => event)).toEqual(events.map(({ data }) => data.type));
    const tokens = events.filter(({ data }) => data.type === 'content_block_delta');
    expect(events[0]?.data.message?.usage.output_tokens).toBe(1);
    expect(tokens.map(({ data }) => data.delta?.text).join('')).toBe((await message(HELLO)).content[0]?.text);
    const end = events.at(-2)?.data;
    expect(end?.delta?.stop_reason).toBe('end_turn');
    expect(end?.usage?.['output_tokens']).toBe(tokens.length);
    expect(events.at(-1)?.data.type).toBe('message_stop');
  });

  it('stops at max_tokens', async () => {
    const { content, stop_reason, usage } = await message({ ...HELLO, max_tokens: 3 });
    expect(content[0]?.text).toBe('This is a');
    expect(stop_reason).toBe('max_tokens');
    expect(usage.output_tokens).toBe(3);
  });

  it('thinks shortly when thinking is on, and not otherwise', async () => {
    const { content } = await message({ ...HELLO, thinking: { type: 'enabled', budget_tokens: 100 } });
    expect(content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect(content[0]?.signature).not.toBe('');
    const hidden = await message({ ...HELLO, thinking: { type: 'adaptive', display: 'omitted' } });
    expect(hidden.content[0]).toMatchObject({ type: 'thinking', thinking: '' });
    const off = await message({ ...HELLO, thinking: { type: 'disabled' } });
    expect(off.content.map(({ type }) => type)).toEqual(['text']);
  });

  it('answers an agent with tools in plain text, and echoes what the user wrote, not what the client put in', async () => {
    const tools = [{ name: 'get_weather', description: 'Weather', input_schema: { type: 'object' } }];
    const content = [
      { type: 'text', text: 'Weather in Rome?' },
      { type: 'text', text: '<system-reminder>Be brief.</system-reminder>' },
    ];
    const answer = await message({ ...HELLO, tools, messages: [{ role: 'user', content }] });
    expect(answer.content.map(({ type }) => type)).toEqual(['text']);
    expect(answer.content[0]?.text).toContain('“Weather in Rome?”');
    expect(answer.stop_reason).toBe('end_turn');
  });

  it('counts a first long cached prompt as written and as read in the next turn', async () => {
    const system = [
      { type: 'text', text: 'x'.repeat(8_000), cache_control: { type: 'ephemeral', ttl: '1h' } },
    ];
    const first = await message({ ...HELLO, system });
    expect(first.usage).toMatchObject({
      cache_creation_input_tokens: 2_000,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2_000 },
    });
    const turns = [
      ...HELLO.messages,
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'More' },
    ];
    const second = await message({ ...HELLO, system, messages: turns });
    expect(second.usage).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 2_000 });
  });

  it('counts tokens as the answer will', async () => {
    const { usage } = await message(HELLO);
    const body = { model: HELLO.model, messages: HELLO.messages };
    expect(await jsonOf(count(body))).toEqual({ input_tokens: usage.input_tokens });
  });

  it.each([
    ['{', 'model: Field required'],
    [{ ...HELLO, max_tokens: undefined }, 'max_tokens: Field required'],
    [{ ...HELLO, max_tokens: 0 }, 'max_tokens: Input should be an integer greater than or equal to 1'],
    [{ ...HELLO, messages: [] }, 'messages: at least one message is required'],
  ])('refuses a faulty body as the API does: %#', async (body, problem) => {
    const { status, headers, text } = await answered(messages(body));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: problem },
      request_id: headers.get('request-id'),
    });
  });
});

describe('Vertex', () => {
  const { model: _model, ...rest } = HELLO;
  const body = { anthropic_version: 'vertex-2023-10-16', ...rest };
  const predict = (verb: string, changes: object = {}): SandboxAsk => ({
    format: 'vertex-claude',
    path: `/v1/projects/{project}/locations/{location}/publishers/anthropic/models/${verb}`,
    model: 'claude-sonnet-4-5@20250929',
    body: { ...body, ...changes },
  });

  it('answers whole on rawPredict and in events on streamRawPredict, in the name of the path’s model', async () => {
    const whole = await jsonOf<Message>(predict('{model}:rawPredict'));
    expect(whole.model).toBe('claude-sonnet-4-5@20250929');
    expect(whole.usage).not.toHaveProperty('service_tier');
    const events = sseEvents<SseData>((await answered(predict('{model}:streamRawPredict'))).text);
    expect(events.at(-1)?.data.type).toBe('message_stop');
    expect(events.at(-2)?.data.usage?.['output_tokens']).toBe(whole.usage.output_tokens);
  });

  it('takes the version that Anthropic’s own SDKs put into the body', async () => {
    const { status } = await answered(predict('{model}:rawPredict', { anthropic_version: '2026-10-21' }));
    expect(status).toBe(200);
  });

  it('counts tokens at the model of that name', async () => {
    const whole = await jsonOf<Message>(predict('{model}:rawPredict'));
    const counted = { model: 'claude-sonnet-4-5', messages: HELLO.messages };
    const ask = { ...predict('count-tokens:rawPredict'), kind: 'count' as const, body: counted };
    expect(await jsonOf(ask)).toEqual({ input_tokens: whole.usage.input_tokens });
  });

  it.each([
    [{ anthropic_version: undefined }, 'anthropic_version: Field required'],
    [{ anthropic_version: 'bedrock-2023-05-31' }, "anthropic_version: Input should be 'vertex-2023-10-16'"],
    [{ max_tokens: -1 }, 'max_tokens: Input should be an integer greater than or equal to 1'],
  ])('refuses a faulty body as Claude does there: %#', async (changes, problem) => {
    const { status, text } = await answered(predict('{model}:rawPredict', changes));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ error: { type: 'invalid_request_error', message: problem } });
  });
});
