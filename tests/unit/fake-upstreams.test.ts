/** The fake OpenAI, its relatives and the fake Gemini answer as documented, in JSON and in streams. */
import { GoogleGenerativeAI, FunctionCallingMode, SchemaType } from '@google/generative-ai';
import { afterEach, describe, expect, it } from 'vitest';
import { callJson as call, eventsOf, jsonOf, pick, picked, textAt } from '@/tests/support/fetched-json';
import { GEMINI_KEY, startGeminiUpstream } from '@/tests/support/gemini-upstream';
import { openAiVector } from '@/tests/support/openai-embeddings';
import { openAiQuotaError } from '@/tests/support/openai-errors';
import { OPENAI_KEY, startOpenAiUpstream } from '@/tests/support/openai-upstream';
import type { Upstream } from '@/tests/support/upstream-server';

const running: Upstream[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((upstream) => upstream.stop()));
});

async function kept<T extends Upstream>(started: Promise<T>): Promise<T> {
  const upstream = await started;
  running.push(upstream);
  return upstream;
}

const MESSAGES = [{ role: 'user', content: 'hi' }];
const PARAMETERS = { type: 'object', properties: { city: { type: 'string' } } };
const TOOLS = [{ type: 'function', function: { name: 'get_weather', parameters: PARAMETERS } }];

