/** Every refusal reaches the callers of AWS's SDK and of Anthropic's for Bedrock as the right exception after the right number of attempts. */
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
const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

const speaking = (act: ProgramJobs['bedrock']['act'], auth: 'bearer' | 'sigv4' = 'bearer'): SdkCase => ({
  upstream: 'bedrock',
  model: CLAUDE,
  run: (job) => runProgram(bench, 'bedrock', { act, auth, ...job }),
});

/** Both SDKs' own default: a first attempt and two more. */
const ALL_ATTEMPTS = 3;

const AWS_ENDS: Readonly<Record<SdkSituation, Ends>> = {
  // An exception of AWS's common ones, for which this client has no class.
  'strange key': ['BedrockRuntimeServiceException', 401, 1],
  'revoked token': ['BedrockRuntimeServiceException', 401, 1],
  'suspended account': ['AccessDeniedException', 400, 1],
  'unknown model': ['ResourceNotFoundException', 404, 1],
  'model outside the plan': ['AccessDeniedException', 400, 1],
  'used-up tokens': ['ServiceQuotaExceededException', 400, 1],
  'used-up money': ['ServiceQuotaExceededException', 400, 1],
  'too large': ['ValidationException', 413, 1],
  "provider's 400": ['ValidationException', 400, 1],
  'refused operator key': ['ModelErrorException', 424, 1],
  'unreachable provider': ['ServiceUnavailableException', 503, ALL_ATTEMPTS],
};

const ANTHROPIC_ENDS: Readonly<Record<SdkSituation, Ends>> = {
  'strange key': ['AuthenticationError', 401, 1],
  'revoked token': ['AuthenticationError', 401, 1],
  'suspended account': ['BadRequestError', 400, 1],
  'unknown model': ['NotFoundError', 404, 1],
  'model outside the plan': ['BadRequestError', 400, 1],
  'used-up tokens': ['BadRequestError', 400, 1],
  'used-up money': ['BadRequestError', 400, 1],
  'too large': ['ContentTooLargeError', 413, 1],
  "provider's 400": ['BadRequestError', 400, 1],
  'refused operator key': ['APIError', 424, 1],
  'unreachable provider': ['ServiceUnavailableError', 503, ALL_ATTEMPTS],
};

describe.each([
  ['@aws-sdk/client-bedrock-runtime, Converse', speaking('converse'), AWS_ENDS],
  ['@anthropic-ai/bedrock-sdk', speaking('messages'), ANTHROPIC_ENDS],
] as const)('%s', (_sdk, speak, ends) => {
  test.each(SDK_SITUATIONS.map((situation) => [situation.name, situation] as const))(
    '%s',
    (_name, situation) => expectEnd(bench, situation, speak, ends),
  );
});

/** The other verbs share the handling of errors: what they do with the two refusals that matter most. */
const OTHERS = SDK_SITUATIONS.filter(({ name }) => ['revoked token', 'used-up money'].includes(name));
describe.each([
  ['ConverseStream', speaking('converse-stream')],
  ['InvokeModel, signed', speaking('invoke', 'sigv4')],
  ['InvokeModelWithResponseStream', speaking('invoke-stream')],
] as const)('@aws-sdk/client-bedrock-runtime, %s', (_sdk, speak) => {
  test.each(OTHERS.map((situation) => [situation.name, situation] as const))('%s', (_name, situation) =>
    expectEnd(bench, situation, speak, AWS_ENDS),
  );
});

const converseUsage = (tokens: number) => ({
  output: { message: { role: 'assistant', content: [{ text: 'spent' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: tokens, outputTokens: 1, totalTokens: tokens + 1 },
  metrics: { latencyMs: 1 },
});
const messageUsage = (tokens: number) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: CLAUDE,
  content: [],
  usage: { input_tokens: tokens, output_tokens: 1 },
});

test.each([
  [
    '@aws-sdk/client-bedrock-runtime',
    speaking('converse'),
    converseUsage,
    { inferenceConfig: { maxTokens: 64 } },
  ],
  ['@anthropic-ai/bedrock-sdk', speaking('messages'), messageUsage, { max_tokens: 64 }],
] as const)(
  '%s waits for the minute as long as it is told, and succeeds',
  async (_sdk, speak, usage, params) => {
    const { token } = await overdrawn(bench, speak, usage);
    const watch = bench.watch();
    const { error } = await speak.run({ token, model: CLAUDE, params });
    expect([error, watch.seen.map(({ status }) => status)]).toEqual([undefined, [429, 200]]);
  },
);

const STREAMS = (['converse-stream', 'invoke-stream', 'messages-stream'] as const).flatMap((act) =>
  (['reset', 'clean'] as const).map((end) => [act, end] as const),
);
test.each(STREAMS)(
  '%s: a provider that dies mid-stream (%s) is an error, not a short answer',
  async (act, end) => {
    const { user, token } = await bench.gateway.customer();
    bench.script('bedrock', { stopAfterEvents: 4, end });
    const { error, value } = await speaking(act).run({ token, model: CLAUDE });
    expect(value).toBeUndefined();
    expect(error?.message).toBeTruthy();
    const { body } = await bench.gateway.admin('GET', `/api/admin/requests?user=${user}`);
    const [row] = body['data'] as readonly { readonly id: string }[];
    expect(await bench.gateway.settledRow(row?.id ?? '')).toMatchObject({ ending: 'broken' });
  },
);
