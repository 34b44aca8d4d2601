/** The price table in the repository and the price book that lays the operator's overrides over it. */
import { z } from 'zod';
import type { ModelPrice, PriceBook } from '@/lib/domain/price';
import { PREMIUMS, type Premium } from '@/lib/domain/usage';
import { ANTHROPIC_PRICES } from '@/lib/domain/prices/anthropic';
import { BEDROCK_PRICES } from '@/lib/domain/prices/bedrock';
import { GOOGLE_PRICES } from '@/lib/domain/prices/google';
import { OPENAI_PRICES } from '@/lib/domain/prices/openai';
import { OPENROUTER_PRICES } from '@/lib/domain/prices/openrouter';
import { VERTEX_PRICES } from '@/lib/domain/prices/vertex';

/** One dated row of the table. */
export type PriceRow = ModelPrice;

/** All list prices, every provider; several rows of one model differ in `effectiveFrom`. */
export const PRICE_TABLE: readonly PriceRow[] = [
  ...ANTHROPIC_PRICES,
  ...GOOGLE_PRICES,
  ...OPENAI_PRICES,
  ...VERTEX_PRICES,
  ...BEDROCK_PRICES,
  ...OPENROUTER_PRICES,
];

/** Turns any id of a model into its catalogue id; `null` where it knows none. */
export type ModelResolver = (id: string) => string | null;

interface Dated {
  readonly fromMs: number;
  readonly price: ModelPrice;
}

/** Rows by catalogue id, newest first; of two rows for one day the later in the list comes first. */
function index(rows: readonly ModelPrice[], resolve: ModelResolver): Map<string, readonly Dated[]> {
  const byModel = new Map<string, Dated[]>();
  for (const price of rows) {
    const model = resolve(price.model) ?? price.model;
    const dated = byModel.get(model) ?? [];
    dated.unshift({ fromMs: Date.parse(price.effectiveFrom), price });
    byModel.set(model, dated);
  }
  for (const dated of byModel.values()) dated.sort((a, b) => b.fromMs - a.fromMs);
  return byModel;
}

function newest(rows: readonly Dated[] | undefined, atMs: number): ModelPrice | null {
  if (rows === undefined) return null;
  for (const dated of rows) if (dated.fromMs <= atMs) return dated.price;
  return null;
}

/** Models of the bare table never change while the process runs, so it is indexed once. */
const TABLE = index(PRICE_TABLE, () => null);

/**
 * A book over the table in the repository.
 * The newest row whose UTC day has begun at `atMs` wins, and any override in effect beats the table.
 * @param overrides rows from `parsePriceOverride`; their models may be aliases or unknown to the table
 * @param resolve finds the catalogue id of an alias or dated snapshot; without it only exact ids are found
 * @param configured prices of operator-defined providers' models, which beat the table but no override
 */
export function createPriceBook(
  overrides: readonly ModelPrice[],
  resolve: ModelResolver = () => null,
  configured: readonly ModelPrice[] = [],
): PriceBook {
  const overriding = index(overrides, resolve);
  const added = index(configured, () => null);
  const exact = (model: string, atMs: number): ModelPrice | null =>
    newest(overriding.get(model), atMs) ?? newest(added.get(model), atMs) ?? newest(TABLE.get(model), atMs);
  return {
    find(model, atMs) {
      const found = exact(model, atMs);
      if (found !== null) return found;
      const id = resolve(model);
      return id === null || id === model ? null : exact(id, atMs);
    },
  };
}

/** $10,000 per million tokens: above it a rate is a slip of units, not a price. */
const rate = z.int().min(0).max(10_000_000_000_000);

const rates = {
  input: rate,
  output: rate,
  cacheRead: rate,
  cacheWrite5m: rate,
  cacheWrite1h: rate,
};

const override = z.strictObject({
  model: z.string().trim().min(1).max(200),
  effectiveFrom: z.iso.date(),
  ...rates,
  tiers: z
    .array(z.strictObject({ abovePromptTokens: z.int().min(1), ...rates }))
    .refine(
      (tiers) => new Set(tiers.map((tier) => tier.abovePromptTokens)).size === tiers.length,
      'two tiers start alike',
    )
    .default([]),
  webSearch: rate.default(0),
  audioInput: rate.optional(),
  hostedTools: z.strictObject({ containerGb: rate, fileSearch: rate }).optional(),
  premiums: z.partialRecord(z.enum(PREMIUMS), z.int().min(1).max(10_000)).default({}),
});

/**
 * Validates a price the operator set: `{ model, effectiveFrom: 'YYYY-MM-DD', input, output, cacheRead,
 * cacheWrite5m, cacheWrite1h, tiers?, webSearch?, audioInput?, hostedTools?, premiums? }`, rates in integer nano-USD per million tokens.
 * Unknown keys are refused, because a misspelt rate would otherwise bill as something else.
 * @throws Error naming every field that is wrong
 */
export function parsePriceOverride(row: unknown): ModelPrice {
  const parsed = override.safeParse(row);
  if (!parsed.success) throw new Error(`price override: ${z.prettifyError(parsed.error)}`);
  const { audioInput, hostedTools, ...data } = parsed.data;
  return {
    ...data,
    ...(audioInput === undefined ? {} : { audioInput }),
    ...(hostedTools === undefined ? {} : { hostedTools }),
    premiums: definedOnly(data.premiums),
    version: `override/${data.model}@${data.effectiveFrom}`,
  };
}

function definedOnly(
  premiums: Partial<Record<Premium, number | undefined>>,
): Partial<Record<Premium, number>> {
  const kept: Partial<Record<Premium, number>> = {};
  for (const name of PREMIUMS) {
    const percent = premiums[name];
    if (percent !== undefined) kept[name] = percent;
  }
  return kept;
}