describe('OpenAI', () => {
  it('streams usage only when asked, in a chunk of its own', async () => {
    const { apiUrl } = await kept(startOpenAiUpstream());
    const chat = { model: 'gpt-4o-mini', messages: MESSAGES, stream: true };
    const url = `${apiUrl}/chat/completions`;
    const plain = await eventsOf(call(url, OPENAI_KEY, chat));
    expect(plain.at(-1)).toBe('data: [DONE]');
    expect(plain.every((event) => pick(event, 'usage') === undefined)).toBe(true);
    const asked = await eventsOf(call(url, OPENAI_KEY, { ...chat, stream_options: { include_usage: true } }));
    expect(asked[0]).toMatchObject({ model: 'gpt-4o-mini-2024-07-18', usage: null });
    expect(asked.at(-2)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: expect.any(Number) as number },
    });
    const text = textAt(asked, 'choices.0.delta.content');
    const whole = await jsonOf(call(url, OPENAI_KEY, { model: 'gpt-4o-mini', messages: MESSAGES }));
    expect(text).toBe(pick(whole, 'choices.0.message.content'));
  });

  it('calls a required tool, cuts short, and reports the account in its headers', async () => {
    const { apiUrl } = await kept(startOpenAiUpstream({ usage: { prompt_tokens: 1_000 } }));
    const body = { model: 'gpt-5.1', messages: MESSAGES, tools: TOOLS, tool_choice: 'required' };
    const response = await call(`${apiUrl}/chat/completions`, OPENAI_KEY, body);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(response.headers.get('x-ratelimit-remaining-tokens')).toMatch(/^\d+$/);
    const answer = await jsonOf(response);
    expect(pick(answer, 'choices.0')).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null },
    });
    const called = pick(answer, 'choices.0.message.tool_calls.0.function');
    expect(called).toEqual({ name: 'get_weather', arguments: '{"city":"Paris"}' });
    const completion = Number(pick(answer, 'usage.completion_tokens'));
    expect(pick(answer, 'usage')).toMatchObject({ prompt_tokens: 1_000, total_tokens: 1_000 + completion });
    const legacy = { model: 'gpt-3.5-turbo-instruct', prompt: '30 words' };
    const cut = await jsonOf(call(`${apiUrl}/completions`, OPENAI_KEY, legacy));
    expect(pick(cut, 'choices.0.finish_reason')).toBe('length');
  });

  it('refuses as OpenAI does', async () => {
    const upstream = await kept(startOpenAiUpstream());
    const { apiUrl } = upstream;
    const wrong = await call(`${apiUrl}/models`, 'sk-wrong');
    expect([wrong.status, await picked(wrong, 'error.code')]).toEqual([401, 'invalid_api_key']);
    const unknown = await call(`${apiUrl}/chat/completions`, OPENAI_KEY, {
      model: 'nope',
      messages: MESSAGES,
    });
    expect([unknown.status, await picked(unknown, 'error.code')]).toEqual([404, 'model_not_found']);
    upstream.script({ status: 429 }, { status: 429, body: openAiQuotaError() });
    expect(await picked(call(`${apiUrl}/models`, OPENAI_KEY), 'error.code')).toBe('rate_limit_exceeded');
    expect(await picked(call(`${apiUrl}/models`, OPENAI_KEY), 'error.type')).toBe('insufficient_quota');
  });

  it('gives the same vectors as numbers and as base64', async () => {
    const { apiUrl } = await kept(startOpenAiUpstream());
    const body = { model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 64 };
    const floats = await jsonOf(call(`${apiUrl}/embeddings`, OPENAI_KEY, body));
    expect(pick(floats, 'data.1.embedding')).toEqual(openAiVector('b', 64));
    const coded = await jsonOf(
      call(`${apiUrl}/embeddings`, OPENAI_KEY, { ...body, encoding_format: 'base64' }),
    );
    const bytes = Buffer.from(String(pick(coded, 'data.1.embedding')), 'base64');
    expect(Array.from({ length: 64 }, (_, at) => bytes.readFloatLE(at * 4))).toEqual(openAiVector('b', 64));
  });

  it('streams a response with all its events, and can be cut short', async () => {
    const { apiUrl } = await kept(startOpenAiUpstream());
    const body = { model: 'gpt-5.1', input: '40 words', stream: true, max_output_tokens: 16 };
    const events = await eventsOf(call(`${apiUrl}/responses`, OPENAI_KEY, body));
    expect(events.map((event) => pick(event, 'sequence_number'))).toEqual(events.map((_, at) => at));
    expect([...new Set(events.map((event) => pick(event, 'type')))]).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.incomplete',
    ]);
    const response = pick(events.at(-1), 'response');
    expect(response).toMatchObject({ status: 'incomplete', usage: { output_tokens: 16 } });
    expect(pick(response, 'incomplete_details.reason')).toBe('max_output_tokens');
    const few = await call(`${apiUrl}/responses`, OPENAI_KEY, { ...body, max_output_tokens: 5 });
    expect([few.status, await picked(few, 'error.code')]).toEqual([400, 'integer_below_min_value']);
  });

  it('runs responses in the background, and keeps, lists, cancels and deletes them', async () => {
    const upstream = await kept(startOpenAiUpstream());
    const url = `${upstream.apiUrl}/responses`;
    const start = (): Promise<unknown> =>
      jsonOf(call(url, OPENAI_KEY, { model: 'gpt-5.1', input: 'hi', background: true }));
    const poll = (id: unknown): Promise<unknown> =>
      picked(call(`${url}/${String(id)}`, OPENAI_KEY), 'status');
    const first = await start();
    expect([pick(first, 'status'), pick(first, 'usage')]).toEqual(['queued', null]);
    const id = String(pick(first, 'id'));
    expect([await poll(id), await poll(id), await poll(id)]).toEqual(['queued', 'in_progress', 'completed']);
    const items = await jsonOf(call(`${url}/${id}/input_items`, OPENAI_KEY));
    expect(pick(items, 'data.0.content')).toEqual([{ type: 'input_text', text: 'hi' }]);
    expect(await picked(call(`${url}/${id}`, OPENAI_KEY, undefined, 'DELETE'), 'deleted')).toBe(true);
    expect((await call(`${url}/${id}`, OPENAI_KEY)).status).toBe(404);
    upstream.planBackground({ polls: 0, ends: 'failed' });
    expect(await poll(pick(await start(), 'id'))).toBe('failed');
    upstream.planBackground({ polls: 9 });
    const third = String(pick(await start(), 'id'));
    expect(await picked(call(`${url}/${third}/cancel`, OPENAI_KEY, {}), 'status')).toBe('cancelled');
    const counted = await jsonOf(call(`${url}/input_tokens`, OPENAI_KEY, { model: 'gpt-5.1', input: 'hi' }));
    expect(counted).toEqual({ object: 'response.input_tokens', input_tokens: expect.any(Number) as number });
    const compacted = await jsonOf(call(`${url}/compact`, OPENAI_KEY, { model: 'gpt-5.1', input: 'hi' }));
    expect(compacted).toMatchObject({ output: [{ type: 'message' }, { type: 'compaction' }] });
  });

  it('passes for OpenRouter and for Azure', async () => {
    const router = await kept(startOpenAiUpstream({ flavour: 'openrouter' }));
    const chat = { model: 'openai/gpt-5.1', messages: MESSAGES, stream: true };
    const routed = await eventsOf(call(`${router.url}/api/v1/chat/completions`, OPENAI_KEY, chat));
    expect(routed[0]).toBe(': OPENROUTER PROCESSING');
    expect(routed.at(-2)).toMatchObject({ usage: { cost: expect.any(Number) as number } });
    const azure = await kept(startOpenAiUpstream({ flavour: 'azure' }));
    const url = `${azure.url}/openai/deployments/mine/chat/completions?api-version=2024-10-21`;
    const [filters, start] = await eventsOf(call(url, OPENAI_KEY, { messages: MESSAGES, stream: true }));
    expect(filters).toMatchObject({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] });
    expect(start).toMatchObject({ model: 'mine', choices: [{ content_filter_results: {} }] });
    expect((await fetch(url, { headers: { 'api-key': 'wrong' } })).status).toBe(401);
  });
});

