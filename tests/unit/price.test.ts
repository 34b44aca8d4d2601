/** The price table, the book and the catalogue it is looked up through, and the arithmetic on its rates. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelEntry } from '@/lib/domain/model';
import { costOf, rateParts, ratesFor, worstCase } from '@/lib/domain/price';
import type { ModelPrice } from '@/lib/domain/price';
import { PRICE_TABLE, createPriceBook, parsePriceOverride } from '@/lib/domain/price-table';
import { ANTHROPIC_PRICES } from '@/lib/domain/prices/anthropic';
import { GOOGLE_PRICES } from '@/lib/domain/prices/google';
import { claudeRates, geminiRates, share } from '@/lib/domain/prices/rates';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { TokenUsage } from '@/lib/domain/usage';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { createCatalogue } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const catalogue = createCatalogue([
  { provider: 'anthropic', models: ANTHROPIC_MODELS },
  { provider: 'google', models: GOOGLE_MODELS },
]);
const resolve = (id: string): string | null => catalogue.find(id)?.entry.id ?? null;
const book = createPriceBook([], resolve);

function priceOf(id: string, at: number | string = NOW): ModelPrice {
  const price = book.find(id, typeof at === 'string' ? Date.parse(at) : at);
  if (price === null) throw new Error(`no price for ${id}`);
  return price;
}

const usage = (counts: Partial<TokenUsage>): TokenUsage => ({ ...UNKNOWN_USAGE, ...counts });

const KINDS = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'outputTokens',
  'webSearchRequests',
] as const;

const anyCount = fc.option(fc.nat(1_500_000), { nil: null });
const anyUsage: fc.Arbitrary<TokenUsage> = fc.record({
  inputTokens: anyCount,
  cacheReadTokens: anyCount,
  cacheWrite5mTokens: anyCount,
  cacheWrite1hTokens: anyCount,
  outputTokens: anyCount,
  reasoningTokens: anyCount,
  webSearchRequests: fc.option(fc.nat(50), { nil: null }),
});
const anyRow = fc.constantFrom(...PRICE_TABLE);
const flat = (price: ModelPrice): ModelPrice => ({ ...price, tiers: [] });

describe('costOf', () => {
  it('is a whole, finite, non-negative number for every row and usage', () => {
    fc.assert(
      fc.property(anyRow, anyUsage, (price, counts) => {
        const cost = costOf(price, counts);
        expect(Number.isSafeInteger(cost)).toBe(true);
        expect(cost).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('costs nothing when nothing is known', () => {
    for (const price of PRICE_TABLE) expect(costOf(price, UNKNOWN_USAGE)).toBe(0);
  });

  it('adds up within the rounding of one nano-dollar', () => {
    fc.assert(
      fc.property(anyRow, anyUsage, anyUsage, (price, a, b) => {
        const both = usage(Object.fromEntries(KINDS.map((kind) => [kind, (a[kind] ?? 0) + (b[kind] ?? 0)])));
        const apart = costOf(flat(price), a) + costOf(flat(price), b);
        expect(Math.abs(costOf(flat(price), both) - apart)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never gets cheaper with more of any kind, tiers included', () => {
    fc.assert(
      fc.property(
        anyRow,
        anyUsage,
        fc.constantFrom(...KINDS),
        fc.nat(500_000),
        (price, counts, kind, more) => {
          const grown = { ...counts, [kind]: (counts[kind] ?? 0) + more };
          expect(costOf(price, grown)).toBeGreaterThanOrEqual(costOf(price, counts));
        },
      ),
    );
  });

  it('ignores reasoning, which is part of the output', () => {
    fc.assert(
      fc.property(anyRow, anyUsage, (price, counts) => {
        expect(costOf(price, { ...counts, reasoningTokens: null })).toBe(costOf(price, counts));
      }),
    );
  });

  const tiered = PRICE_TABLE.filter((price) => price.tiers.length > 0);

  it.each(tiered.map((price) => [price.version, price] as const))(
    '%s switches right above its boundary',
    (_, price) => {
      for (const tier of price.tiers) {
        const { abovePromptTokens: edge, ...long } = tier;
        expect(ratesFor(price, edge)).toBe(price);
        expect(ratesFor(price, edge + 1)).toBe(tier);
        // Caches count towards the boundary, output doesn't.
        const cached = usage({
          inputTokens: 1,
          cacheReadTokens: edge - 3,
          cacheWrite5mTokens: 1,
          cacheWrite1hTokens: 1,
        });
        expect(costOf(price, { ...cached, outputTokens: edge })).toBe(
          costOf(flat(price), { ...cached, outputTokens: edge }),
        );
        const over = { ...cached, cacheReadTokens: edge - 2, outputTokens: 7 };
        expect(costOf(price, over)).toBe(costOf({ ...flat(price), ...long }, over));
      }
    },
  );

  it('takes the highest of several tiers, in whatever order they stand', () => {
    const at = (abovePromptTokens: number, input: number) => ({
      ...geminiRates(input, 0),
      abovePromptTokens,
    });
    for (const tiers of [
      [at(10, 2), at(20, 3)],
      [at(20, 3), at(10, 2)],
    ]) {
      const price = { ...flat(priceOf('claude-opus-5')), ...geminiRates(1, 0), tiers };
      expect([10, 11, 20, 21].map((prompt) => ratesFor(price, prompt).input)).toEqual([1, 2, 2, 3]);
    }
  });
});

describe('worstCase', () => {
  it('is never below the cost of a call within the held counts', () => {
    const writes = fc.constantFrom('none', '5m', '1h');
    fc.assert(
      fc.property(anyRow, anyUsage, writes, fc.nat(100_000), (price, any, cacheWrites, spare) => {
        const counts: TokenUsage = {
          ...any,
          cacheWrite5mTokens: cacheWrites === 'none' ? null : any.cacheWrite5mTokens,
          cacheWrite1hTokens: cacheWrites === '1h' ? any.cacheWrite1hTokens : null,
        };
        const prompt =
          (counts.inputTokens ?? 0) +
          (counts.cacheReadTokens ?? 0) +
          (counts.cacheWrite5mTokens ?? 0) +
          (counts.cacheWrite1hTokens ?? 0);
        const webSearches = counts.webSearchRequests ?? 0;
        const worst = worstCase(price, { promptTokens: prompt + spare, cacheWrites, webSearches });
        const output = BigInt(worst.outputNanoUsdPerMillion) * BigInt(counts.outputTokens ?? 0);
        const held = worst.inputNanoUsd + Number((output + 999_999n) / 1_000_000n);
        expect(held).toBeGreaterThanOrEqual(costOf(price, counts));
      }),
      { numRuns: 500 },
    );
  });
});

describe('known calls, computed by hand', () => {
  it.each<[string, string, Partial<TokenUsage>, number]>([
    // 32 × $3 + 16 × $15 per million
    ['claude-sonnet-4-5-20250929', '2026-11-21', { inputTokens: 32, outputTokens: 16 }, 336_000],
    // 598 × $1 + 79 × $5
    ['claude-haiku-4-5-20251001', '2026-11-21', { inputTokens: 598, outputTokens: 79 }, 993_000],
    // 1,000 × ($5 + $0.50 + $6.25 + $10 + $25)
    [
      'claude-opus-4-8',
      '2026-11-21',
      {
        inputTokens: 1000,
        cacheReadTokens: 1000,
        cacheWrite5mTokens: 1000,
        cacheWrite1hTokens: 1000,
        outputTokens: 1000,
      },
      46_750_000,
    ],
    ['claude-opus-5', '2026-11-21', { webSearchRequests: 3 }, 30_000_000],
    ['claude-fable-5-1', '2026-11-21', { cacheReadTokens: 1_000_000 }, 250_000_000],
    ['claude-mythos-5-1', '2026-11-21', { cacheReadTokens: 1_000_000, inputTokens: 100 }, 251_000_000],
    ['claude-mythos-5', '2026-11-21', { cacheReadTokens: 1_000_000 }, 1_000_000_000],
    [
      'claude-opus-5-5',
      '2026-11-21',
      { inputTokens: 1000, cacheReadTokens: 1000, outputTokens: 1000 },
      24_200_000,
    ],
    ['claude-sonnet-5-5', '2026-10-06', { cacheReadTokens: 1_000_000 }, 200_000_000],
    ['claude-sonnet-5-5', '2026-10-07', { cacheReadTokens: 1_000_000 }, 100_000_000],
    [
      'claude-sonnet-5-5',
      '2026-11-21',
      { inputTokens: 1000, cacheWrite1hTokens: 1000, outputTokens: 1000 },
      16_000_000,
    ],
    // Up to 100,000: 10,000 × $0.10 + 90,000 × $0.01 + 1,000 × $0.50
    [
      'claude-haiku-5-5',
      '2026-11-21',
      { inputTokens: 10_000, cacheReadTokens: 90_000, outputTokens: 1000 },
      2_400_000,
    ],
    // One more: 10,001 × $0.50 + 90,000 × $0.05 + 1,000 × $2.50
    [
      'claude-haiku-5-5',
      '2026-11-21',
      { inputTokens: 10_001, cacheReadTokens: 90_000, outputTokens: 1000 },
      12_000_500,
    ],
    ['claude-3-haiku-20240307', '2026-11-21', { cacheWrite5mTokens: 1000, cacheReadTokens: 1000 }, 330_000],
    ['claude-opus-4-6', '2026-03-12', { inputTokens: 200_001 }, 2_000_010_000],
    ['claude-opus-4-6', '2026-03-13', { inputTokens: 200_001 }, 1_000_005_000],
    // 200,001 × $2.50 + 10 × $15
    ['gemini-2.5-pro', '2026-11-21', { inputTokens: 200_001, outputTokens: 10 }, 500_152_500],
    ['gemini-2.5-flash', '2026-11-21', { inputTokens: 9, cacheReadTokens: 100, outputTokens: 30 }, 80_700],
    // 37.5 nano-dollars, half up
    ['gemini-1.5-flash-8b', '2026-11-21', { inputTokens: 1 }, 38],
    ['gemini-3.6-flash', '2026-11-21', { inputTokens: 1000, outputTokens: 1000 }, 4_500_000],
    ['gemini-3.6-flash', '2027-01-01', { inputTokens: 1000, outputTokens: 1000 }, 9_000_000],
    [
      'gemini-4-argon',
      '2026-11-30',
      { inputTokens: 1000, cacheReadTokens: 1000, outputTokens: 1000 },
      12_100_000,
    ],
    [
      'gemini-4-argon',
      '2026-12-01',
      { inputTokens: 1000, cacheReadTokens: 1000, outputTokens: 1000 },
      24_200_000,
    ],
    ['gemini-embedding-001', '2026-11-21', { inputTokens: 2000 }, 300_000],
    ['gemini-embedding-2-preview', '2026-11-21', { inputTokens: 5 }, 1000],
  ])('%s on %s, %j: %d', (id, day, counts, cost) => {
    expect(costOf(priceOf(id, day), usage(counts))).toBe(cost);
  });
});

describe('rateParts', () => {
  it('prices every part at its own model', () => {
    const parts = [
      { model: null, usage: usage({ inputTokens: 408 }) },
      { model: 'claude-opus-4-8', usage: usage({ inputTokens: 412, outputTokens: 264 }) },
      { model: 'claude-fable-5', usage: usage({ outputTokens: 1 }) },
    ];
    // 408 × $10, 412 × $5 + 264 × $25, 1 × $50
    expect(rateParts(book, 'claude-fable-5', parts, NOW)).toEqual({
      costNanoUsd: 12_790_000,
      complete: true,
      priceVersion: 'table/claude-fable-5@2026-06-09,table/claude-opus-4-8@2026-05-28',
    });
  });

  it('is the sum of its parts for any models and counts', () => {
    const anyPart = fc.record({
      model: fc.option(fc.constantFrom(...PRICE_TABLE.map((price) => price.model)), { nil: null }),
      usage: anyUsage,
    });
    fc.assert(
      fc.property(fc.array(anyPart, { maxLength: 5 }), (parts) => {
        const sum = parts.reduce(
          (total, part) => total + costOf(priceOf(part.model ?? 'claude-opus-5'), part.usage),
          0,
        );
        expect(rateParts(book, 'claude-opus-5', parts, NOW).costNanoUsd).toBe(sum);
      }),
    );
  });

  it('charges what has a price and says that a part had none', () => {
    const parts = [
      { model: null, usage: usage({ inputTokens: 1 }) },
      { model: 'claude-does-not-exist', usage: usage({ inputTokens: 1 }) },
    ];
    expect(rateParts(book, 'claude-opus-5', parts, NOW)).toEqual({
      costNanoUsd: 5_000,
      complete: false,
      priceVersion: 'table/claude-opus-5@2026-07-24',
    });
    expect(
      rateParts(book, 'claude-does-not-exist', [{ model: null, usage: usage({ inputTokens: 1 }) }], NOW),
    ).toEqual({
      costNanoUsd: null,
      complete: false,
      priceVersion: null,
    });
  });

  it('multiplies every token rate by the premiums the provider served with', () => {
    const one = (model: string, premiums: readonly ('fast' | 'us-only')[]) =>
      rateParts(
        book,
        model,
        [{ model: null, premiums, usage: usage({ inputTokens: 1_000_000, outputTokens: 1_000_000 }) }],
        NOW,
      ).costNanoUsd;
    // $5 + $25, six times in fast mode, 1.1 times in the US, both together 6.6 times.
    expect(one('claude-opus-4-7', [])).toBe(30_000_000_000);
    expect(one('claude-opus-4-7', ['fast'])).toBe(180_000_000_000);
    expect(one('claude-opus-4-7', ['us-only'])).toBe(33_000_000_000);
    expect(one('claude-opus-4-7', ['fast', 'us-only'])).toBe(198_000_000_000);
    expect(one('claude-opus-5', ['fast'])).toBe(60_000_000_000);
    // No premium is sold on Haiku 4.5: it is served and billed plainly.
    expect(one('claude-haiku-4-5', ['fast', 'us-only'])).toBe(6_000_000_000);
  });

  it('holds at least what a premium can cost', () => {
    const price = priceOf('claude-opus-4-7');
    const worst = worstCase(price, {
      promptTokens: 1_000,
      cacheWrites: 'none',
      webSearches: 0,
      premiums: ['fast'],
    });
    expect(worst).toEqual({ inputNanoUsd: 30_000_000, outputNanoUsdPerMillion: 150_000_000_000 });
  });
});

describe('table and catalogue', () => {
  it('cover the same models', () => {
    const priced = [...new Set([...ANTHROPIC_PRICES, ...GOOGLE_PRICES].map((price) => price.model))];
    expect(priced.sort()).toEqual(catalogue.all.map(({ entry }) => entry.id).sort());
  });

  it('price every id and alias alike, today and on the day of release', () => {
    for (const { entry } of catalogue.all) {
      for (const id of [entry.id, ...entry.aliases])
        expect(book.find(id, NOW)).toBe(book.find(entry.id, NOW));
      expect(book.find(entry.id, NOW), entry.id).not.toBeNull();
    }
    // Gemini's rows begin with the price, which for previews and 1.5 came after the model.
    for (const entry of ANTHROPIC_MODELS)
      expect(book.find(entry.id, Date.parse(entry.createdAt)), entry.id).not.toBeNull();
  });

  it('hold whole rates, real days, growing tiers and their own version', () => {
    const versions = new Set<string>();
    for (const price of PRICE_TABLE) {
      const { version, ...rest } = price;
      expect(parsePriceOverride(rest)).toEqual({
        ...rest,
        version: `override/${price.model}@${price.effectiveFrom}`,
      });
      expect(version).toBe(`table/${price.model}@${price.effectiveFrom}`);
      versions.add(version);
      for (const tier of price.tiers) {
        for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
          expect(tier[kind]).toBeGreaterThanOrEqual(price[kind]);
        }
      }
      // A hold takes the dearest prompt rate to be input or a write.
      expect(price.cacheRead).toBeLessThanOrEqual(price.input);
      expect(price.cacheWrite5m).toBeLessThanOrEqual(price.cacheWrite1h);
    }
    expect(versions.size).toBe(PRICE_TABLE.length);
  });

  it('cover every Anthropic and Gemini model of the recorded answers', () => {
    const recorded = [
      'claude-2.1',
      'claude-3-5-haiku-20241022',
      'claude-3-5-haiku-latest',
      'claude-3-5-sonnet-20240620',
      'claude-3-7-sonnet-20250219',
      'claude-3-haiku-20240307',
      'claude-3-opus-20240229',
      'claude-fable-5',
      'claude-haiku-4-5-20251001',
      'claude-opus-4-5-20251101',
      'claude-opus-4-6',
      'claude-opus-4-7',
      'claude-opus-4-8',
      'claude-opus-5',
      'claude-sonnet-4-20250514',
      'claude-sonnet-4-5',
      'claude-sonnet-4-5-20250929',
      'claude-sonnet-4-6',
      'claude-sonnet-5',
      'gemini-1.5-flash',
      'gemini-2.0-flash',
      'gemini-2.0-flash-exp',
      'gemini-2.5-flash',
      'gemini-2.5-flash-image',
      'gemini-2.5-flash-lite',
      'gemini-2.5-pro',
      'gemini-3-flash-preview',
      'gemini-3-pro-preview',
      'gemini-3.1-flash-lite',
      'gemini-3.1-pro-preview',
      'gemini-3.6-flash',
      'gemini-embedding-001',
      'gemini-embedding-2-preview',
      'models/gemini-2.5-pro',
    ];
    expect(recorded.filter((id) => book.find(id, NOW) === null)).toEqual([]);
  });
});

describe('createCatalogue', () => {
  it('finds ids, aliases, unknown snapshots and resource names', () => {
    expect(catalogue.find('claude-sonnet-4-5')?.provider).toBe('anthropic');
    expect(catalogue.find('claude-sonnet-4-5-20250929')?.entry.id).toBe('claude-sonnet-4-5');
    expect(catalogue.find('claude-sonnet-5-5-20261101')?.entry.id).toBe('claude-sonnet-5-5');
    expect(catalogue.find('claude-sonnet-5-20261101')?.entry.id).toBe('claude-sonnet-5');
    expect(catalogue.find('models/gemini-2.5-pro')?.entry.id).toBe('gemini-2.5-pro');
    expect(catalogue.find('gemini-embedding-001')?.entry.kind).toBe('embedding');
  });

  it.each([
    '',
    'claude',
    'claude-sonnet',
    'claude-sonnet-4-5-2025092',
    'claude-sonnet-4-5-19990101',
    'claude-sonnet-4-5-20250929-20250929',
    'claude-3-7-sonnet-latest-20250219',
    'CLAUDE-OPUS-5',
    'claude-opus-5 ',
    'models/',
    'models/models/gemini-2.5-pro',
    '__proto__',
    'constructor',
    'nonexistent-model',
  ])('finds nothing for %j', (id) => {
    expect(catalogue.find(id)).toBeNull();
    expect(book.find(id, NOW)).toBeNull();
  });

  it('finds nothing for random text', () => {
    fc.assert(fc.property(fc.string(), (id) => catalogue.find(`x${id}`) === null));
  });

  it('refuses two models with one id', () => {
    const entry = ANTHROPIC_MODELS[0] as ModelEntry;
    const other = { ...entry, id: 'other', aliases: [entry.id] };
    expect(() => createCatalogue([{ provider: 'a', models: [entry, other] }])).toThrow(/claimed by/);
  });

  it('lists models with sane limits', () => {
    for (const { entry } of catalogue.all) {
      expect(Date.parse(entry.createdAt), entry.id).toBeLessThan(NOW);
      expect(entry.contextTokens, entry.id).toBeGreaterThan(1000);
      expect(entry.maxOutputTokens > 0, entry.id).toBe(entry.kind === 'chat');
      expect(entry.maxOutputTokens, entry.id).toBeLessThanOrEqual(entry.contextTokens);
    }
  });
});

describe('createPriceBook', () => {
  const base = { ...claudeRates(1_000_000_000, 5_000_000_000) };
  const override = (model: string, effectiveFrom: string, input = 1_000_000_000) =>
    parsePriceOverride({ ...base, model, effectiveFrom, input });
  const version = (rows: readonly ModelPrice[], id: string, at: number) =>
    createPriceBook(rows, resolve).find(id, at)?.version ?? null;

  it('lets a row hold from the first moment of its UTC day', () => {
    const dawn = Date.parse('2026-10-07T00:00:00Z');
    expect(version([], 'claude-sonnet-5-5', dawn - 1)).toBe('table/claude-sonnet-5-5@2026-09-28');
    expect(version([], 'claude-sonnet-5-5', dawn)).toBe('table/claude-sonnet-5-5@2026-10-07');
    expect(version([], 'claude-sonnet-5-5', Date.parse('2026-09-27T23:59:59Z'))).toBeNull();
  });

  it('prefers an override in effect, however old, and the table until then', () => {
    const rows = [override('claude-opus-5', '2026-08-01'), override('claude-opus-5', '2026-12-01')];
    expect(version(rows, 'claude-opus-5', Date.parse('2026-07-31'))).toBe('table/claude-opus-5@2026-07-24');
    expect(version(rows, 'claude-opus-5', NOW)).toBe('override/claude-opus-5@2026-08-01');
    expect(version(rows, 'claude-opus-5', Date.parse('2026-12-01'))).toBe(
      'override/claude-opus-5@2026-12-01',
    );
    expect(version(rows.reverse(), 'claude-opus-5', NOW)).toBe('override/claude-opus-5@2026-08-01');
    const old = [override('claude-sonnet-5-5', '2026-01-01')];
    expect(version(old, 'claude-sonnet-5-5', NOW)).toBe('override/claude-sonnet-5-5@2026-01-01');
  });

  it('takes overrides under an alias and for models the table lacks', () => {
    const rows = [override('claude-sonnet-4-5-20250929', '2026-01-01'), override('my-model', '2026-01-01')];
    for (const id of ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5-20300101']) {
      expect(version(rows, id, NOW)).toBe('override/claude-sonnet-4-5-20250929@2026-01-01');
    }
    expect(version(rows, 'my-model', NOW)).toBe('override/my-model@2026-01-01');
    expect(version(rows, 'claude-opus-5', NOW)).toBe('table/claude-opus-5@2026-07-24');
  });

  it('lets the later of two overrides for one day win, and knows exact ids without a resolver', () => {
    const rows = [override('claude-opus-5', '2026-08-01', 1), override('claude-opus-5', '2026-08-01', 2)];
    expect(createPriceBook(rows).find('claude-opus-5', NOW)?.input).toBe(2);
    expect(createPriceBook([]).find('claude-opus-4-5-20251101', NOW)).toBeNull();
  });
});

describe('parsePriceOverride', () => {
  const good = {
    model: 'my-model',
    effectiveFrom: '2026-11-01',
    ...claudeRates(1_000_000_000, 5_000_000_000),
  };

  it('fills in what may be left out and names the row', () => {
    expect(parsePriceOverride(good)).toEqual({
      ...good,
      premiums: {},
      tiers: [],
      webSearch: 0,
      version: 'override/my-model@2026-11-01',
    });
  });

  it.each<[string, unknown]>([
    ['no object', null],
    ['a missing rate', { ...good, cacheRead: undefined }],
    ['dollars instead of nano-dollars', { ...good, input: 0.000003 }],
    ['a negative rate', { ...good, output: -1 }],
    ['a rate as text', { ...good, output: '5' }],
    ['NaN', { ...good, output: Number.NaN }],
    ['an absurd rate', { ...good, output: 10_000_000_000_001 }],
    ['a misspelt rate', { ...good, cacheWrite5M: 1 }],
    ['an empty model', { ...good, model: ' ' }],
    ['no such day', { ...good, effectiveFrom: '2026-02-30' }],
    ['a time', { ...good, effectiveFrom: '2026-02-03T00:00:00Z' }],
    ['a tier without rates', { ...good, tiers: [{ abovePromptTokens: 5 }] }],
    ['a tier from zero', { ...good, tiers: [{ ...claudeRates(1000, 0), abovePromptTokens: 0 }] }],
    [
      'two tiers at one place',
      {
        ...good,
        tiers: [
          { ...claudeRates(1000, 0), abovePromptTokens: 5 },
          { ...claudeRates(2000, 0), abovePromptTokens: 5 },
        ],
      },
    ],
  ])('refuses %s', (_, row) => {
    expect(() => parsePriceOverride(row)).toThrow(/^price override: /);
  });

  it('says which field is wrong', () => {
    expect(() => parsePriceOverride({ ...good, output: '5' })).toThrow(/output/);
  });
});

describe('share', () => {
  it('is exact or refuses', () => {
    expect(share(3_000_000_000, 125, 100)).toBe(3_750_000_000);
    expect(share(9_000_000_000_000, 2, 1)).toBe(18_000_000_000_000);
    expect(() => share(1, 125, 100)).toThrow(RangeError);
  });
});
