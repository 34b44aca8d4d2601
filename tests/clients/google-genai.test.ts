/** Google's SDKs, in all their lines, and the Gemini CLI work through the gateway with nothing changed but base URL and key. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runProgram, type ProgramOutcome } from '@/tests/support/client-program';
import { runGeminiCli } from '@/tests/support/gemini-cli';
import { startGoogleBench, type GoogleBench } from '@/tests/support/google-bench';

const MODEL = 'gemini-2.5-flash';
const EMBEDDING = 'gemini-embedding-001';
const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';

let bench: GoogleBench;
beforeAll(async () => {
  bench = await startGoogleBench();
});
afterEach(() => {
  expect(bench.afterTest()).toEqual([]);
});
afterAll(() => bench.stop());

const LINES = [
  ['@google/genai 3', (act: Act, token: string, more: More = {}) => genai(act, token, more)],
  [
    '@google/genai 1',
    (act: Act, token: string, more: More = {}) => genai(act, token, { ...more, line: 'google-genai-1' }),
  ],
  ['@google/generative-ai', (act: Act, token: string, more: More = {}) => older(act, token, more)],
] as const;
type Act = 'generate' | 'stream' | 'count' | 'embed';
interface More {
  readonly line?: 'google-genai-1';
  readonly model?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly params?: Readonly<Record<string, unknown>>;
}

function genai(act: Act, token: string, more: More): Promise<ProgramOutcome> {
  return runProgram(bench, 'google-genai', {
    act,
    token,
    model: act === 'embed' ? EMBEDDING : MODEL,
    ...more,
  });
}
function older(act: Act, token: string, { model, params }: More): Promise<ProgramOutcome> {
  const named = model ?? (act === 'embed' ? EMBEDDING : MODEL);
  return runProgram(bench, 'generative-ai', {
    act,
    token,
    model: named,
    ...(params === undefined ? {} : { params }),
  });
}

describe.each(LINES)('%s', (_line, run) => {
  test.each(['generate', 'stream'] as const)('answers (%s), metered to the token', async (act) => {
    const { user, token } = await bench.gateway.customer();
    const { value, error } = await run(act, token);
    expect(error).toBeUndefined();
    expect(value).toMatchObject({ text: ANSWER, stop: 'STOP' });
    const usage = value?.usage ?? {};
    expect(await bench.rows(user, 1)).toMatchObject([
      {
        model: MODEL,
        provider: 'google',
        stream: act === 'stream',
        ending: 'complete',
        grade: 'exact',
        input_tokens: usage['promptTokenCount'],
        output_tokens: Number(usage['candidatesTokenCount']) + Number(usage['thoughtsTokenCount'] ?? 0),
      },
    ]);
    expect(bench.gemini.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  test('counts for nothing and embeds', async () => {
    const { user, token } = await bench.gateway.customer();
    expect((await run('count', token)).value?.usage).toMatchObject({
      totalTokens: expect.any(Number) as number,
    });
    expect((await run('embed', token)).value?.vectors?.[0]?.length).toBeGreaterThan(1);
    expect(await bench.rows(user, 1)).toMatchObject([
      { model: EMBEDDING, ending: 'complete', grade: 'estimated' },
    ]);
  });

  test('takes a bad token for a bad token, at once', async () => {
    const { error, requests } = await run('generate', 'tg_nobody');
    expect(requests).toBe(1);
    expect(error).toMatchObject({ status: 401 });
    expect(error?.message).toContain('API_KEY_INVALID');
  });

  test('throws when its stream breaks', async () => {
    const { token } = await bench.gateway.customer();
    bench.gemini.script({ stopAfterEvents: 2, end: 'reset' });
    const { error, value } = await run('stream', token);
    expect(value).toBeUndefined();
    expect(error).toBeDefined();
  });
});

describe('@google/genai', () => {
  test('in its Vertex mode with a key reaches the same models', async () => {
    const { token } = await bench.gateway.customer();
    const { value, error } = await runProgram(bench, 'google-genai', {
      act: 'stream',
      token,
      model: MODEL,
      options: { vertexai: true },
    });
    expect(error).toBeUndefined();
    expect(value?.text).toBe(ANSWER);
  });

  test('lists and finds the gateway’s models', async () => {
    const { token } = await bench.gateway.customer();
    const listed = await runProgram(bench, 'google-genai', { act: 'models', token, model: MODEL });
    expect(listed.value?.ids).toContain(`models/${MODEL}`);
    const found = await runProgram(bench, 'google-genai', { act: 'retrieve', token, model: MODEL });
    expect(found.value).toMatchObject({ name: `models/${MODEL}` });
  });
});

describe('the Gemini CLI', () => {
  test.each([false, true])('answers, metered (as a bearer too: %s)', async (bearer) => {
    const { user, token } = await bench.gateway.customer();
    const { code, answer } = await runGeminiCli(bench, { token, bearer });
    expect([code, answer?.response?.trim()]).toEqual([0, expect.stringContaining('The upstream answers')]);
    const rows = await bench.rows(user, 1);
    expect(rows.every(({ ending, grade }) => ending === 'complete' && grade === 'exact')).toBe(true);
    expect(rows.at(-1)?.['session']).toMatch(/^fp_/);
  });

  test('stops at once when the month is used up, and says so', async () => {
    const { token } = await bench.gateway.customer({ plan: { monthly_tokens: 0 } });
    const watch = bench.watch();
    const { code, answer, durationMs } = await runGeminiCli(bench, { token });
    expect(code).not.toBe(0);
    expect(answer?.error?.message).toContain('monthly token limit reached');
    expect(watch.seen.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(durationMs).toBeLessThan(30_000);
  });

  test('stops at once with a bad token', async () => {
    const watch = bench.watch();
    const { code, answer } = await runGeminiCli(bench, { token: 'tg_nobody' });
    expect(code).not.toBe(0);
    expect(answer?.error?.message).toContain('gateway token');
    expect(watch.seen.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  test('doesn’t take a stream that broke for an answer', async () => {
    const { user, token } = await bench.gateway.customer();
    bench.gemini.script({ stopAfterEvents: 2, end: 'clean' });
    const { code, answer } = await runGeminiCli(bench, { token });
    expect(code).not.toBe(0);
    expect(answer?.error?.message).toBe('terminated');
    expect(await bench.rows(user, 1)).toMatchObject([{ ending: 'broken' }]);
  });
});