describe('Gemini', () => {
  const ask = (url: string, task: string, body: unknown = { contents: [{ parts: [{ text: 'hi' }] }] }) =>
    fetch(`${url}/v1beta/models/gemini-2.5-flash:${task}`, {
      method: 'POST',
      headers: { 'x-goog-api-key': GEMINI_KEY },
      body: JSON.stringify(body),
    });

  it('thinks, calls functions and stops where Google’s SDK asks it to', async () => {
    const { url } = await kept(startGeminiUpstream());
    const sdk = new GoogleGenerativeAI(GEMINI_KEY);
    const model = sdk.getGenerativeModel({ model: 'gemini-2.5-flash' }, { baseUrl: url });
    const parameters = {
      type: SchemaType.OBJECT,
      properties: { city: { type: SchemaType.STRING } as const },
    };
    const called = await model.generateContent({
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
      tools: [{ functionDeclarations: [{ name: 'get_weather', parameters }] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingMode.ANY } },
    });
    expect(called.response.functionCalls()).toEqual([{ name: 'get_weather', args: { city: 'Paris' } }]);
    const short = await model.generateContent({
      contents: [{ role: 'user', parts: [{ text: '50 words' }] }],
      generationConfig: { maxOutputTokens: 5 },
    });
    expect(short.response.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    const generationConfig = { thinkingConfig: { thinkingBudget: 64 } };
    const thought = await jsonOf(
      ask(url, 'generateContent', { contents: [{ parts: [{ text: 'hi' }] }], generationConfig }),
    );
    const usage = pick(thought, 'usageMetadata') as Readonly<Record<string, number>>;
    const { promptTokenCount = 0, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = usage;
    expect(thoughtsTokenCount).toBeGreaterThan(0);
    expect(usage['totalTokenCount']).toBe(promptTokenCount + candidatesTokenCount + thoughtsTokenCount);
  });

  it('streams with CRLF or as one array, and errors in the same form', async () => {
    const upstream = await kept(startGeminiUpstream());
    const sse = await ask(upstream.url, 'streamGenerateContent?alt=sse');
    expect(await sse.text()).toMatch(/^data: \{.*\}\r\n\r\n/);
    const array = (await jsonOf(ask(upstream.url, 'streamGenerateContent'))) as unknown[];
    expect(array.length).toBeGreaterThan(2);
    expect(pick(array.at(-1), 'candidates.0.finishReason')).toBe('STOP');
    upstream.script({ status: 429 }, { status: 429 });
    const refused = await jsonOf(ask(upstream.url, 'streamGenerateContent'));
    expect(refused).toMatchObject([{ error: { code: 429 } }]);
    const details = await picked(ask(upstream.url, 'generateContent'), 'error.details');
    expect(details).toMatchObject([{}, { retryDelay: '1s' }]);
  });

  it('lists its models, and speaks OpenAI’s language too', async () => {
    const { url } = await kept(startGeminiUpstream());
    const headers = { 'x-goog-api-key': GEMINI_KEY };
    const page = await jsonOf(fetch(`${url}/v1beta/models?pageSize=2`, { headers }));
    expect(page).toMatchObject({ models: [{}, {}], nextPageToken: '2' });
    const one = fetch(`${url}/v1beta/models/gemini-2.5-flash`, { headers });
    expect(await picked(one, 'name')).toBe('models/gemini-2.5-flash');
    const chat = { model: 'gemini-2.5-flash', messages: MESSAGES, reasoning_effort: 'low' };
    const usage = await picked(call(`${url}/v1beta/openai/chat/completions`, GEMINI_KEY, chat), 'usage');
    const counts = usage as Readonly<Record<string, number>>;
    expect(Object.keys(counts)).toEqual(['prompt_tokens', 'completion_tokens', 'total_tokens']);
    const { prompt_tokens: input = 0, completion_tokens: output = 0 } = counts;
    expect(counts['total_tokens']).toBeGreaterThan(input + output);
    const refused = await call(`${url}/v1beta/openai/embeddings`, 'wrong', {});
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      [{ error: { status: 'INVALID_ARGUMENT' } }],
    ]);
  });
});
