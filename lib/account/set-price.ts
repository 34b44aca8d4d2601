/** Sets what a model costs from a day on, in place of the table in the repository. */
import { z } from 'zod';
import { upsertPrice } from '@/db/queries/price-overrides';
import { dayOf } from '@/lib/domain/month';
import { parsePriceOverride } from '@/lib/domain/price-table';
import { audited } from './audited';
import type { AccountContext } from './context';
import { day, line, wholeNumber } from './fields';
import { InputError, parseInput } from './input';
import { presentPrice, type PriceView } from './present';

/** $0.000001 per million tokens: below it, somebody wrote dollars. */
const LEAST_RATE = 1_000;

const rate = wholeNumber
  .min(0, { abort: true })
  .refine(
    (value) => value === 0 || value >= LEAST_RATE,
    'is in nano-USD per million tokens: $3 is 3000000000',
  );

/** A cache rate left out is the input rate. */
const rates = {
  input: rate,
  output: rate,
  cache_read: rate.optional(),
  cache_write_5m: rate.optional(),
  cache_write_1h: rate.optional(),
};

type RatesInput = z.output<z.ZodObject<typeof rates>>;

/** Rates in integer nano-USD per million tokens ($3 is 3000000000), `web_search` per search; from today on unless said. */
export const SetPriceInput = z.strictObject({
  model: line,
  effective_from: day.optional(),
  ...rates,
  web_search: wholeNumber.min(0).default(0),
  tiers: z.array(z.strictObject({ above_prompt_tokens: wholeNumber.min(1), ...rates })).default([]),
});

const ratesOf = (input: RatesInput) => ({
  input: input.input,
  output: input.output,
  cacheRead: input.cache_read ?? input.input,
  cacheWrite5m: input.cache_write_5m ?? input.input,
  cacheWrite1h: input.cache_write_1h ?? input.input,
});

/** @throws GatewayError `body_invalid` */
export async function setPrice(context: AccountContext, input: unknown): Promise<PriceView> {
  const wanted = parseInput(SetPriceInput, input);
  const nowMs = context.nowMs();
  const { model } = wanted;
  const effectiveFrom = wanted.effective_from ?? dayOf(nowMs);
  const stored = {
    ...ratesOf(wanted),
    tiers: wanted.tiers.map((tier) => ({ abovePromptTokens: tier.above_prompt_tokens, ...ratesOf(tier) })),
    webSearch: wanted.web_search,
  };
  try {
    // What the gateway would skip when reading must not be stored.
    parsePriceOverride({ ...stored, model, effectiveFrom });
  } catch (error) {
    throw new InputError([{ field: '', message: error instanceof Error ? error.message : String(error) }]);
  }
  const row = { model, effectiveFrom, rates: stored, updatedAt: nowMs };
  await audited(context, 'price.set', [model, effectiveFrom], upsertPrice(context.database, row));
  context.forget();
  return presentPrice(row);
}
