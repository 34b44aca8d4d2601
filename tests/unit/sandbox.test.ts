/** The sandbox answers like Anthropic's API: same shapes, plausible counts, the same bytes for the same request. */
import { describe, expect, it } from 'vitest';
import type { Provider, ProviderTools, UpstreamResponse } from '@/lib/providers/provider';
import { createSandbox, sandbox } from '@/lib/providers/sandbox/sandbox';
import type { Endpoint } from '@/lib/wire/format';

const SETTINGS = { baseUrl: 'http://127.0.0.1:9', apiKey: 'unused' };
const fast = createSandbox({ pace: 0 });

const ENDPOINTS = {
  messages: { name: 'messages', kind: 'generate', method: 'POST', path: '/v1/messages' },
  count: { name: 'count_tokens', kind: 'count', method: 'POST', path: '/v1/messages/count_tokens' },
  embed: { name: 'embed', kind: 'embed', method: 'POST', path: '' },
} as const satisfies Record<string, Endpoint>;

const noTools: ProviderTools = {
  fetch: () => Promise.reject(new Error('the sandbox must not reach the network')),
  embed: () => Promise.reject(new Error('the sandbox must not reach the network')),
  signAws: () => Promise.reject(new Error('the sandbox signs nothing')),
  googleToken: () => Promise.reject(new Error('the sandbox needs no token')),
  nowMs: () => 0,
};

const HELLO = {
  model: 'claude-sonnet-4-5',
  max_tokens: 500,
  messages: [{ role: 'user', content: 'Say hello 🦩' }],
};

function send(
  endpoint: Endpoint,
  body: unknown,
  options: { provider?: Provider; signal?: AbortSignal } = {},
): Promise<UpstreamResponse> {
  const call = {
    format: 'anthropic-messages',
    endpoint,
    params: {},
    search: '',
    headers: new Headers(),
    body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    model: 'claude-sonnet-4-5',
    stream: false,
  };
  const signal = options.signal ?? new AbortController().signal;
  return (options.provider ?? fast).send(call, SETTINGS, signal, noTools);
}

const textOf = (response: UpstreamResponse): Promise<string> => new Response(response.body).text();

interface Message {
  content: { type: string; text?: string; thinking?: string; signature?: string }[];
  stop_reason: string;
  usage: Record<string, unknown> & { output_tokens: number };
}

async function message(body: unknown): Promise<Message> {
  return JSON.parse(await textOf(await send(ENDPOINTS.messages, body))) as Message;
}

interface SseData {
  type: string;
  message?: Message;
  delta?: { type?: string; text?: string; stop_reason?: string };
  usage?: Record<string, number>;
}

function parseSse(text: string): SseData[] {
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const [, name, data] = /^event: (\w+)\ndata: (.+)$/.exec(event) ?? [];
      const parsed = JSON.parse(data ?? '') as SseData;
      expect(parsed.type).toBe(name);
      return parsed;
    });
}

