/** Holds the price table against @pydantic/genai-prices, both ways, with every disagreement named. */
import { findProvider } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import type { ModelPrice, Rates } from '@/lib/domain/price';
import { ratesFor } from '@/lib/domain/price';
import { createPriceBook } from '@/lib/domain/price-table';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { createCatalogue } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';

const catalogue = createCatalogue([
  { provider: 'anthropic', models: ANTHROPIC_MODELS },
  { provider: 'google', models: GOOGLE_MODELS },
]);
const book = createPriceBook([], (id) => catalogue.find(id)?.entry.id ?? null);

/** Days on which the prices are compared: after Gemini's promotion ends too. */
const DAYS = ['2026-11-21', '2027-02-01'];

/** Models of theirs the table leaves out on purpose. */
const NOT_OFFERED: Readonly<Record<string, string>> = {
  'claude-v1': 'Bedrock’s id; Anthropic’s own API never had it',
  'gemini-1.0-pro-vision-001': 'shut down before this gateway existed',
  'gemini-pro': 'shut down before this gateway existed',
  'gemini-2.5-flash-preview': 'shut down; thinking had its own output price, which one rate can’t say',
  'gemini-flash-1.5': 'OpenRouter’s spelling of gemini-1.5-flash',
  'gemini-flash-1.5-8b': 'OpenRouter’s spelling of gemini-1.5-flash-8b',
  'gemini-pro-1.5': 'OpenRouter’s spelling of gemini-1.5-pro',
  'gemini-2.5-flash-lite-preview-tts': 'speech',
  'gemini-2.5-flash-tts': 'speech',
  'gemini-2.5-pro-tts': 'speech',
  'gemini-3.1-flash-live-preview': 'Live API, not reachable through this gateway',
  'gemini-live-2.5-flash': 'Live API, not reachable through this gateway',
  'gemini-omni-flash-preview': 'video',
};

const IMAGE =
  'usage has no modality, so all output is billed at the image rate, which the list has beside the text rate';

/** Models of ours whose rates differ on purpose, by our id. */
const DIFFERS: Readonly<Record<string, string>> = {
  'claude-sonnet-4-0':
    'Anthropic’s list had a tier above 200,000 tokens while the 1M-token beta ran; theirs has none',
  'gemini-1.5-pro':
    'Google’s list had $0.3125 and $0.625 for cache reads; theirs omits them here but has them as gemini-pro-1.5',
  'gemini-1.5-flash-8b':
    'their pattern for gemini-1.5-flash swallows it; the right rates are theirs for gemini-flash-1.5-8b',
  'gemini-2.5-flash-image': IMAGE,
  'gemini-3-pro-image': IMAGE,
  'gemini-3.1-flash-image': IMAGE,
  'gemini-3.1-flash-lite-image': IMAGE,
};

/** Models of ours they don't know yet. */
const UNKNOWN_TO_THEM: Readonly<Record<string, string>> = {
  'claude-mythos-5': 'limited availability; priced as Fable 5 on Anthropic’s list',
  'claude-mythos-5-1': 'limited availability; priced as Fable 5.1 on Anthropic’s list',
  'claude-haiku-5-5': 'newer than the package',
  'gemini-4-argon': 'newer than the package',
};

/** Sonnet 5.5 is newer than the package, whose pattern for Sonnet 5 takes it in. */
const TAKEN_FOR_ANOTHER: Readonly<Record<string, string>> = { 'claude-sonnet-5-5': 'claude-sonnet-5' };

type Listed = NonNullable<ReturnType<typeof findProvider>>['models'][number];
type ListedRates = Exclude<Listed['prices'], unknown[]>;

function modelsOf(providerId: string, prefix: string): Listed[] {
  const provider = findProvider({ providerId });
  if (provider === undefined) throw new Error(`genai-prices has no provider ${providerId}`);
  return provider.models.filter((model) => model.id.startsWith(prefix));
}

const listed = [...modelsOf('anthropic', 'claude-'), ...modelsOf('google', 'gemini-')];

type Match = Listed['match'];

function matches(match: Match, id: string): boolean {
  if ('or' in match) return match.or.some((part) => matches(part, id));
  if ('and' in match) return match.and.every((part) => matches(part, id));
  if ('equals' in match) return id === match.equals;
  if ('starts_with' in match) return id.startsWith(match.starts_with);
  if ('ends_with' in match) return id.endsWith(match.ends_with);
  if ('contains' in match) return id.includes(match.contains);
  return new RegExp(match.regex).test(id);
}

function pricesOn(model: Listed, day: string): ListedRates {
  if (!Array.isArray(model.prices)) return model.prices;
  let found: ListedRates = {};
  for (const { constraint, prices } of model.prices) {
    if (constraint === undefined || (constraint.type === 'start_date' && constraint.start_date <= day))
      found = prices;
  }
  return found;
}

/** Dollars as nano-USD; the package's floats are short decimals, so rounding only undoes float noise. */
const nano = (price: number): number => Math.round(price * 1_000_000_000);

function thresholds(prices: ListedRates): number[] {
  const starts = Object.values(prices).flatMap((p) =>
    typeof p === 'object' ? p.tiers.map((tier) => tier.start) : [],
  );
  return [...new Set(starts)].sort((a, b) => a - b);
}

