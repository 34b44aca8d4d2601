/** Bedrock's own clients work through the gateway with nothing changed but endpoint and credential, and take its refusals well. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BEDROCK_KEY, startBedrockUpstream } from '@/tests/support/bedrock-upstream';
import { runClaude } from '@/tests/support/claude-code';
import { startClientBench, type ClientBench } from '@/tests/support/client-bench';
import { runProgram } from '@/tests/support/client-program';
import type { Upstream } from '@/tests/support/upstream-server';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const ARN = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${MODEL}`;
const PATH = `/model/${encodeURIComponent(MODEL)}`;
const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';

let upstream: Upstream;
let bench: ClientBench;
beforeAll(async () => {
  upstream = await startBedrockUpstream();
  bench = await startClientBench({ BEDROCK_API_KEY: BEDROCK_KEY, BEDROCK_UPSTREAM_URL: upstream.url });
});
afterEach(() => {
  upstream.script();
  expect(bench.afterTest()).toEqual([]);
});
afterAll(async () => {
  await bench.stop();
  await upstream.stop();
});

const ACTS = [
  ['converse', 'converse'],
  ['converse-stream', 'converse-stream'],
  ['invoke', 'invoke'],
  ['invoke-stream', 'invoke-with-response-stream'],
  ['messages', 'invoke'],
  ['messages-stream', 'invoke-with-response-stream'],
] as const;

describe.each(['bearer', 'sigv4'] as const)('the SDKs of AWS and Anthropic (%s)', (auth) => {
  test.each(ACTS)('get %s, metered', async (act, action) => {
    const { user, token } = await bench.gateway.customer({ plan: {} });
    const { value, error } = await runProgram(bench, 'bedrock', { act, token, auth, model: MODEL });
    expect(error).toBeUndefined();
    expect(value?.text).toBe(ANSWER);
    const sent = upstream.requests.at(-1);
    expect(sent?.url).toBe(`${PATH}/${action}`);
    expect(sent?.headers['authorization']).toBe(`Bearer ${BEDROCK_KEY}`);
    const [row] = await bench.rows(user, 1);
    expect(row).toMatchObject({ provider: 'bedrock', model: MODEL, grade: 'exact', ending: 'complete' });
    const reported = value?.usage as Record<string, number> | undefined;
    if (reported !== undefined)
      expect(row?.['output_tokens']).toBe(reported['outputTokens'] ?? reported['output_tokens']);
  });

  test('may name a profile by its ARN, or a model as Anthropic does', async () => {
    const { token } = await bench.gateway.customer({ plan: {} });
    for (const [model, sent] of [
      [ARN, ARN],
      ['claude-sonnet-4-5', MODEL],
    ] as const) {
      const { value } = await runProgram(bench, 'bedrock', { act: 'converse', token, auth, model });
      expect(value?.text).toBe(ANSWER);
      expect(upstream.requests.at(-1)?.url).toBe(`/model/${encodeURIComponent(sent)}/converse`);
    }
  });
});

describe('refusals', () => {
  const refusedWith = async (plan: Record<string, unknown>, act: 'converse' | 'messages', warmUp = false) => {
    const { token } = await bench.gateway.customer({ plan });
    const job = {
      act,
      token,
      model: MODEL,
      options: act === 'converse' ? { maxAttempts: 2 } : { maxRetries: 1 },
    } as const;
    if (warmUp) await runProgram(bench, 'bedrock', job);
    const { error, requests } = await runProgram(bench, 'bedrock', job);
    return { name: error?.name, status: error?.status, message: error?.message, requests };
  };

  test('of a used-up month are raised once, by their name and with the figures', async () => {
    expect(await refusedWith({ monthly_tokens: 1 }, 'converse')).toEqual({
      name: 'ServiceQuotaExceededException',
      status: 400,
      message: expect.stringMatching(/limit 1 tokens .* resets \d{4}-\d\d-01T00:00:00Z/),
      requests: 1,
    });
    expect(await refusedWith({ monthly_tokens: 1 }, 'messages')).toMatchObject({ status: 400, requests: 1 });
  });

  test('of an unknown token or model are raised once', async () => {
    const { token } = await bench.gateway.customer({ plan: {} });
    const foreign = await runProgram(bench, 'bedrock', { act: 'converse', token: 'tg_wrong', model: MODEL });
    expect(foreign).toMatchObject({
      requests: 1,
      error: { name: 'UnrecognizedClientException', status: 401 },
    });
    const unknown = await runProgram(bench, 'bedrock', { act: 'converse', token, model: 'nobodys.model' });
    expect(unknown).toMatchObject({ requests: 1, error: { name: 'ResourceNotFoundException', status: 404 } });
  });

  test('of throttling by the provider are tried again, and end in their exception', async () => {
    const { token } = await bench.gateway.customer({ plan: {} });
    upstream.script({ status: 429 }, { status: 429 });
    const job = { act: 'converse', token, model: MODEL, options: { maxAttempts: 2 } } as const;
    expect(await runProgram(bench, 'bedrock', job)).toMatchObject({
      requests: 2,
      error: { name: 'ThrottlingException', status: 429 },
    });
    upstream.script({ status: 429 });
    expect((await runProgram(bench, 'bedrock', job)).value?.text).toBe(ANSWER);
  });

  test.each(['converse-stream', 'invoke-stream', 'messages-stream'] as const)(
    'in the middle of %s are raised where it is read',
    async (act) => {
      const { token } = await bench.gateway.customer({ plan: {} });
      upstream.script({ stopAfterEvents: 4, end: 'clean' });
      const { error, value, partial } = await runProgram(bench, 'bedrock', {
        act,
        token,
        model: MODEL,
        options: act === 'messages-stream' ? { maxRetries: 0 } : { maxAttempts: 1 },
      });
      expect(value).toBeUndefined();
      expect(partial).not.toBe('');
      expect(`${error?.name} ${error?.message}`).toMatch(
        /ModelStreamErrorException|ended its answer too early/i,
      );
    },
  );
});

test.each(['generate', 'stream'] as const)('the AI SDK gets its answer (%s)', async (act) => {
  const { user, token } = await bench.gateway.customer({ plan: {} });
  const job = { act, token, provider: 'amazon-bedrock', model: MODEL } as const;
  const { value, error } = await runProgram(bench, 'ai-sdk', job);
  expect(error).toBeUndefined();
  expect(value?.text).toBe(ANSWER);
  const [row] = await bench.rows(user, 1);
  expect(row).toMatchObject({ provider: 'bedrock', grade: 'exact', ending: 'complete' });
});

test('the AI SDK gets embeddings', async () => {
  const { user, token } = await bench.gateway.customer({ plan: {} });
  const model = 'amazon.titan-embed-text-v2:0';
  const { error } = await runProgram(bench, 'ai-sdk', {
    act: 'embed',
    token,
    provider: 'amazon-bedrock',
    model,
  });
  expect(error).toBeUndefined();
  const [row] = await bench.rows(user, 1);
  expect(row).toMatchObject({ model, grade: 'exact', ending: 'complete' });
  expect(Number(row?.['input_tokens'])).toBeGreaterThan(0);
});

describe('Claude Code', () => {
  const modes = (token: string) => ({
    'without AWS credentials': { CLAUDE_CODE_SKIP_BEDROCK_AUTH: '1', ANTHROPIC_AUTH_TOKEN: token },
    'with a bearer token': { AWS_BEARER_TOKEN_BEDROCK: token },
  });
  const bedrockMode = () => ({
    CLAUDE_CODE_USE_BEDROCK: '1',
    ANTHROPIC_BEDROCK_BASE_URL: `${bench.gateway.url}/bedrock`,
    AWS_REGION: 'us-east-1',
  });

  test.each(['without AWS credentials', 'with a bearer token'] as const)(
    'in Bedrock mode answers, metered and attributed (%s)',
    async (mode) => {
      const { user, token } = await bench.gateway.customer({ plan: {} });
      const { code, answer } = await runClaude(bench, {
        env: { ...bedrockMode(), ...modes(token)[mode] },
        args: ['--model', MODEL],
      });
      expect({ code, result: answer.result, is_error: answer.is_error }).toEqual({
        code: 0,
        result: ANSWER,
        is_error: false,
      });
      const rows = await bench.rows(user, 1);
      expect(rows.some(({ session }) => session === answer.session_id)).toBe(true);
      for (const row of rows) expect(row).toMatchObject({ provider: 'bedrock', grade: 'exact' });
    },
  );

  test('in Bedrock mode shows a used-up month at once', async () => {
    const { token } = await bench.gateway.customer({ plan: { monthly_tokens: 1 } });
    const watch = bench.watch();
    const { answer } = await runClaude(bench, {
      env: { ...bedrockMode(), ...modes(token)['without AWS credentials'] },
      args: ['--model', MODEL],
    });
    expect(answer.is_error).toBe(true);
    expect(answer.result).toMatch(/limit 1 tokens .* resets/);
    expect(watch.seen.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(2);
  });

  test('in Bedrock mode does not ask again and again where token or model are refused', async () => {
    const { token } = await bench.gateway.customer({ plan: { models: ['claude-opus-4-5'] } });
    for (const [own, text] of [
      ['tg_wrong', 'The gateway token is malformed.'],
      [token, 'does not include the model'],
    ] as const) {
      const watch = bench.watch();
      const { answer } = await runClaude(bench, {
        env: { ...bedrockMode(), ...modes(own)['without AWS credentials'] },
        args: ['--model', MODEL],
      });
      expect(answer.result).toContain(text);
      expect(watch.seen.filter(({ method }) => method === 'POST').length).toBeLessThanOrEqual(2);
      watch.stop();
    }
  });

  test('pointed at Anthropic’s own format is answered by Bedrock as well', async () => {
    const { user, token } = await bench.gateway.customer({ plan: {} });
    const { answer } = await runClaude(bench, {
      env: { ANTHROPIC_AUTH_TOKEN: token },
      args: ['--model', 'bedrock/claude-sonnet-4-5'],
    });
    expect(answer.result).toBe(ANSWER);
    expect(await bench.rows(user, 1)).toEqual([
      expect.objectContaining({ provider: 'bedrock', grade: 'exact', ending: 'complete' }),
    ]);
  });
});
