/** Anthropic's SDK for Vertex and Claude Code in its Vertex mode work through the gateway. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runClaude } from '@/tests/support/claude-code';
import { MODEL } from '@/tests/support/client-bench';
import { runProgram } from '@/tests/support/client-program';
import { startGoogleBench, type GoogleBench } from '@/tests/support/google-bench';

const CLAUDE = 'claude-sonnet-4-5@20250929';
const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';
const OPERATORS = '/v1/projects/operator-project/locations/europe-west4/publishers/anthropic/models';

let bench: GoogleBench;
beforeAll(async () => {
  bench = await startGoogleBench();
});
afterEach(() => {
  expect(bench.afterTest()).toEqual([]);
});
afterAll(() => bench.stop());

const calls = () => bench.vertex.requests.filter(({ path }) => path !== '/token');

describe('@anthropic-ai/vertex-sdk', () => {
  test.each([
    ['messages', 'rawPredict'],
    ['messages-stream', 'streamRawPredict'],
  ] as const)('answers (%s), metered to the token', async (act, action) => {
    const { user, token } = await bench.gateway.customer();
    const { value, error } = await runProgram(bench, 'vertex', { act, token, model: CLAUDE });
    expect(error).toBeUndefined();
    expect(value).toMatchObject({ text: ANSWER, stop: 'end_turn' });
    expect(calls().at(-1)?.path).toBe(`${OPERATORS}/${CLAUDE}:${action}`);
    expect(await bench.rows(user, 1)).toMatchObject([
      {
        model: CLAUDE,
        provider: 'vertex',
        stream: act === 'messages-stream',
        ending: 'complete',
        grade: 'exact',
        input_tokens: value?.usage?.['input_tokens'],
        output_tokens: value?.usage?.['output_tokens'],
      },
    ]);
  });

  test('counts for nothing', async () => {
    const { user, token } = await bench.gateway.customer();
    const { value } = await runProgram(bench, 'vertex', { act: 'count', token, model: CLAUDE });
    expect(value?.usage).toMatchObject({ input_tokens: expect.any(Number) as number });
    expect(await bench.rows(user)).toEqual([]);
  });

  test('is refused in Anthropic’s words', async () => {
    const { token } = await bench.gateway.customer({ plan: { monthly_tokens: 0 } });
    const spent = await runProgram(bench, 'vertex', { act: 'messages', token, model: CLAUDE });
    expect(spent).toMatchObject({ error: { class: 'RateLimitError', status: 429 }, requests: 1 });
    const bad = await runProgram(bench, 'vertex', { act: 'messages', token: 'tg_nobody', model: CLAUDE });
    expect(bad).toMatchObject({ error: { class: 'AuthenticationError', status: 401 }, requests: 1 });
  });
});

describe('Claude Code in its Vertex mode', () => {
  const vertexMode = (token: string) => ({
    CLAUDE_CODE_USE_VERTEX: '1',
    CLAUDE_CODE_SKIP_VERTEX_AUTH: '1',
    ANTHROPIC_VERTEX_BASE_URL: `${bench.gateway.url}/vertex/v1`,
    ANTHROPIC_VERTEX_PROJECT_ID: 'callers-project',
    CLOUD_ML_REGION: 'us-east5',
    ANTHROPIC_AUTH_TOKEN: token,
  });

  test('answers, metered and attributed', async () => {
    const { user, token } = await bench.gateway.customer();
    const { code, answer } = await runClaude(bench, { env: vertexMode(token) });
    expect([code, answer.result]).toEqual([0, ANSWER]);
    expect(calls().at(-1)?.path).toBe(`${OPERATORS}/${MODEL}:streamRawPredict`);
    expect(await bench.rows(user, 1)).toMatchObject([
      {
        session: answer.session_id,
        provider: 'vertex',
        stream: true,
        ending: 'complete',
        grade: 'exact',
        input_tokens: answer.usage.input_tokens,
        output_tokens: answer.usage.output_tokens,
      },
    ]);
  });

  test('shows the refusal of a used-up month after one request', async () => {
    const { token } = await bench.gateway.customer({ plan: { monthly_tokens: 0 } });
    const watch = bench.watch();
    const { answer } = await runClaude(bench, { env: vertexMode(token) });
    expect(answer.result).toContain('monthly token limit reached');
    expect(watch.seen.filter(({ status }) => status === 429)).toHaveLength(1);
  });
});
