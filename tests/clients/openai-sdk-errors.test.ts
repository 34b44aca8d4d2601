/** Every refusal reaches the callers of `openai`, in both of its lines, as the right error class after the right number of attempts. */
import { describe, expect, test } from 'vitest';
import { runProgram, type ProgramJobs } from '@/tests/support/client-program';
import { useRefusingBench } from '@/tests/support/refusing-bench';
import {
  expectEnd,
  MAX_BODY_BYTES,
  overdrawn,
  SDK_SITUATIONS,
  type Ends,
  type SdkCase,
  type SdkSituation,
} from '@/tests/support/sdk-refusals';

const bench = useRefusingBench({ TOLLGATE_MAX_BODY_BYTES: String(MAX_BODY_BYTES) });

type Act = ProgramJobs['openai-sdk']['act'];
type Line = 'openai' | 'openai-4';

const speaking = (line: Line, act: Act, model: string): SdkCase => ({
  upstream: 'openai',
  model,
  run: (job) => runProgram(bench, 'openai-sdk', { line, act, ...job }),
});

/** The SDK's own default: a first attempt and two more. */
const ALL_ATTEMPTS = 3;

const ENDS: Readonly<Record<SdkSituation, Ends>> = {
  'strange key': ['AuthenticationError', 401, 1],
  'revoked token': ['AuthenticationError', 401, 1],
  'suspended account': ['PermissionDeniedError', 403, 1],
  'unknown model': ['NotFoundError', 404, 1],
  'model outside the plan': ['BadRequestError', 400, 1],
  'used-up tokens': ['RateLimitError', 429, 1],
  'used-up money': ['RateLimitError', 429, 1],
  'too large': ['APIError', 413, 1],
  "provider's 400": ['BadRequestError', 400, 1],
  'refused operator key': ['InternalServerError', 502, 1],
  'unreachable provider': ['InternalServerError', 502, ALL_ATTEMPTS],
};
/** What Codex would ask for again is a 400 there. */
const RESPONSES_ENDS = {
  ...ENDS,
  'suspended account': ['BadRequestError', 400, 1],
  'too large': ['BadRequestError', 400, 1],
} as const;

const APIS = [
  ['chat', 'gpt-4o', ENDS],
  ['responses', 'gpt-5.1', RESPONSES_ENDS],
  ['embeddings', 'text-embedding-3-small', ENDS],
] as const;

describe.each(APIS)('openai 7 %s', (act, model, ends) => {
  test.each(SDK_SITUATIONS.map((situation) => [situation.name, situation] as const))(
    '%s',
    (_name, situation) => expectEnd(bench, situation, speaking('openai', act, model), ends),
  );
});

/** The older line shares the newer one's handling of errors: the situations in which it decides by itself. */
const OLDER = SDK_SITUATIONS.filter(({ name }) =>
  ['revoked token', 'used-up money', 'refused operator key'].includes(name),
);
describe.each(APIS)('openai 4 %s', (act, model, ends) => {
  test.each(OLDER.map((situation) => [situation.name, situation] as const))('%s', (_name, situation) =>
    expectEnd(bench, situation, speaking('openai-4', act, model), ends),
  );
});

const USAGES = {
  chat: (tokens: number) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o',
    choices: [{ index: 0, message: { role: 'assistant', content: 'spent' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: tokens, completion_tokens: 1, total_tokens: tokens + 1 },
  }),
  responses: (tokens: number) => ({
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: 'gpt-5.1',
    output: [],
    usage: { input_tokens: tokens, output_tokens: 1, total_tokens: tokens + 1 },
  }),
};
const SMALL = { chat: { max_tokens: 64 }, responses: { max_output_tokens: 64 } };

test.each([
  ['openai', 'chat', 'gpt-4o'],
  ['openai', 'responses', 'gpt-5.1'],
  ['openai-4', 'chat', 'gpt-4o'],
] as const)('%s %s: waits for the minute as long as it is told, and succeeds', async (line, act, model) => {
  const speak = speaking(line, act, model);
  const { token } = await overdrawn(bench, speak, USAGES[act]);
  const watch = bench.watch();
  const { value, error } = await speak.run({ token, model, params: SMALL[act] });
  expect([error, value?.stop]).toEqual([undefined, act === 'chat' ? 'stop' : 'completed']);
  expect(watch.seen.map(({ status }) => status)).toEqual([429, 200]);
});

test.each(['openai', 'openai-4'] as const)(
  '%s: without retries it throws the per-minute refusal',
  async (line) => {
    const speak = speaking(line, 'chat', 'gpt-4o');
    const { token } = await overdrawn(bench, speak, USAGES.chat);
    const { error, requests } = await speak.run({ token, model: 'gpt-4o', options: { maxRetries: 0 } });
    expect(error).toMatchObject({
      class: 'RateLimitError',
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'tokens',
    });
    expect([requests, error?.message]).toEqual([1, expect.stringContaining('60000 tokens per minute')]);
  },
);

const STREAMS = (['openai', 'openai-4'] as const).flatMap((line) =>
  (['chat-stream', 'chat-helper', 'responses-stream', 'responses-helper'] as const).flatMap((act) =>
    (['reset', 'clean'] as const).map((end) => [line, act, end] as const),
  ),
);
test.each(STREAMS)(
  '%s %s: a provider that dies mid-stream (%s) is an error, not a short answer',
  async (line, act, end) => {
    const { user, token } = await bench.gateway.customer();
    bench.script('openai', { stopAfterEvents: 5, end });
    const model = act.startsWith('chat') ? 'gpt-4o' : 'gpt-5.1';
    const { error, value } = await speaking(line, act, model).run({ token, model });
    expect(value).toBeUndefined();
    expect(error?.message).toBeTruthy();
    const { body } = await bench.gateway.admin('GET', `/api/admin/requests?user=${user}`);
    const [row] = body['data'] as readonly { readonly id: string }[];
    expect(await bench.gateway.settledRow(row?.id ?? '')).toMatchObject({ ending: 'broken' });
  },
);
