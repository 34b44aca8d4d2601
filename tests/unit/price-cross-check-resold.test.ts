/** Holds what Bedrock and OpenRouter sell against @pydantic/genai-prices, one way, with every disagreement named. */
import { describe, expect, it } from 'vitest';
import type { ModelPrice, Rates } from '@/lib/domain/price';
import { ratesFor } from '@/lib/domain/price';
import { createPriceBook } from '@/lib/domain/price-table';
import { BEDROCK_PRICES } from '@/lib/domain/prices/bedrock';
import { OPENROUTER_PRICES } from '@/lib/domain/prices/openrouter';
import { BEDROCK_MODELS } from '@/lib/providers/bedrock/models';
import { priceIdOf } from '@/lib/providers/catalogue';
import {
  type Listed,
  matches,
  modelsOf,
  pricesOn,
  theirRates,
  thresholds,
} from '@/tests/support/genai-prices';

const DAY = '2026-11-21';
const book = createPriceBook([]);

const BEDROCK = modelsOf('aws');
const OPENROUTER = modelsOf('openrouter');

/** The package's name for each rate; what it doesn't state of a model is not compared. */
const KEYS: readonly (readonly [keyof Rates, string])[] = [
  ['input', 'input_mtok'],
  ['output', 'output_mtok'],
  ['cacheRead', 'cache_read_mtok'],
  ['cacheWrite5m', 'cache_write_mtok'],
  ['cacheWrite1h', 'cache_write_1h_mtok'],
];

const find = (listed: readonly Listed[], id: string): Listed | undefined =>
  listed.find((model) => matches(model.match, id));

/** Where a row, at `percent` of its rates, differs from what the package states of it. */
function differences(price: ModelPrice, theirs: Listed, percent = 100): string[] {
  const prices = pricesOn(theirs, DAY);
  // Far above each boundary of theirs, because some lists name its first prompt and others its last.
  const prompts = [1, ...thresholds(prices).map((start) => start * 2)];
  return prompts.flatMap((promptTokens) => {
    const [ours, other] = [ratesFor(price, promptTokens), theirRates(prices, promptTokens)];
    return KEYS.filter(([kind, key]) => key in prices && ours[kind] * percent !== other[kind] * 100).map(
      ([kind]) => `${price.model} at ${promptTokens}: ${kind} is ${ours[kind]}, theirs ${other[kind]}`,
    );
  });
}

function priceOf(id: string): ModelPrice {
  const price = book.find(id, Date.parse(DAY));
  if (price === null) throw new Error(`no price for ${id}`);
  return price;
}

/** Rows of `prices` the package knows, in pairs with its own. */
function known(prices: readonly ModelPrice[], listed: readonly Listed[], prefix = ''): [string, Listed][] {
  return [...new Set(prices.map(({ model }) => model))].flatMap((id): [string, Listed][] => {
    const theirs = find(listed, `${prefix}${id}`);
    return theirs === undefined ? [] : [[id, theirs]];
  });
}

/** Bedrock's models whose rates differ on purpose. */
const BEDROCK_DIFFERS: Readonly<Record<string, string>> = {
  'amazon.titan-embed-text-v2:0': 'their pattern for V1 swallows it; V2 costs $0.02',
  'anthropic.claude-sonnet-5-5': 'newer than the package, whose pattern for Sonnet 5 takes it in',
};

