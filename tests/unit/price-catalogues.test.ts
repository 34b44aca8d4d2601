/** Every provider's catalogue has a price for each of its models, and what service tiers and long prompts cost. */
import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '@/lib/domain/model';
import { costOf, worstCase } from '@/lib/domain/price';
import type { ModelPrice } from '@/lib/domain/price';
import { createPriceBook, PRICE_TABLE } from '@/lib/domain/price-table';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { Premium, TokenUsage } from '@/lib/domain/usage';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { resoldClaude } from '@/lib/providers/anthropic/resold';
import { BEDROCK_MODELS } from '@/lib/providers/bedrock/models';
import { createCatalogue, priceIdOf } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import { OPENAI_MODELS } from '@/lib/providers/openai/models';
import { OPENROUTER_MODELS } from '@/lib/providers/openrouter/models';
import { VERTEX_CLAUDE_MODELS, VERTEX_EMBEDDINGS } from '@/lib/providers/vertex/models';

const NOW = Date.parse('2026-11-21T12:00:00Z');

const LISTS: readonly { readonly provider: string; readonly models: readonly ModelEntry[] }[] = [
  { provider: 'anthropic', models: ANTHROPIC_MODELS },
  { provider: 'google', models: GOOGLE_MODELS },
  { provider: 'openai', models: OPENAI_MODELS },
  { provider: 'vertex', models: [...VERTEX_CLAUDE_MODELS, ...VERTEX_EMBEDDINGS] },
  { provider: 'bedrock', models: BEDROCK_MODELS },
  { provider: 'openrouter', models: OPENROUTER_MODELS },
];

const catalogue = createCatalogue(LISTS);
const book = createPriceBook([], (id) => {
  const entry = catalogue.find(id)?.entry;
  return entry === undefined ? null : priceIdOf(entry);
});

function priceOf(id: string, at: number = NOW): ModelPrice {
  const price = book.find(id, at);
  if (price === null) throw new Error(`no price for ${id}`);
  return price;
}

const usage = (counts: Partial<TokenUsage>): TokenUsage => ({ ...UNKNOWN_USAGE, ...counts });