describe('messages', () => {
  it('says that it is simulated, echoes the prompt and ends its turn', async () => {
    const { content, stop_reason, usage } = await message(HELLO);
    expect(content).toHaveLength(1);
    expect(content[0]?.text).toContain('simulated answer');
    expect(content[0]?.text).toContain('Say hello 🦩');
    expect(stop_reason).toBe('end_turn');
    expect(usage.output_tokens).toBe(content[0]?.text?.split(/\s+/).length);
  });

  it('gives the same bytes for the same request and others for another', async () => {
    const first = await textOf(await send(ENDPOINTS.messages, HELLO));
    expect(await textOf(await send(ENDPOINTS.messages, HELLO))).toBe(first);
    expect(await textOf(await send(ENDPOINTS.messages, { ...HELLO, max_tokens: 501 }))).not.toBe(first);
  });

  it('streams the same message event by event', async () => {
    const response = await send(ENDPOINTS.messages, { ...HELLO, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = parseSse(await textOf(response));
    const tokens = events.filter(({ type }) => type === 'content_block_delta');
    expect(events[0]?.message?.usage.output_tokens).toBe(1);
    expect(tokens.map(({ delta }) => delta?.text).join('')).toContain('simulated answer');
    const end = events.at(-2);
    expect(end?.delta?.stop_reason).toBe('end_turn');
    expect(end?.usage?.output_tokens).toBe(tokens.length);
    expect(events.at(-1)?.type).toBe('message_stop');
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
    const off = await message({ ...HELLO, thinking: { type: 'disabled' } });
    expect(off.content.map(({ type }) => type)).toEqual(['text']);
  });

  it('answers an agent with tools in plain text', async () => {
    const tools = [{ name: 'get_weather', description: 'Weather', input_schema: { type: 'object' } }];
    const { content, stop_reason } = await message({ ...HELLO, tools });
    expect(content.map(({ type }) => type)).toEqual(['text']);
    expect(stop_reason).toBe('end_turn');
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
    const messages = [
      ...HELLO.messages,
      { role: 'assistant', content: 'Hi' },
      { role: 'user', content: 'More' },
    ];
    const second = await message({ ...HELLO, system, messages });
    expect(second.usage).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 2_000 });
  });

  it.each([
    ['{', 'model: Field required'],
    [{ ...HELLO, max_tokens: undefined }, 'max_tokens: Field required'],
    [{ ...HELLO, max_tokens: 0 }, 'max_tokens: Input should be an integer greater than or equal to 1'],
    [{ ...HELLO, messages: [] }, 'messages: at least one message is required'],
  ])('refuses a faulty body as the API does: %#', async (body, problem) => {
    const response = await send(ENDPOINTS.messages, body);
    expect(response.status).toBe(400);
    expect(JSON.parse(await textOf(response))).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: problem },
      request_id: response.headers.get('request-id'),
    });
  });
});

describe('pace and abort', () => {
  it('takes time by default and stops a wait when the caller leaves', async () => {
    const caller = new AbortController();
    const pending = send(ENDPOINTS.messages, HELLO, { provider: sandbox, signal: caller.signal });
    caller.abort(new Error('left'));
    await expect(pending).rejects.toThrow('left');
  });

  it('breaks a running stream off with the signal’s reason', async () => {
    const caller = new AbortController();
    const { body } = await send(ENDPOINTS.messages, { ...HELLO, stream: true }, { signal: caller.signal });
    const reader = body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    caller.abort(new Error('left'));
    await expect(reader?.read()).rejects.toThrow('left');
  });

  it('can be cancelled by its reader', async () => {
    const { body } = await send(
      ENDPOINTS.messages,
      { ...HELLO, stream: true },
      { provider: createSandbox({ pace: 0.01 }) },
    );
    const reader = body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect((await reader?.read())?.done).toBe(true);
  });
});

it('counts tokens', async () => {
  const response = await send(ENDPOINTS.count, { model: HELLO.model, messages: HELLO.messages });
  const { usage } = await message(HELLO);
  expect(JSON.parse(await textOf(response))).toEqual({ input_tokens: usage.input_tokens });
});

it('embeds into unit vectors that depend on the text alone', async () => {
  const body = { model: 'gemini-embedding-001', content: ['one', 'two', 'one'] };
  const answer = JSON.parse(await textOf(await send(ENDPOINTS.embed, body))) as {
    model: string;
    embeddings: number[][];
    usage: unknown;
  };
  const [one, two, again] = answer.embeddings;
  expect(answer.model).toBe(body.model);
  expect(one).toHaveLength(768);
  expect(Math.hypot(...(one ?? []))).toBeCloseTo(1, 6);
  expect(again).toEqual(one);
  expect(two).not.toEqual(one);
  expect(answer.usage).toEqual({ input_tokens: 3 });
});

it('offers chat and embedding models and is always reachable', async () => {
  const kinds = new Set(sandbox.models.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['chat', 'embedding']));
  const { status } = await sandbox.probe(SETTINGS, new AbortController().signal, noTools);
  expect(status).toBe(200);
});
