/** Turning the usage of Chat Completions and its relatives into a bill: every shape seen in recordings and documentation. */
import { describe, expect, it } from 'vitest';
import { type TokenUsage, UNKNOWN_USAGE } from '@/lib/domain/usage';
import { chatPart, usageOf } from '@/lib/wire/bodies/openai/usage';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';

const PLAIN = { serviceTier: null, searches: null };
const billed = (usage: Record<string, unknown>): TokenUsage => chatPart(usage, PLAIN).usage;
const usage = (fields: Partial<TokenUsage>): TokenUsage => ({ ...UNKNOWN_USAGE, ...fields });

describe('prompt tokens', () => {
  it('include what was read from the cache and written to it, and are billed without either', () => {
    const details = { cached_tokens: 60, cache_write_tokens: 30 };
    expect(billed({ prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: details })).toEqual(
      usage({ inputTokens: 10, cacheReadTokens: 60, cacheWrite5mTokens: 30, outputTokens: 5 }),
    );
  });

  it.each([
    ['DeepSeek', { prompt_cache_hit_tokens: 40, prompt_cache_miss_tokens: 60 }],
    ['Moonshot', { cached_tokens: 40 }],
    ['Mistral', { num_cached_tokens: 40 }],
    ['OpenAI', { prompt_tokens_details: { cached_tokens: 40, audio_tokens: 0 } }],
  ])('read from a cache are found under the name %s gives them', (_vendor, fields) => {
    expect(billed({ prompt_tokens: 100, ...fields })).toMatchObject({
      inputTokens: 60,
      cacheReadTokens: 40,
    });
  });

  it('are never negative where more is said to be cached than there was', () => {
    const details = { prompt_tokens_details: { cached_tokens: 161 } };
    expect(billed({ prompt_tokens: 7, completion_tokens: 1, total_tokens: 8, ...details })).toMatchObject({
      inputTokens: 0,
      cacheReadTokens: 161,
    });
  });

  it('are billed once where the same tokens are counted as cached and as written', () => {
    const details = { cached_tokens: 2_161, cache_write_tokens: 2_161 };
    expect(billed({ prompt_tokens: 2_200, prompt_tokens_details: details })).toMatchObject({
      inputTokens: 39,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 2_161,
    });
    expect(billed({ prompt_tokens: 2_161, prompt_tokens_details: details })).toMatchObject({
      inputTokens: 0,
      cacheWrite5mTokens: 2_161,
    });
  });

  it('leave out the cached ones where the total has room for them beside', () => {
    const details = { prompt_tokens_details: { cached_tokens: 161 } };
    expect(billed({ prompt_tokens: 7, completion_tokens: 3, total_tokens: 171, ...details })).toMatchObject({
      inputTokens: 7,
      cacheReadTokens: 161,
      outputTokens: 3,
      reasoningTokens: null,
    });
  });

  it('that are not reported stay unknown, and zero stays zero', () => {
    expect(billed({ completion_tokens: 3 }).inputTokens).toBeNull();
    expect(billed({ prompt_tokens: 5 })).toMatchObject({ cacheReadTokens: null, cacheWrite5mTokens: null });
    const zero = { cached_tokens: 0, cache_write_tokens: 0 };
    expect(billed({ prompt_tokens: 0, completion_tokens: 0, prompt_tokens_details: zero })).toEqual(
      usage({ inputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, outputTokens: 0 }),
    );
  });

  it.each([[-1], [1.5], ['12'], [null], [Number.NaN], [2 ** 60]])('of %s are no count', (bad) => {
    expect(billed({ prompt_tokens: bad, completion_tokens: 1 }).inputTokens).toBeNull();
  });
});

