/** OpenAI's own SDK in chat and embeddings works with nothing changed but base URL and key, whoever serves the model. */
import { beforeEach, describe, expect, test } from 'vitest';
import { UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { runProgram, type ProgramJobs, type ProgramValue } from '@/tests/support/client-program';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { LLAMA } from '@/tests/support/llama-upstream';
import { chatChunks, chatCompletion, type ChatRequest } from '@/tests/support/openai-chat';
import { openAiVector } from '@/tests/support/openai-embeddings';
import {
  ANSWER,
  useWorkingBench,
  type WorkingBench,
  type WorkingProvider,
} from '@/tests/support/working-bench';

const LINES = ['openai', 'openai-4'] as const;
type Line = (typeof LINES)[number];

interface Served {
  readonly provider: WorkingProvider;
  readonly model: string;
  readonly base?: string;
  /** Where the call arrives upstream. */
  readonly path: string;
}

const SERVED: readonly Served[] = [
  { provider: 'openai', model: 'gpt-4o', path: '/v1/chat/completions' },
  // The layers which the two other makers offer for this SDK.
  { provider: 'anthropic', model: 'claude-sonnet-4-5', path: '/v1/chat/completions' },
  { provider: 'google', model: 'gemini-2.5-flash', path: '/v1beta/openai/chat/completions' },
  { provider: 'llama', model: LLAMA.chat, path: '/v1/chat/completions' },
];
const ROUTED: Served = {
  provider: 'openrouter',
  model: 'x-ai/grok-4.7',
  base: '/api/v1',
  path: '/api/v1/chat/completions',
};

const bench = useWorkingBench();

/** The fake of Anthropic speaks Messages alone: here it answers in its layer's format as well. */
beforeEach(() => {
  bench.upstreams.anthropic.script((request) => {
    if (request.path !== '/v1/chat/completions') return null;
    expect(request.headers).toMatchObject({ authorization: `Bearer ${UPSTREAM_KEY}` });
    const body = request.json() as ChatRequest;
    const context = { flavour: 'openai', id: 'layer', model: body.model } as const;
    const streamed = body.stream === true;
    return {
      status: 200,
      headers: { 'content-type': streamed ? 'text/event-stream; charset=utf-8' : 'application/json' },
      body: streamed ? chatChunks(body, context) : JSON.stringify(chatCompletion(body, context)),
    };
  });
});

interface ChatValue extends ProgramValue {
  readonly id?: string;
  /** Chunks without a choice: programs that read `choices[0].delta` fall over them. */
  readonly empty?: number;
  readonly toolCalls?: readonly {
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
}
type Act = ProgramJobs['openai-sdk']['act'];
interface Job extends Partial<ProgramJobs['openai-sdk']> {
  readonly params?: Row;
  readonly base?: string;
  readonly prompt?: string;
}

const run = (side: WorkingBench, { token }: Customer, act: Act, model: string, job: Job = {}) =>
  runProgram<'openai-sdk', ChatValue>(side, 'openai-sdk', { token, ...job, act, model });

/** One call with a customer of its own: what the program got, and its row. */
async function call(act: Act, model: string, job: Job = {}, side = bench) {
  const customer = await side.gateway.customer({ plan: {} });
  const { value, error, requests } = await run(side, customer, act, model, job);
  expect([error, requests]).toEqual([undefined, 1]);
  const rows = await side.rowsOf(customer);
  expect(rows).toHaveLength(1);
  const [row = {}] = rows;
  expect(row).toMatchObject({ status: 200, ending: 'complete', grade: 'exact' });
  return { value, row };
}

const counted = (row: Row) => ({
  prompt_tokens: row['input_tokens'],
  completion_tokens: row['output_tokens'],
});

async function provesAnswers(line: Line, served: Served, side: WorkingBench): Promise<void> {
  const { provider, model, path, ...rest } = served;
  const { value, row } = await call('chat', model, { line, ...rest }, side);
  expect(value).toMatchObject({ text: ANSWER, stop: 'stop', usage: counted(row) });
  expect(row).toMatchObject({ provider, stream: false, endpoint: 'chat_completions' });
  expect(side.upstreams[provider].requests.at(-1)?.path).toBe(path);
}

/** `tellsAll`: the provider puts the usage into a chunk of the answer, which is passed on as it came. */
async function provesUsage(line: Line, served: Served, side: WorkingBench, tellsAll = false): Promise<void> {
  const { provider, model, path: _path, ...rest } = served;
  const job = { line, ...rest };
  const [silent, told, helper] = await Promise.all([
    call('chat-stream', model, job, side),
    call('chat-stream', model, { ...job, params: { stream_options: { include_usage: true } } }, side),
    call('chat-helper', model, job, side),
  ]);
  expect(silent.value).toMatchObject({ text: ANSWER, stop: 'stop', empty: 0 });
  if (!tellsAll) expect(silent.value).not.toHaveProperty('usage');
  expect(told.value).toMatchObject({ text: ANSWER, usage: counted(told.row) });
  expect(helper.value).toMatchObject({ text: ANSWER, stop: 'stop' });
  const { cost_nano_usd } = told.row;
  for (const { row } of [silent, helper]) {
    expect(counted(row)).toEqual(counted(told.row));
    expect(row).toMatchObject({ provider, stream: true, cost_nano_usd });
  }
}

describe.each(LINES)('%s', (line) => {
  describe.each(SERVED)('with $model of $provider', (served) => {
    test('gets an answer and its usage', () => provesAnswers(line, served, bench));

    test('sees a stream’s usage only where it asks for it; the rows hold it either way', () =>
      provesUsage(line, served, bench, served.provider === 'google'));
  });

  test('calls tools, in one answer and by the helper', async () => {
    const tool = {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    };
    const params = {
      tools: [{ type: 'function', function: tool }],
      tool_choice: { type: 'function', function: { name: tool.name } },
    };
    for (const act of ['chat', 'chat-helper'] as const) {
      const { value } = await call(act, 'gpt-4o', { line, params });
      expect(value?.toolCalls?.[0]?.function.name).toBe(tool.name);
      expect(JSON.parse(value?.toolCalls?.[0]?.function.arguments ?? '')).toHaveProperty('city');
    }
  });

  test.each([
    ['openai', 'text-embedding-3-small', 'say hi', 1536],
    ['google', 'gemini-embedding-001', 'say hi', 768],
    ['llama', LLAMA.embedding, 'say hi', 1536],
  ] as const)(
    'gets embeddings of %s, in base64 by itself and as numbers if asked',
    async (provider, model, prompt, size) => {
      const vector = openAiVector(prompt, size);
      const sent = () => bench.upstreams[provider].requests.at(-1)?.json();
      for (const [asked, params] of [
        ['base64', {}],
        ['float', { encoding_format: 'float' }],
      ] as const) {
        const { value, row } = await call('embeddings', model, { line, params, prompt });
        expect(value?.vectors?.[0]?.map(Math.fround)).toEqual(vector);
        expect(sent()).toMatchObject({ encoding_format: asked });
        expect(row).toMatchObject({
          provider,
          endpoint: 'embeddings',
          input_tokens: value?.usage?.['prompt_tokens'],
          output_tokens: 0,
        });
      }
    },
  );

  test('lists and finds the models of every provider that speaks its formats', async () => {
    const customer = await bench.gateway.customer({ plan: {} });
    const { value } = await run(bench, customer, 'models', '', { line });
    for (const { model } of SERVED) expect(value?.ids).toContain(model);
    const found = await run(bench, customer, 'retrieve', LLAMA.chat, { line });
    expect(found.value).toMatchObject({ id: LLAMA.chat, object: 'model' });
    expect(await bench.rowsOf(customer)).toEqual([]);
  });
});

describe('with OpenRouter configured', () => {
  const routed = useWorkingBench({ openrouter: true });

  test.each(LINES)('%s gets answers at OpenRouter’s own base', async (line) => {
    await provesAnswers(line, ROUTED, routed);
    await provesUsage(line, ROUTED, routed, true);
  });
});

test('the operator’s own server sees its own name for the model, and no key', async () => {
  const seen = bench.upstreams.llama.requests.length;
  const { row } = await call('chat', `${LLAMA.provider}/${LLAMA.chat}`);
  const [request] = bench.upstreams.llama.requests.slice(seen);
  expect(request?.json()).toMatchObject({ model: LLAMA.file });
  expect(request?.headers).not.toHaveProperty('authorization');
  expect(Number(row['cost_nano_usd'])).toBe(
    Number(row['input_tokens']) * 100 + Number(row['output_tokens']) * 400,
  );
});
