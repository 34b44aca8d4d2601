/** What agents are built with – the AI SDK, LangChain and pi-ai – works with nothing changed but base URL and key, each call counted exactly. */
import { describe, expect, test } from 'vitest';
import { runProgram, type ProgramOutcome } from '@/tests/support/client-program';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { LLAMA } from '@/tests/support/llama-upstream';
import { ANSWER, useWorkingBench, type WorkingProvider } from '@/tests/support/working-bench';

const CLAUDE = 'claude-sonnet-4-5';
const GEMINI = 'gemini-2.5-flash';
const CHAT = 'gpt-4o';
const RESPONSES = 'gpt-5.1';

const bench = useWorkingBench();

/** Each framework counts in its own words; what it counts as input holds what came from the cache. */
interface Counts {
  readonly input: unknown;
  readonly output: unknown;
}

/** Every act is one call of one customer: all are rows of one conversation, as the framework itself counted them. */
async function proves<Act extends string>(
  provider: WorkingProvider,
  endpoints: readonly string[],
  acts: readonly Act[],
  run: (customer: Customer, act: Act) => Promise<ProgramOutcome>,
  countsOf: (usage: Row, act: Act) => Counts,
): Promise<void> {
  const customer = await bench.gateway.customer({ plan: {} });
  const told: Counts[] = [];
  for (const act of acts) {
    const { value, error, requests } = await run(customer, act);
    expect([act, error, requests]).toEqual([act, undefined, 1]);
    expect(value?.text).toBe(ANSWER);
    told.push(countsOf(value?.usage ?? {}, act));
  }
  const rows = await bench.rowsOf(customer);
  expect(rows).toMatchObject(
    acts.map((_act, index) => ({ provider, endpoint: endpoints[index], ending: 'complete', grade: 'exact' })),
  );
  const kept = rows.map((row) => ({
    input: Number(row['input_tokens']) + Number(row['cache_read_tokens']),
    output: row['output_tokens'],
  }));
  expect(told).toEqual(kept);
  expect(new Set(rows.map(({ session }) => session)).size).toBe(1);
}

/** One vector for one text, for which nothing but input is charged. */
async function provesEmbedding(
  provider: WorkingProvider,
  model: string,
  run: (customer: Customer) => Promise<ProgramOutcome>,
): Promise<void> {
  const customer = await bench.gateway.customer({ plan: {} });
  const { value, error } = await run(customer);
  expect(error).toBeUndefined();
  expect(value?.vectors?.[0]?.length).toBeGreaterThan(100);
  const rows = await bench.rowsOf(customer);
  expect(rows).toMatchObject([{ provider, model, ending: 'complete', output_tokens: 0 }]);
  expect(Number(rows[0]?.['input_tokens'])).toBeGreaterThan(0);
}

const EMBEDDING = { openai: 'text-embedding-3-small', google: 'gemini-embedding-001' } as const;

describe('the AI SDK', () => {
  const counts = ({ inputTokens, outputTokens }: Row) => ({ input: inputTokens, output: outputTokens });

  test.each([
    ['anthropic', 'anthropic', CLAUDE, ['messages', 'messages']],
    ['openai', 'openai', RESPONSES, ['responses', 'responses']],
    ['openai-chat', 'openai', CHAT, ['chat_completions', 'chat_completions']],
    ['google', 'google', GEMINI, ['generateContent', 'streamGenerateContent']],
    ['openai-compatible', 'llama', LLAMA.chat, ['chat_completions', 'chat_completions']],
  ] as const)('by its provider %s generates and streams', (provider, served, model, endpoints) => {
    // By itself this one asks for no usage in streams.
    const options = provider === 'openai-compatible' ? { includeUsage: true } : {};
    return proves(
      served,
      endpoints,
      ['generate', 'stream'] as const,
      ({ token }, act) => runProgram(bench, 'ai-sdk', { token, provider, act, model, options }),
      counts,
    );
  });

  test.each(['openai', 'google'] as const)('by its provider %s embeds', (provider) =>
    provesEmbedding(provider, EMBEDDING[provider], ({ token }) =>
      runProgram(bench, 'ai-sdk', { token, provider, act: 'embed', model: EMBEDDING[provider] }),
    ),
  );

  test('that asks for no usage is shown none, and is counted all the same', async () => {
    const customer = await bench.gateway.customer({ plan: {} });
    const { value } = await runProgram(bench, 'ai-sdk', {
      token: customer.token,
      provider: 'openai-compatible',
      act: 'stream',
      model: LLAMA.chat,
    });
    expect(value?.text).toBe(ANSWER);
    expect(value?.usage?.['inputTokens']).toBeUndefined();
    const rows = await bench.rowsOf(customer);
    expect(rows).toMatchObject([{ ending: 'complete', grade: 'exact' }]);
    expect(Number(rows[0]?.['input_tokens'])).toBeGreaterThan(0);
  });
});

describe('LangChain', () => {
  const counts = ({ input_tokens, output_tokens }: Row) => ({ input: input_tokens, output: output_tokens });

  test.each([
    ['anthropic', 'anthropic', CLAUDE, ['messages', 'messages']],
    ['openai', 'openai', CHAT, ['chat_completions', 'chat_completions']],
    ['openai-responses', 'openai', RESPONSES, ['responses', 'responses']],
    ['google', 'google', GEMINI, ['generateContent', 'streamGenerateContent']],
  ] as const)('by its %s invokes and streams', (provider, served, model, endpoints) =>
    proves(
      served,
      endpoints,
      ['invoke', 'stream'] as const,
      ({ token }, act) => runProgram(bench, 'langchain', { token, provider, act, model }),
      (usage, act) => {
        const { input, output } = counts(usage);
        // It adds the one token that Anthropic's start event tells to the count that the end tells.
        const twice = provider === 'anthropic' && act === 'stream' ? 1 : 0;
        return { input, output: Number(output) - twice };
      },
    ),
  );

  test.each(['openai', 'google'] as const)('by its %s embeds', (provider) =>
    provesEmbedding(provider, EMBEDDING[provider], ({ token }) =>
      runProgram(bench, 'langchain', { token, provider, act: 'embed', model: EMBEDDING[provider] }),
    ),
  );
});

describe('pi-ai', () => {
  const counts = ({ input, output, cacheRead }: Row) => ({
    input: Number(input) + Number(cacheRead),
    output,
  });
  const sessionId = 'pi-session-1';

  test.each([
    ['anthropic-messages', 'anthropic', CLAUDE, 'messages'],
    ['openai-completions', 'openai', CHAT, 'chat_completions'],
    ['openai-responses', 'openai', RESPONSES, 'responses'],
    ['google-generative-ai', 'google', GEMINI, 'streamGenerateContent'],
  ] as const)('by %s completes and streams', (api, served, model, endpoint) =>
    proves(
      served,
      [endpoint, endpoint],
      ['complete', 'stream'] as const,
      ({ token }, act) => runProgram(bench, 'pi-ai', { token, api, act, model, options: { sessionId } }),
      counts,
    ),
  );
});
