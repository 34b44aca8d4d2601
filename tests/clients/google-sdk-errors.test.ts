/** Every refusal reaches the callers of Google's SDKs, and of Claude's on Vertex, as an error with its reason. */
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
const GEMINI = 'gemini-2.5-flash';
const CLAUDE = 'claude-sonnet-5-5';

type GenaiLine = NonNullable<ProgramJobs['google-genai']['line']>;
const genai = (line: GenaiLine, act: 'generate' | 'stream'): SdkCase => ({
  upstream: 'gemini',
  model: GEMINI,
  run: (job) => runProgram(bench, 'google-genai', { line, act, ...job }),
});
const generativeAi = (act: 'generate' | 'stream'): SdkCase => ({
  upstream: 'gemini',
  model: GEMINI,
  // Fields of its model instead of the call's.
  run: (job) => runProgram(bench, 'generative-ai', { act, ...job }),
});
const vertexSdk = (act: 'messages' | 'messages-stream'): SdkCase => ({
  upstream: 'vertex',
  model: CLAUDE,
  run: (job) => runProgram(bench, 'vertex', { act, ...job }),
});

/** Google's own SDKs have one class for all, and never ask again by themselves. */
const googles = (name: string): Readonly<Record<SdkSituation, Ends>> => ({
  'strange key': [name, 401, 1],
  'revoked token': [name, 401, 1],
  'suspended account': [name, 403, 1],
  'unknown model': [name, 404, 1],
  'model outside the plan': [name, 400, 1],
  'used-up tokens': [name, 429, 1],
  'used-up money': [name, 429, 1],
  'too large': [name, 413, 1],
  "provider's 400": [name, 400, 1],
  'refused operator key': [name, 502, 1],
  'unreachable provider': [name, 502, 1],
});

const VERTEX_ENDS: Readonly<Record<SdkSituation, Ends>> = {
  'strange key': ['AuthenticationError', 401, 1],
  'revoked token': ['AuthenticationError', 401, 1],
  'suspended account': ['PermissionDeniedError', 403, 1],
  'unknown model': ['NotFoundError', 404, 1],
  'model outside the plan': ['BadRequestError', 400, 1],
  'used-up tokens': ['RateLimitError', 429, 1],
  'used-up money': ['RateLimitError', 429, 1],
  'too large': ['ContentTooLargeError', 413, 1],
  "provider's 400": ['BadRequestError', 400, 1],
  'refused operator key': ['InternalServerError', 502, 1],
  'unreachable provider': ['InternalServerError', 502, 3],
};

describe.each([
  ['@google/genai 3', genai('@google/genai', 'generate'), googles('ApiError')],
  ['@google/genai 1, streaming', genai('google-genai-1', 'stream'), googles('ApiError')],
  ['@google/generative-ai', generativeAi('generate'), googles('GoogleGenerativeAIFetchError')],
  ['@anthropic-ai/vertex-sdk', vertexSdk('messages'), VERTEX_ENDS],
] as const)('%s', (_sdk, speak, ends) => {
  test.each(SDK_SITUATIONS.map((situation) => [situation.name, situation] as const))(
    '%s',
    (_name, situation) => expectEnd(bench, situation, speak, ends),
  );
});

const geminiUsage = (tokens: number) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: 'spent' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: tokens, candidatesTokenCount: 1, totalTokenCount: tokens + 1 },
  modelVersion: GEMINI,
});

test.each([
  ['@google/genai 3', genai('@google/genai', 'generate')],
  ['@google/genai 1', genai('google-genai-1', 'generate')],
  ['@google/generative-ai', generativeAi('generate')],
] as const)(
  '%s shows the per-minute refusal with its delay, in words and for programs',
  async (_sdk, speak) => {
    const { token } = await overdrawn(bench, speak, geminiUsage);
    const { error, requests } = await speak.run({ token, model: GEMINI });
    expect([error?.status, requests]).toEqual([429, 1]);
    expect(error?.message).toMatch(/rate limit: 60000 tokens per minute.* try again in \d+ s/);
    expect(error?.message).toMatch(/RetryInfo","retryDelay":"\d+s"/);
  },
);

test('@anthropic-ai/vertex-sdk waits for the minute as long as it is told, and succeeds', async () => {
  const speak = vertexSdk('messages');
  const { token } = await overdrawn(bench, speak, (tokens) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: CLAUDE,
    content: [],
    usage: { input_tokens: tokens, output_tokens: 1 },
  }));
  const watch = bench.watch();
  const { error } = await speak.run({ token, model: CLAUDE, params: { max_tokens: 64 } });
  expect(error).toBeUndefined();
  expect(watch.seen.map(({ status }) => status)).toEqual([429, 200]);
});

const STREAMS = [
  ['@google/genai 3', genai('@google/genai', 'stream')],
  ['@google/genai 1', genai('google-genai-1', 'stream')],
  ['@google/generative-ai', generativeAi('stream')],
  ['@anthropic-ai/vertex-sdk', vertexSdk('messages-stream')],
] as const;
test.each(
  STREAMS.flatMap(([sdk, speak]) => (['reset', 'clean'] as const).map((end) => [sdk, end, speak] as const)),
)('%s: a provider that dies mid-stream (%s) is an error, not a short answer', async (_sdk, end, speak) => {
  const { user, token } = await bench.gateway.customer();
  bench.script(speak.upstream, { stopAfterEvents: 1, end });
  const { error, value } = await speak.run({ token, model: speak.model });
  expect(value).toBeUndefined();
  expect(error?.message).toBeTruthy();
  const { body } = await bench.gateway.admin('GET', `/api/admin/requests?user=${user}`);
  const [row] = body['data'] as readonly { readonly id: string }[];
  expect(await bench.gateway.settledRow(row?.id ?? '')).toMatchObject({ ending: 'broken' });
});