describe.each(LISTS)('the catalogue of $provider', ({ models }) => {
  it('has a price for every model under each of its ids, today and on the day of release', () => {
    for (const entry of models) {
      const own = createPriceBook([]).find(priceIdOf(entry), NOW);
      expect(own, entry.id).not.toBeNull();
      for (const id of [entry.id, ...entry.aliases]) expect(book.find(id, NOW), id).toBe(own);
    }
  });

  it('claims no id twice', () => {
    const ids = models.flatMap((entry) => [entry.id, ...entry.aliases]);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it('states sane limits and days', () => {
    for (const entry of models) {
      expect(Date.parse(entry.createdAt), entry.id).toBeLessThan(NOW);
      expect(entry.contextTokens, entry.id).toBeGreaterThan(500);
      expect(entry.maxOutputTokens > 0, entry.id).toBe(entry.kind === 'chat');
      expect(entry.maxOutputTokens, entry.id).toBeLessThanOrEqual(entry.contextTokens);
      expect(entry.displayName.trim(), entry.id).not.toBe('');
    }
  });
});

describe('the catalogues together', () => {
  it('have a model for every row of the table', () => {
    const priced = new Set(catalogue.all.map(({ entry }) => priceIdOf(entry)));
    expect(PRICE_TABLE.map(({ model }) => model).filter((model) => !priced.has(model))).toEqual([]);
  });

  it.each([
    ['OpenAI', OPENAI_MODELS],
    ['OpenRouter', OPENROUTER_MODELS],
    ['Vertex', VERTEX_CLAUDE_MODELS],
  ] as const)('list %s’s models newest first', (_, models) => {
    const days = models.map(({ createdAt }) => createdAt);
    expect(days).toEqual([...days].sort().reverse());
  });

  it('price OpenAI’s models from their release on', () => {
    for (const entry of OPENAI_MODELS) priceOf(entry.id, Date.parse(entry.createdAt));
  });

  it('know every model of the recorded answers', () => {
    const recorded = [
      'gpt-5.6-sol',
      'gpt-5.5-2026-04-23',
      'gpt-5.4-2026-03-05',
      'gpt-5.4-mini-2026-03-17',
      'gpt-5.3-codex',
      'gpt-5.2-codex',
      'gpt-5.2-2025-12-11',
      'gpt-5.1-codex-max',
      'gpt-5.1-2025-11-13',
      'gpt-5-codex',
      'gpt-5-2025-08-07',
      'gpt-5-mini-2025-08-07',
      'gpt-5-nano-2025-08-07',
      'gpt-4.5-preview-2025-02-27',
      'gpt-4.1-2025-04-14',
      'gpt-4.1-mini-2025-04-14',
      'gpt-4.1-nano-2025-04-14',
      'gpt-4o-2024-08-06',
      'gpt-4o-2024-11-20',
      'gpt-4o-mini-2024-07-18',
      'gpt-4o-search-preview-2025-03-11',
      'gpt-4-1106-vision-preview',
      'gpt-4-0613',
      'gpt-3.5-turbo-0125',
      'gpt-3.5-turbo-0613',
      'gpt-3.5-turbo-instruct:20230824-v2',
      'davinci:2023-07-21-v2',
      'computer-use-preview-2025-03-11',
      'o1-mini',
      'o3-2025-04-16',
      'o3-mini-2025-01-31',
      'o4-mini-2025-04-16',
      'text-embedding-3-small',
      'text-embedding-ada-002-v2',
      'ai21.j2-mid-v1',
      'amazon.nova-2-lite-v1:0',
      'amazon.nova-2-multimodal-embeddings-v1:0',
      'amazon.nova-micro-v1:0',
      'amazon.nova-pro-v1:0',
      'amazon.titan-embed-text-v1',
      'amazon.titan-text-express-v1',
      'anthropic.claude-3-7-sonnet-20250219-v1:0',
      'anthropic.claude-sonnet-4-20250514-v1',
      'anthropic.claude-sonnet-4-20250514-v1:0',
      'anthropic.claude-v2',
      'anthropic.claude-v2:1',
      'cohere.command-text-v14',
      'cohere.embed-multilingual-v3',
      'cohere.embed-v4:0',
      'deepseek.r1-v1:0',
      'meta.llama3-2-1b-instruct-v1:0',
      'meta.llama3-70b-instruct-v1:0',
      'meta.llama4-maverick-17b-instruct-v1:0',
      'mistral.mistral-large-3-675b-instruct',
      'moonshot.kimi-k2-thinking',
      'nvidia.nemotron-nano-12b-v2',
      'openai.gpt-5.5',
      'openai.gpt-5.6-luna',
      'openai.gpt-oss-120b-1:0',
      'qwen.qwen3-32b-v1:0',
      'deepseek/deepseek-chat',
      'mistralai/mistral-small',
      'qwen/qwen3-30b-a3b-instruct-2507',
      'qwen/qwen3-32b',
      'x-ai/grok-4',
      'z-ai/glm-4.6',
    ];
    expect(recorded.filter((id) => catalogue.find(id) === null || book.find(id, NOW) === null)).toEqual([]);
  });

  it('resell Claude as Anthropic describes and prices it', () => {
    expect(priceOf('anthropic.claude-sonnet-4-5-20250929-v1:0')).toBe(priceOf('claude-sonnet-4-5'));
    expect(priceOf('claude-sonnet-4-5@20250929')).toBe(priceOf('claude-sonnet-4-5'));
    expect(priceOf('claude-opus-5@default')).toBe(priceOf('claude-opus-5'));
    const { displayName, contextTokens } = resoldClaude('x', 'claude-opus-5');
    expect([displayName, contextTokens]).toEqual(['Claude Opus 5', 1_000_000]);
    expect(() => resoldClaude('x', 'claude-nothing')).toThrow(/no model claude-nothing/);
  });
});

describe('known calls, computed by hand', () => {
  it.each<[string, string, readonly Premium[], Partial<TokenUsage>, number]>([
    // 1,000 × ($4 + $0.40 + $5 + $20) per million
    [
      'gpt-5.6-sol',
      '2026-11-21',
      [],
      { inputTokens: 1000, cacheReadTokens: 1000, cacheWrite5mTokens: 1000, outputTokens: 1000 },
      29_400_000,
    ],
    // The same before the price fell: $5 + $0.50 + $6.25 + $30
    [
      'gpt-5.6',
      '2026-08-20',
      [],
      { inputTokens: 1000, cacheReadTokens: 1000, cacheWrite5mTokens: 1000, outputTokens: 1000 },
      41_750_000,
    ],
    // Half of 7 × $0.05 + 3 × $0.40 = 1,550 nano-dollars
    ['gpt-5-nano', '2026-11-21', ['flex'], { inputTokens: 7, outputTokens: 3 }, 775],
    // Half of 1 × $0.005 is 2.5 nano-dollars, half up
    ['gpt-5-nano-2025-08-07', '2026-11-21', ['flex'], { cacheReadTokens: 1 }, 3],
    // 1.8 × (11 × $0.25 + 5 × $2)
    ['gpt-5-mini', '2026-11-21', ['priority'], { inputTokens: 11, outputTokens: 5 }, 22_950],
    // 2.5 × 100 × ($5 + $30)
    ['gpt-5.5', '2026-11-21', ['priority'], { inputTokens: 100, outputTokens: 100 }, 8_750_000],
    // 1.7 × 1 × $2.50
    ['gpt-4o-2024-08-06', '2026-11-21', ['priority'], { inputTokens: 1 }, 4_250],
    // GPT-5 nano has no fast lane: it is served and billed plainly.
    ['gpt-5-nano', '2026-11-21', ['priority'], { inputTokens: 1 }, 50],
    // 272,000 × $2.50 + 10 × $15, and one token more: 272,001 × $5 + 10 × $22.50
    ['gpt-5.4', '2026-11-21', [], { inputTokens: 272_000, outputTokens: 10 }, 680_150_000],
    ['gpt-5.4', '2026-11-21', [], { inputTokens: 272_001, outputTokens: 10 }, 1_360_230_000],
    // Caches count towards the boundary: half of 1 × $4 + 272,000 × $0.20
    ['gpt-6.1-sol', '2026-11-21', ['flex'], { inputTokens: 1, cacheReadTokens: 272_000 }, 27_202_000],
    // 1.1 × 2 × 1,000 × $1
    ['gpt-6.1-terra', '2026-11-21', ['regional', 'priority'], { inputTokens: 1000 }, 2_200_000],
    ['gpt-5.2', '2026-11-21', [], { webSearchRequests: 2 }, 20_000_000],
    // Searches cost the same whatever the tier.
    ['gpt-5.2', '2026-11-21', ['flex'], { webSearchRequests: 2 }, 20_000_000],
    ['o3', '2025-06-09', [], { outputTokens: 1000 }, 40_000_000],
    ['o3-2025-04-16', '2025-06-10', [], { outputTokens: 1000 }, 8_000_000],
    ['text-embedding-3-large', '2026-11-21', [], { inputTokens: 1000 }, 130_000],
    // 1.1 × 1,000 × ($3 + $15), and without the premium on an older Claude
    [
      'anthropic.claude-sonnet-4-6',
      '2026-11-21',
      ['regional'],
      { inputTokens: 1000, outputTokens: 1000 },
      19_800_000,
    ],
    ['claude-haiku-4-5@20251001', '2026-11-21', ['regional'], { inputTokens: 1000 }, 1_100_000],
    [
      'anthropic.claude-3-7-sonnet-20250219-v1:0',
      '2026-11-21',
      ['regional'],
      { inputTokens: 1000 },
      3_000_000,
    ],
    // 17 × $0.06 + 100 × $0.015 + 3 × $0.24
    [
      'amazon.nova-lite-v1:0',
      '2026-11-21',
      [],
      { inputTokens: 17, cacheReadTokens: 100, outputTokens: 3 },
      3_240,
    ],
    // 1.75 × 10 × $0.80
    ['amazon.nova-pro-v1:0', '2026-11-21', ['priority'], { inputTokens: 10 }, 14_000],
    ['amazon.titan-embed-text-v2:0', '2026-11-21', [], { inputTokens: 6 }, 120],
    // 199,999 prompt tokens at $2, 200,000 at $4
    ['x-ai/grok-4.7', '2026-11-21', [], { inputTokens: 199_999 }, 399_998_000],
    ['x-ai/grok-4.7', '2026-11-21', [], { inputTokens: 200_000 }, 800_000_000],
    ['deepseek/deepseek-v4-pro', '2026-11-21', [], { cacheReadTokens: 1_000_000 }, 3_625_000],
  ])('%s on %s, %j, %j: %d', (id, day, premiums, counts, cost) => {
    expect(costOf(priceOf(id, Date.parse(day)), usage(counts), premiums)).toBe(cost);
  });

  it('holds a priority call at its premium and its tier', () => {
    const call = {
      promptTokens: 300_000,
      cacheWrites: '5m',
      webSearches: 1,
      premiums: ['priority'],
    } as const;
    // 2 × 300,000 × $2.50 × 2 + $0.01; output 2 × $15
    expect(worstCase(priceOf('gpt-6.1-sol'), call)).toEqual({
      inputNanoUsd: 3_010_000_000,
      outputNanoUsdPerMillion: 30_000_000_000,
    });
  });
});

/** OpenAI's fast-mode page, in dollars per million: input, cached input, output. */
const FAST_MODE: readonly (readonly [string, number, number, number])[] = [
  ['gpt-5.6-sol', 8, 0.8, 40],
  ['gpt-5.6-terra', 4, 0.4, 24],
  ['gpt-5.6-luna', 0.4, 0.04, 2.4],
  ['gpt-5.5', 12.5, 1.25, 75],
  ['gpt-5.4', 5, 0.5, 30],
  ['gpt-5.4-mini', 1.5, 0.15, 9],
  ['gpt-5.2', 3.5, 0.35, 28],
  ['gpt-5.1', 2.5, 0.25, 20],
  ['gpt-5', 2.5, 0.25, 20],
  ['gpt-5-mini', 0.45, 0.045, 3.6],
  ['gpt-4.1', 3.5, 0.875, 14],
  ['gpt-4.1-mini', 0.7, 0.175, 2.8],
  ['gpt-4.1-nano', 0.2, 0.05, 0.8],
  ['gpt-4o', 4.25, 2.125, 17],
  ['gpt-4o-mini', 0.25, 0.125, 1],
  ['o3', 3.5, 0.875, 14],
  ['o4-mini', 2, 0.5, 8],
];

/** Whole percents can't say these two premiums; a bill may be 0.2 % too high, never too low. */
const ROUNDED_UP: ReadonlySet<string> = new Set(['gpt-4o-mini', 'o4-mini']);

describe('fast mode', () => {
  it.each(FAST_MODE)('of %s costs what its page says', (id, input, cached, output) => {
    // A thousand tokens stay below every long-context tier.
    const cost = (counts: Partial<TokenUsage>) => costOf(priceOf(id), usage(counts), ['priority']);
    const listed = [input, cached, output].map((dollars) => Math.round(dollars * 1_000_000));
    const ours = [cost({ inputTokens: 1000 }), cost({ cacheReadTokens: 1000 }), cost({ outputTokens: 1000 })];
    if (!ROUNDED_UP.has(id)) expect(ours).toEqual(listed);
    for (const [i, nanoUsd] of ours.entries()) {
      expect(nanoUsd).toBeGreaterThanOrEqual(listed[i] ?? 0);
      expect(nanoUsd).toBeLessThanOrEqual((listed[i] ?? 0) * 1.002);
    }
  });
});

/** Dollars per million tokens as lists quote Gemini's priority tier: input, cached input, output. */
const GEMINI_PRIORITY: readonly (readonly [string, number, number, number])[] = [
  ['gemini-3-pro-preview', 3.6, 0.36, 21.6],
  ['gemini-3.1-pro-preview', 3.6, 0.36, 21.6],
  ['gemini-3-flash-preview', 0.9, 0.09, 5.4],
  ['gemini-3.1-flash-lite', 0.45, 0.045, 2.7],
  ['gemini-3.5-flash', 2.7, 0.27, 16.2],
  ['gemini-3.5-flash-lite', 0.54, 0.054, 4.5],
];

describe('Gemini’s priority tier', () => {
  it.each(GEMINI_PRIORITY)('of %s costs what lists say', (id, input, cached, output) => {
    const cost = (counts: Partial<TokenUsage>) => costOf(priceOf(id), usage(counts), ['priority']);
    const ours = [cost({ inputTokens: 1000 }), cost({ cacheReadTokens: 1000 }), cost({ outputTokens: 1000 })];
    expect(ours).toEqual([input, cached, output].map((dollars) => Math.round(dollars * 1_000_000)));
  });
});
