/** The fake upstreams behave like the real APIs: the vendors' own SDKs work with them, and they misbehave as asked. */
import { get as httpsGet } from 'node:https';
import { request as httpRequest } from 'node:http';
import Anthropic, {
  AuthenticationError,
  BadRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { GoogleGenerativeAI, GoogleGenerativeAIFetchError } from '@google/generative-ai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, startTlsUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { GEMINI_KEY, geminiVector, startGeminiUpstream } from '@/tests/support/gemini-upstream';
import { compress, createStepper, sseEvents, type Encoding } from '@/tests/support/upstream-answer';
import type { Upstream } from '@/tests/support/upstream-server';

const HELLO = {
  model: 'claude-sonnet-5-5',
  max_tokens: 200,
  messages: [{ role: 'user' as const, content: 'Say hello' }],
};
const NATIVE_HEADERS = { 'x-api-key': UPSTREAM_KEY, 'anthropic-version': '2023-06-01' };

describe('Anthropic upstream', () => {
  let upstream: Upstream;
  let client: Anthropic;
  beforeAll(async () => {
    upstream = await startAnthropicUpstream({ acceptBearer: true });
    client = new Anthropic({ baseURL: upstream.url, apiKey: UPSTREAM_KEY, maxRetries: 0 });
  });
  beforeEach(() => upstream.script());
  afterAll(() => upstream.stop());

  const post = (body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(`${upstream.url}/v1/messages`, {
      method: 'POST',
      headers: NATIVE_HEADERS,
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });

  it('creates a message', async () => {
    const message = await client.messages.create(HELLO);
    expect(message.content).toEqual([{ type: 'text', text: expect.stringContaining('Say hello') as string }]);
    expect(message.stop_reason).toBe('end_turn');
    expect(message.usage.output_tokens).toBeGreaterThan(3);
    expect(message._request_id).toMatch(/^req_/);
  });

  it('streams thinking and text through the stream helper', async () => {
    const stream = client.messages.stream({ ...HELLO, max_tokens: 2_000, thinking: { type: 'adaptive' } });
    const seen: string[] = [];
    stream.on('text', (text) => seen.push(text)).on('thinking', (text) => seen.push(text));
    const message = await stream.finalMessage();
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect(seen.length).toBe(message.usage.output_tokens);
    expect(seen.join('')).toContain('日本語');
  });

  it('calls a tool when the prompt asks for it and answers its result with text', async () => {
    const tools: Anthropic.Tool[] = [
      { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
    ];
    const ask = { role: 'user' as const, content: 'Use the get_weather tool.' };
    const message = await client.messages.stream({ ...HELLO, tools, messages: [ask] }).finalMessage();
    const call = message.content.find((block) => block.type === 'tool_use');
    expect(message.stop_reason).toBe('tool_use');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } });
    const result = { type: 'tool_result' as const, tool_use_id: call?.id ?? '', content: 'sunny' };
    const messages = [
      ask,
      { role: 'assistant' as const, content: message.content },
      { role: 'user' as const, content: [result] },
    ];
    expect((await client.messages.create({ ...HELLO, tools, messages })).stop_reason).toBe('end_turn');
  });

  it('stops at max_tokens, counts tokens and lists models page by page', async () => {
    const words = [{ role: 'user' as const, content: 'Write 50 words' }];
    const long = await client.messages.create({ ...HELLO, messages: words });
    expect(long.usage.output_tokens).toBe(50);
    const short = await client.messages.create({ ...HELLO, messages: words, max_tokens: 7 });
    expect(short).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 7 } });
    const { input_tokens } = await client.messages.countTokens({ model: HELLO.model, messages: words });
    expect(input_tokens).toBe(long.usage.input_tokens);
    const ids: string[] = [];
    for await (const model of client.models.list({ limit: 2 })) ids.push(model.id);
    expect(ids).toHaveLength(3);
    expect((await client.models.retrieve(HELLO.model)).id).toBe(HELLO.model);
  });

  it('gives the SDK its typed errors', async () => {
    const wrongKey = new Anthropic({ baseURL: upstream.url, apiKey: 'sk-wrong', maxRetries: 0 });
    await expect(wrongKey.messages.create(HELLO)).rejects.toThrow(AuthenticationError);
    await expect(client.messages.create({ ...HELLO, model: 'no-such' })).rejects.toThrow(NotFoundError);
    await expect(client.messages.create({ ...HELLO, messages: [] })).rejects.toThrow(BadRequestError);
    upstream.script({ status: 403 }, { status: 429, headers: { 'retry-after': '7' } }, { status: 529 });
    await expect(client.messages.create(HELLO)).rejects.toThrow(PermissionDeniedError);
    const limited = await client.messages.create(HELLO).catch((error: unknown) => error);
    expect(limited).toBeInstanceOf(RateLimitError);
    expect((limited as RateLimitError).headers.get('retry-after')).toBe('7');
    const overloaded = client.messages.create(HELLO);
    await expect(overloaded).rejects.toMatchObject({ status: 529, type: 'overloaded_error' });
  });

  it('counts only x-api-key unless told otherwise, and takes no second credential', async () => {
    const strict = await startAnthropicUpstream();
    const statusWith = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${strict.url}/v1/models`, { headers: { 'anthropic-version': '2023-06-01', ...headers } }))
        .status;
    expect(await statusWith({ 'x-api-key': UPSTREAM_KEY })).toBe(200);
    expect(await statusWith({ authorization: `Bearer ${UPSTREAM_KEY}` })).toBe(401);
    expect(await statusWith({ 'x-api-key': UPSTREAM_KEY, authorization: 'Bearer tg_caller' })).toBe(401);
    await strict.stop();
  });

  it('shows account headers and records what it was sent', async () => {
    const before = upstream.requests.length;
    const response = await post({ ...HELLO, stream: true });
    await response.text();
    for (const name of [
      'request-id',
      'anthropic-organization-id',
      'anthropic-ratelimit-tokens-limit',
      'cf-ray',
    ]) {
      expect(response.headers.get(name)).not.toBeNull();
    }
    const seen = upstream.requests[before];
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/messages', abortedAtMs: null });
    expect(seen?.json()).toEqual({ ...HELLO, stream: true });
    expect(seen?.headers['x-api-key']).toBe(UPSTREAM_KEY);
  });

  it.each(['gzip', 'br', 'deflate'] as const)(
    'compresses with %s, also in one-byte parts',
    async (encoding: Encoding) => {
      const text = 'event: ping\ndata: {"type":"ping"}\n\n'.repeat(3);
      upstream.script({ body: sseEvents(text), encoding, cut: { sizes: [1] } });
      const response = await post({ ...HELLO, stream: true });
      expect(response.headers.get('content-encoding')).toBe(encoding);
      expect(await response.text()).toBe(text);
      upstream.script({
        body: await compress(Buffer.from(text), encoding),
        headers: { 'content-encoding': encoding },
      });
      expect(await (await post(HELLO)).text()).toBe(text);
    },
  );

  it('lets the test release one event at a time', async () => {
    const stepper = createStepper();
    upstream.script({ stepper });
    const response = await post({ ...HELLO, stream: true });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(await stepper.step()).toBe(true);
    expect((await reader?.read())?.value).toMatch(/^event: message_start\n[^\n]+\n\n$/);
    expect(await stepper.step()).toBe(true);
    expect((await reader?.read())?.value).toMatch(/^event: content_block_start\n[^\n]+\n\n$/);
    stepper.runOn();
    let rest = '';
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read())
      rest += part.value;
    expect(rest).toContain('event: message_stop');
    expect(await stepper.step()).toBe(false);
  });

  it('breaks off: truncated, reset in the stream, reset and silence before the head', async () => {
    upstream.script({ stopAfterEvents: 2, end: 'clean' });
    expect(sseEvents(await (await post({ ...HELLO, stream: true })).text())).toHaveLength(2);
    let release = (): void => undefined;
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    upstream.script({ stopAfterEvents: 1, end: 'reset', hold });
    const reader = (await post({ ...HELLO, stream: true })).body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    release();
    await expect(reader?.read()).rejects.toThrow();
    upstream.script({ before: 'reset' });
    await expect(post(HELLO)).rejects.toThrow('fetch failed');
    expect(upstream.requests.at(-1)?.abortedAtMs).toBeNull();
  });

  it('notices when a caller leaves, before the head and in a silent stream', async () => {
    for (const behaviour of [{ before: 'hang' }, { stopAfterEvents: 1, end: 'silence' }] as const) {
      upstream.script(behaviour);
      const caller = new AbortController();
      const arrived = upstream.requests.length;
      const answer = post({ ...HELLO, stream: true }, caller.signal);
      if ('end' in behaviour) await (await answer).body?.getReader().read();
      else await expect.poll(() => upstream.requests.length).toBeGreaterThan(arrived);
      caller.abort();
      await answer.catch(() => undefined);
      expect(await upstream.requests.at(-1)?.aborted).toBeGreaterThan(0);
    }
  });

  it('refuses connections and accepts them again', async () => {
    await upstream.refuse();
    const refused = await post(HELLO).catch((error: Error) => error.cause);
    expect(refused).toMatchObject({ code: 'ECONNREFUSED' });
    await upstream.accept();
    expect((await post(HELLO)).status).toBe(200);
  });

  it('hands its requests out one by one and answers by a function', async () => {
    const fresh = await startAnthropicUpstream();
    const first = fresh.waitForRequest();
    fresh.script(({ headers }) => (headers['x-pick'] === 'a' ? { status: 200, body: 'picked' } : null));
    const texts = await Promise.all(
      ['a', 'b'].map(async (pick) => {
        const headers = { ...NATIVE_HEADERS, 'x-pick': pick };
        return (await fetch(`${fresh.url}/v1/models`, { headers })).text();
      }),
    );
    expect(texts[0]).toBe('picked');
    expect(texts[1]).toContain('has_more');
    const both = [(await first).headers['x-pick'], (await fresh.waitForRequest()).headers['x-pick']];
    expect(both.toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual(['a', 'b']);
    await fresh.stop();
  });

  it('answers HEAD without a body', async () => {
    const status = await new Promise((resolve, reject) => {
      httpRequest(upstream.url, { method: 'HEAD' }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(401);
  });

  it('has a TLS variant that nobody trusts by default', async () => {
    const tls = await startTlsUpstream();
    const cause = await fetch(`${tls.url}/v1/models`).catch((error: Error) => error.cause);
    expect(cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const options = { ca: tls.certificate, headers: NATIVE_HEADERS, agent: false };
    const status = await new Promise((resolve, reject) => {
      httpsGet(`${tls.url}/v1/models`, options, (response) => resolve(response.resume().statusCode)).on(
        'error',
        reject,
      );
    });
    expect(status).toBe(200);
    await tls.stop();
  });
});

describe('Gemini upstream', () => {
  let upstream: Upstream;
  let client: GoogleGenerativeAI;
  beforeAll(async () => {
    upstream = await startGeminiUpstream();
    client = new GoogleGenerativeAI(GEMINI_KEY);
  });
  beforeEach(() => upstream.script());
  afterAll(() => upstream.stop());

  const model = (name: string) => client.getGenerativeModel({ model: name }, { baseUrl: upstream.url });

  it('embeds one content and several, always alike', async () => {
    const embedder = model('gemini-embedding-001');
    const { embedding } = await embedder.embedContent('hello');
    expect(embedding.values).toEqual(geminiVector('hello'));
    expect(Math.hypot(...embedding.values)).toBeCloseTo(1, 5);
    const requests = ['hello', 'world'].map((text) => ({ content: { role: 'user', parts: [{ text }] } }));
    const { embeddings } = await embedder.batchEmbedContents({ requests });
    expect(embeddings.map(({ values }) => values)).toEqual([geminiVector('hello'), geminiVector('world')]);
  });

  it('counts, generates and streams', async () => {
    const chat = model('gemini-2.5-flash');
    expect((await chat.countTokens('12345678')).totalTokens).toBe(2);
    const { response } = await chat.generateContent('Say hello');
    expect(response.text()).toContain('Say hello');
    const { stream } = await chat.generateContentStream('Say hello');
    let text = '';
    for await (const chunk of stream) text += chunk.text();
    expect(text).toBe(response.text());
  });

  it('refuses a wrong key with 400 and an unknown model with 404', async () => {
    const stranger = new GoogleGenerativeAI('wrong').getGenerativeModel(
      { model: 'x' },
      { baseUrl: upstream.url },
    );
    const refused = await stranger.embedContent('x').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GoogleGenerativeAIFetchError);
    expect(refused).toMatchObject({ status: 400, errorDetails: [{ reason: 'API_KEY_INVALID' }, {}] });
    await expect(model('no-such').embedContent('x')).rejects.toMatchObject({ status: 404 });
  });
});
