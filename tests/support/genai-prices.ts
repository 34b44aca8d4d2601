/** Reads @pydantic/genai-prices as rows like ours, so that tests can hold the price table against it. */
import { findProvider } from '@pydantic/genai-prices';
import type { ModelPrice, Rates } from '@/lib/domain/price';
import { ratesFor } from '@/lib/domain/price';

export type Listed = NonNullable<ReturnType<typeof findProvider>>['models'][number];
export type ListedRates = Exclude<Listed['prices'], unknown[]>;
type Match = Listed['match'];

export function modelsOf(providerId: string, prefix = ''): Listed[] {
  const provider = findProvider({ providerId });
  if (provider === undefined) throw new Error(`genai-prices has no provider ${providerId}`);
  return provider.models.filter((model) => model.id.startsWith(prefix));
}

export function matches(match: Match, id: string): boolean {
  if ('or' in match) return match.or.some((part) => matches(part, id));
  if ('and' in match) return match.and.every((part) => matches(part, id));
  if ('equals' in match) return id === match.equals;
  if ('starts_with' in match) return id.startsWith(match.starts_with);
  if ('ends_with' in match) return id.endsWith(match.ends_with);
  if ('contains' in match) return id.includes(match.contains);
  return new RegExp(match.regex).test(id);
}

export function pricesOn(model: Listed, day: string): ListedRates {
  if (!Array.isArray(model.prices)) return model.prices;
  let found: ListedRates = {};
  for (const { constraint, prices } of model.prices) {
    if (constraint === undefined || (constraint.type === 'start_date' && constraint.start_date <= day))
      found = prices;
  }
  return found;
}

/** Dollars as nano-USD; the package's floats are short decimals, so rounding only undoes float noise. */
export const nano = (price: number): number => Math.round(price * 1_000_000_000);

/** OpenAI says «more than 272K»; for most GPT models the package starts one token early. */
export const EARLY_START = 271_999;

const startOf = (tier: { start: number }): number => (tier.start === EARLY_START ? 272_000 : tier.start);

export function thresholds(prices: ListedRates): number[] {
  const starts = Object.values(prices).flatMap((p) => (typeof p === 'object' ? p.tiers.map(startOf) : []));
  return [...new Set(starts)].sort((a, b) => a - b);
}

export function theirRates(prices: ListedRates, promptTokens: number): Rates {
  const at = (key: string): number | undefined => {
    const price = prices[key];
    if (price === undefined || typeof price === 'number')
      return price === undefined ? undefined : nano(price);
    const tier = price.tiers.findLast((candidate) => promptTokens > startOf(candidate));
    return nano(tier === undefined ? price.base : tier.price);
  };
  const input = at('input_mtok') ?? 0;
  // A kind they don't price is billed as input on both sides.
  const cacheWrite5m = at('cache_write_mtok') ?? input;
  return {
    input,
    output: at('output_mtok') ?? 0,
    cacheRead: at('cache_read_mtok') ?? input,
    cacheWrite5m,
    cacheWrite1h: at('cache_write_1h_mtok') ?? cacheWrite5m,
  };
}

const onlyRates = ({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: Rates): Rates => ({
  input,
  output,
  cacheRead,
  cacheWrite5m,
  cacheWrite1h,
});

/** What differs between the two on a day, empty where they agree. */
export function disagreements(ours: ModelPrice, theirs: Listed, day: string): string[] {
  const prices = pricesOn(theirs, day);
  const found: string[] = [];
  const starts = new Set([...thresholds(prices), ...ours.tiers.map((tier) => tier.abovePromptTokens)]);
  for (const promptTokens of [1, ...[...starts].flatMap((start) => [start, start + 1])]) {
    const mine = JSON.stringify(onlyRates(ratesFor(ours, promptTokens)));
    const other = JSON.stringify(theirRates(prices, promptTokens));
    if (mine !== other)
      found.push(`${ours.model} on ${day} at ${promptTokens}: ours ${mine}, theirs ${other}`);
  }
  const search = prices['web_searches_kcount'];
  if (typeof search === 'number' && nano(search) / 1000 !== ours.webSearch)
    found.push(`${ours.model}: web search`);
  return found;
}