describe('completion tokens', () => {
  const reasoning = (tokens: number) => ({ completion_tokens_details: { reasoning_tokens: tokens } });

  it('include reasoning', () => {
    const counted = { prompt_tokens: 10, completion_tokens: 30, total_tokens: 40, ...reasoning(20) };
    expect(billed(counted)).toMatchObject({ outputTokens: 30, reasoningTokens: 20 });
  });

  it('leave it out at xAI, which the total tells', () => {
    const counted = { prompt_tokens: 12, completion_tokens: 2, total_tokens: 354, ...reasoning(340) };
    expect(billed(counted)).toMatchObject({ outputTokens: 342, reasoningTokens: 340 });
  });

  it('leave it out at Google’s compatibility layer, where only the total has it', () => {
    const counted = { prompt_tokens: 35, completion_tokens: 12, total_tokens: 109 };
    expect(billed(counted)).toMatchObject({ outputTokens: 74, reasoningTokens: 62 });
    expect(billed({ ...counted, ...reasoning(0) })).toMatchObject({ outputTokens: 74, reasoningTokens: 62 });
  });

  it('stay as they are where a vendor leaves reasoning or audio out of the total, or counts more of it than of all', () => {
    expect(
      billed({ prompt_tokens: 12, completion_tokens: 30, total_tokens: 22, ...reasoning(20) }),
    ).toMatchObject({
      outputTokens: 30,
      reasoningTokens: 20,
    });
    expect(
      billed({ prompt_tokens: 43, completion_tokens: 10, total_tokens: 53, ...reasoning(11) }),
    ).toMatchObject({
      outputTokens: 10,
      reasoningTokens: 11,
    });
  });
});

describe('beside the tokens', () => {
  it.each([
    ['flex', ['flex']],
    ['priority', ['priority']],
    ['default', undefined],
    [null, undefined],
  ])('the service tier %s decides the premium', (serviceTier, premiums) => {
    expect(chatPart({ prompt_tokens: 1 }, { serviceTier, searches: null }).premiums).toEqual(premiums);
  });

  it('searches are counted as reported, and once for models that always search', () => {
    expect(billed({ prompt_tokens: 1, num_search_queries: 3 }).webSearchRequests).toBe(3);
    const told = { server_tool_use_details: { web_search_requests: 2 } };
    expect(billed({ prompt_tokens: 1, ...told }).webSearchRequests).toBe(2);
    expect(chatPart({ prompt_tokens: 1 }, { serviceTier: null, searches: 1 }).usage.webSearchRequests).toBe(
      1,
    );
  });

  it('the usage object is found at the top or in Groq’s own field, and one without a count is none', () => {
    const counted = { prompt_tokens: 1, completion_tokens: 2 };
    expect(usageOf({ usage: counted })).toBe(counted);
    expect(usageOf({ usage: null, x_groq: { usage: counted } })).toBe(counted);
    for (const empty of [null, {}, [], { prompt_tokens: null }, 'none'])
      expect(usageOf({ usage: empty })).toBeNull();
  });

  it.each([
    [{ cost: 0.0160614 }, 16_061_400],
    [{ cost: 4.1400000000000003e-5 }, 41_400],
    [{ cost: 0 }, 0],
    [{ cost: 1e-9 }, 1],
    [{ cost: 0.0001, is_byok: true, cost_details: { upstream_inference_cost: 0.002 } }, 2_100_000],
    [{ cost: 0.0001, is_byok: false, cost_details: { upstream_inference_cost: 0.002 } }, 100_000],
    [{ cost: 0.0001, is_byok: true, cost_details: { upstream_inference_cost: null } }, 100_000],
  ])('a reported cost of %o is read to the nano-dollar', (fields, nanoUsd) => {
    expect(reportedCost(fields)).toEqual({ reportedCostNanoUsd: nanoUsd });
  });

  it.each([[{}], [{ cost: -1 }], [{ cost: '1' }], [{ cost: { total_cost: 1 } }], [{ cost: 1e300 }], [null]])(
    'no cost is read from %o',
    (fields) => expect(reportedCost(fields)).toEqual({}),
  );
});