describe('Bedrock', () => {
  const pairs = [...known(BEDROCK_PRICES, BEDROCK), ...known(BEDROCK_PRICES, BEDROCK, 'global.')];

  it('is known well enough for this test to mean anything', () => {
    expect(pairs.length).toBeGreaterThan(45);
  });

  it.each(pairs)('%s has their rates', (id, theirs) => {
    const found = differences(priceOf(id), theirs);
    if (id in BEDROCK_DIFFERS) expect(found, `${id} agrees now: drop the exception`).not.toEqual([]);
    else expect(found).toEqual([]);
  });

  const resold = BEDROCK_MODELS.filter((entry) => entry.priceId !== undefined);

  it.each(resold.map((entry) => [entry.id, priceOf(priceIdOf(entry))] as const))(
    '%s has its maker’s price on global endpoints and the premium on regional ones',
    (id, price) => {
      const found = [
        ...[find(BEDROCK, `global.${id}`)].flatMap((theirs) =>
          theirs === undefined ? [] : differences(price, theirs),
        ),
        ...[find(BEDROCK, id)].flatMap((theirs) =>
          theirs === undefined ? [] : differences(price, theirs, price.premiums.regional ?? 100),
        ),
      ];
      if (id in BEDROCK_DIFFERS) expect(found, `${id} agrees now: drop the exception`).not.toEqual([]);
      else expect(found).toEqual([]);
    },
  );

  it('has Nova 2 Lite’s regional price as a premium', () => {
    const theirs = find(BEDROCK, 'us.amazon.nova-2-lite-v1:0');
    if (theirs === undefined) throw new Error('genai-prices doesn’t know us.amazon.nova-2-lite');
    const price = priceOf('amazon.nova-2-lite-v1:0');
    expect(differences(price, theirs, price.premiums.regional)).toEqual([]);
  });
});

/** Several hosts serve these, so that the listed, cheapest price moves: ours is of 2026-08-01, theirs of other days. */
const OPENROUTER_MOVES: ReadonlySet<string> = new Set([
  'z-ai/glm-5.2',
  'moonshotai/kimi-k2.7-code',
  'nvidia/nemotron-3-ultra-550b-a55b',
  'qwen/qwen3.7-plus',
  'qwen/qwen3.7-max',
  'qwen/qwen3.6-27b',
  'deepseek/deepseek-v4-flash',
  'moonshotai/kimi-k2.6',
  'z-ai/glm-5.1',
  'minimax/minimax-m2.7',
  'nvidia/nemotron-3-super-120b-a12b',
  'qwen/qwen3.5-35b-a3b',
  'z-ai/glm-5',
  'qwen/qwen3-coder-next',
  'moonshotai/kimi-k2.5',
  'minimax/minimax-m2.1',
  'z-ai/glm-4.6v',
  'deepseek/deepseek-v3.2',
  'minimax/minimax-m2',
  'z-ai/glm-4.6',
  'qwen/qwen3-vl-235b-a22b-instruct',
  'deepseek/deepseek-v3.1-terminus',
  'qwen/qwen3-next-80b-a3b-instruct',
  'qwen/qwen3-next-80b-a3b-thinking',
  'deepseek/deepseek-chat-v3.1',
  'z-ai/glm-4.5-air',
  'qwen/qwen3-235b-a22b-thinking-2507',
  'qwen/qwen3-coder',
  'qwen/qwen3-235b-a22b-2507',
  'minimax/minimax-m1',
  'qwen/qwen3-32b',
  'qwen/qwen3-30b-a3b',
  'qwen/qwen3-14b',
  'qwen/qwen3-8b',
  'meta-llama/llama-4-maverick',
  'meta-llama/llama-4-scout',
  'deepseek/deepseek-chat-v3-0324',
  'qwen/qwen-plus',
  'deepseek/deepseek-r1',
  'deepseek/deepseek-chat',
  'meta-llama/llama-3.3-70b-instruct',
  'qwen/qwen-2.5-72b-instruct',
  'meta-llama/llama-3.1-70b-instruct',
  'meta-llama/llama-3.1-8b-instruct',
  'mistralai/mistral-nemo',
]);

describe('OpenRouter', () => {
  const pairs = known(OPENROUTER_PRICES, OPENROUTER);

  it('is known well enough for this test to mean anything', () => {
    expect(pairs.length).toBeGreaterThan(85);
  });

  it.each(pairs)('%s has their rates', (id, theirs) => {
    const found = differences(priceOf(id), theirs);
    if (OPENROUTER_MOVES.has(id)) expect(found, `${id} agrees now: drop the exception`).not.toEqual([]);
    else expect(found).toEqual([]);
  });
});

describe('named exceptions', () => {
  it('name models of the tables only', () => {
    const models = new Set([...BEDROCK_MODELS.map(({ id }) => id), ...OPENROUTER_PRICES.map((p) => p.model)]);
    const named = [...Object.keys(BEDROCK_DIFFERS), ...OPENROUTER_MOVES];
    expect(named.filter((id) => !models.has(id))).toEqual([]);
  });
});