function theirRates(prices: ListedRates, promptTokens: number): Rates {
  const at = (key: string): number | undefined => {
    const price = prices[key];
    if (price === undefined || typeof price === 'number')
      return price === undefined ? undefined : nano(price);
    const tier = price.tiers.findLast((candidate) => promptTokens > candidate.start);
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
function disagreements(ours: ModelPrice, theirs: Listed, day: string): string[] {
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

const theirModel = (id: string): Listed | undefined => listed.find((model) => matches(model.match, id));

function priceOn(id: string, day: string): ModelPrice {
  const price = book.find(id, Date.parse(day));
  if (price === null) throw new Error(`no price for ${id} on ${day}`);
  return price;
}

describe('every model genai-prices knows', () => {
  it('has enough models for this test to mean anything', () => {
    expect(listed.length).toBeGreaterThan(45);
  });

  it.each(listed.map((model) => [model.id, model] as const))(
    '%s is in the catalogue or left out for a reason',
    (id, model) => {
      const ours = catalogue.all.filter(({ entry }) =>
        [entry.id, ...entry.aliases].some((alias) => matches(model.match, alias)),
      );
      const covered = catalogue.find(id) !== null || ours.length > 0;
      // Either it is covered or it is named: never both, or the name has become unnecessary.
      expect(covered).toBe(!(id in NOT_OFFERED));
    },
  );

  it('are the only ones named as left out', () => {
    const ids = new Set(listed.map((model) => model.id));
    expect(Object.keys(NOT_OFFERED).filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe.each(catalogue.all.map(({ entry }) => [entry.id, entry] as const))('%s', (id, entry) => {
  it('has their rates and tiers, or differs for a named reason', () => {
    const theirs = theirModel(id);
    if (id in UNKNOWN_TO_THEM) {
      expect(theirs, `${id} is known to genai-prices now: drop the exception`).toBeUndefined();
      return;
    }
    const known = [entry.id, ...entry.aliases].flatMap((alias) => theirModel(alias) ?? []);
    if (id in TAKEN_FOR_ANOTHER) {
      expect(theirs?.id, `${id} has its own entry now: drop the exception`).toBe(TAKEN_FOR_ANOTHER[id]);
      return;
    }
    expect(known.length, `genai-prices doesn’t know ${id}`).toBeGreaterThan(0);
    const found = DAYS.flatMap((day) =>
      known.flatMap((model) => disagreements(priceOn(id, day), model, day)),
    );
    if (id in DIFFERS) expect(found, `${id} agrees now: drop the exception`).not.toEqual([]);
    else expect(found).toEqual([]);
  });
});

describe('named exceptions', () => {
  it('name models of the catalogue only', () => {
    const named = [
      ...Object.keys(DIFFERS),
      ...Object.keys(UNKNOWN_TO_THEM),
      ...Object.keys(TAKEN_FOR_ANOTHER),
    ];
    expect(named.filter((id) => catalogue.find(id)?.entry.id !== id)).toEqual([]);
  });

  it.each([
    ['gemini-1.5-pro', 'gemini-pro-1.5'],
    ['gemini-1.5-flash', 'gemini-flash-1.5'],
    ['gemini-1.5-flash-8b', 'gemini-flash-1.5-8b'],
  ])('%s has the rates they keep under %s', (ours, theirs) => {
    const other = listed.find((model) => model.id === theirs);
    if (other === undefined) throw new Error(`${theirs} is gone: drop this line`);
    expect(disagreements(priceOn(ours, '2026-11-21'), other, '2026-11-21')).toEqual([]);
  });

  it.each(Object.keys(DIFFERS).filter((id) => DIFFERS[id] === IMAGE))(
    '%s bills output at their image rate',
    (id) => {
      const theirs = theirModel(id);
      if (theirs === undefined) throw new Error(`genai-prices doesn’t know ${id}`);
      const prices = pricesOn(theirs, '2026-11-21');
      const image = prices['output_image_mtok'];
      expect(priceOn(id, '2026-11-21').output).toBe(typeof image === 'number' ? nano(image) : null);
      expect(
        disagreements(
          { ...priceOn(id, '2026-11-21'), output: theirRates(prices, 1).output },
          theirs,
          '2026-11-21',
        ),
      ).toEqual([]);
    },
  );

  it('Sonnet 4 differs in its tier only', () => {
    const theirs = theirModel('claude-sonnet-4-0');
    if (theirs === undefined) throw new Error('genai-prices doesn’t know Sonnet 4');
    const flat = { ...priceOn('claude-sonnet-4-0', '2026-01-01'), tiers: [] };
    expect(disagreements(flat, theirs, '2026-01-01')).toEqual([]);
  });

  it('Sonnet 4.6 and Opus 4.6 had long-context tiers until 2026-03-13, as with them', () => {
    for (const id of ['claude-opus-4-6', 'claude-sonnet-4-6']) {
      const theirs = theirModel(id);
      if (theirs === undefined) throw new Error(`genai-prices doesn’t know ${id}`);
      for (const day of ['2026-03-01', '2026-03-12', '2026-03-13']) {
        expect(disagreements(priceOn(id, day), theirs, day)).toEqual([]);
      }
    }
  });
});
