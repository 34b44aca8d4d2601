/** What the operator's verbs answer with, as schemas: customers, plans' use, providers, refusals, activity, prices, events. */
import { z } from 'zod';
import { SUSPICION_RULES } from '@/lib/domain/suspicion';
import {
  count,
  countOrNull,
  instantOrNull,
  instantView,
  pageOf,
  planView,
  priceView,
  textOrNull,
} from './views';

const signed = z.int();
const percentOrNull = z.int().nullable();
const monthText = z.string().describe('UTC month, such as 2026-11.');

export const customerLine = z.strictObject({
  user: z.string(),
  name: textOrNull,
  email: textOrNull,
  plan: z.string().describe('The plan of today, for past months too.'),
  suspended: z.boolean(),
  month: monthText,
  price_cents: countOrNull.describe('What the plan costs a month, US cents; null: not said.'),
  spend_nano_usd: count.describe('What providers charge for the month’s settled calls.'),
  held_nano_usd: count.describe('Worst case of running calls.'),
  margin_nano_usd: signed.nullable().describe('The plan’s price less the spend; null without a price.'),
  margin_percent: percentOrNull.describe(
    'Of the price, rounded down; null without a price, or with one of 0.',
  ),
  cap: z
    .strictObject({
      cap: z.enum(['tokens', 'cost']).nullable().describe('null: the plan has no caps.'),
      level: z.enum(['none', 'near', 'close', 'reached']),
      percent: countOrNull,
    })
    .describe('The cap that is nearest to being reached.'),
  tokens_used: count,
  tokens_held: count,
  tokens_limit: countOrNull,
  cost_limit_nano_usd: countOrNull,
  requests: count.describe('Calls that were let through.'),
  last_call_at: instantOrNull,
  created_at: instantView,
});
export type CustomerLine = z.infer<typeof customerLine>;
export const customerPage = pageOf(customerLine);

export const overviewView = z.strictObject({
  month: monthText,
  spend_nano_usd: count,
  held_nano_usd: count,
  income_cents: count.describe('Sum of the prices of all customers’ plans, US cents.'),
  margin_nano_usd: signed
    .nullable()
    .describe('Income less the spend of customers whose plan has a price; null where no plan has one.'),
  margin_percent: percentOrNull,
  customers: count,
  active_customers: count.describe('With calls that were let through.'),
  suspended_customers: count,
  customers_without_price: count.describe('Whose plan has no price.'),
  requests: count,
  counted_tokens: count,
  caps: z
    .strictObject({ near: count, close: count, reached: count })
    .describe('Customers by their nearest cap.'),
});
export type OverviewView = z.infer<typeof overviewView>;

const over = z.strictObject({ tokens: count, cost: count, any: count });

export const planUse = z.strictObject({
  ...planView.shape,
  month: monthText,
  customers: count,
  spend_nano_usd: count,
  over: over.describe('Customers who have used up the cap.'),
});
export type PlanUse = z.infer<typeof planUse>;
export const planUsePage = pageOf(planUse);

export const planPreview = z.strictObject({
  plan: z.string(),
  month: monthText,
  customers: count,
  monthly_tokens: countOrNull,
  monthly_cost_cents: countOrNull,
  over_now: over,
  over_then: over,
});
export type PlanPreview = z.infer<typeof planPreview>;

const providerCounts = {
  requests: count.describe('Calls that were let through.'),
  refusals: count.describe('By the gateway or by the provider.'),
  broken: count,
  cancelled: count,
  expired: count,
  estimated: count.describe('Whose figures are not the provider’s last word.'),
  unpriced: count,
  prompt_tokens: count,
  output_tokens: count,
  cost_nano_usd: count,
  error_percent: z.number().nullable().describe('Broken calls of all let through, two decimals.'),
  first_byte_ms: countOrNull.describe('Mean.'),
  duration_ms: countOrNull.describe('Mean.'),
};
const providerCountsView = z.strictObject(providerCounts);
export type ProviderCounts = z.infer<typeof providerCountsView>;

export const providersView = z.strictObject({
  range: z.enum(['24h', '7d', '30d']),
  from: instantView,
  to: instantView,
  step_seconds: count,
  providers: z.array(
    z.strictObject({
      provider: z.string(),
      display_name: z.string(),
      configured: z.boolean(),
      formats: z.array(z.string()),
      reachable: z.boolean().nullable().describe('null: not asked.'),
      last_error: textOrNull.describe('Class of the last failure to reach it.'),
      ...providerCounts,
      steps: z.array(
        z.strictObject({ at: instantView, requests: count, broken: count, cost_nano_usd: count }),
      ),
    }),
  ),
  models: z
    .array(z.strictObject({ provider: z.string(), model: z.string(), ...providerCounts }))
    .describe('Dearest first.'),
});
export type ProvidersView = z.infer<typeof providersView>;

export const refusalsView = z.strictObject({
  from: z.iso.date(),
  to: z.iso.date(),
  user: textOrNull,
  reason: textOrNull,
  refusals: count,
  reasons: z.array(
    z.strictObject({
      reason: z.string().describe('An error code, or `upstream_400` and the like.'),
      meaning: z.string(),
      refusals: count,
      customers: count,
      last_day: z.iso.date(),
    }),
  ),
  days: z.array(z.strictObject({ day: z.iso.date(), reason: z.string(), refusals: count })),
  customers: z
    .array(
      z.strictObject({
        user: z.string(),
        name: textOrNull,
        refusals: count,
        main_reason: z.string(),
        of_main_reason: count,
      }),
    )
    .describe('Most refusals first.'),
});
export type RefusalsView = z.infer<typeof refusalsView>;

export const activityView = z.strictObject({
  day: z.iso.date().describe('UTC.'),
  findings: z.array(
    z.strictObject({
      user: z.string(),
      name: z.string(),
      rule: z.enum(SUSPICION_RULES),
      subject: textOrNull.describe('The token or model it is about.'),
      unit: z.enum(['nano_usd', 'refusals', 'days', 'tokens']),
      value: count,
      usual: count.describe('What is usual, or still allowed.'),
      times: z.number().nullable().describe('How many times the usual; null where nothing is usual.'),
    }),
  ),
});
export type ActivityView = z.infer<typeof activityView>;

const rates = {
  input: count,
  output: count,
  cache_read: count,
  cache_write_5m: count,
  cache_write_1h: count,
};

export const priceLine = z.strictObject({
  model: z.string(),
  providers: z.array(z.string()).describe('That list a model billed by this price.'),
  ...rates,
  web_search: count,
  tiers: z.array(z.strictObject({ above_prompt_tokens: count, ...rates })),
  effective_from: z.iso.date().nullable(),
  age_days: countOrNull,
  source: z.enum(['repository', 'configured', 'override']),
  version: z.string(),
});
export type PriceLine = z.infer<typeof priceLine>;

export const unpricedLine = z.strictObject({
  provider: z.string(),
  model: z.string(),
  why: z.enum(['called', 'listed']).describe('It was called without a price, or could be.'),
  calls: count,
  last_call_at: instantOrNull.describe('To the hour.'),
});
export type UnpricedLine = z.infer<typeof unpricedLine>;

export const priceTableView = z.strictObject({
  as_of: z.iso.date(),
  models: count.describe('With a price, before any filter.'),
  prices: z.array(priceLine).describe('Nano-USD per million tokens.'),
  providers: z.array(z.string()),
  unpriced: z.array(unpricedLine),
  overrides: z.array(priceView),
});
export type PriceTableView = z.infer<typeof priceTableView>;

export const eventLine = z.strictObject({
  id: z.string(),
  type: z.string(),
  user: z.string(),
  facts: z.record(z.string(), z.unknown()).describe('As they were when it happened.'),
  state: z.enum(['waiting', 'failing', 'delivered', 'given_up']),
  attempts: count,
  created_at: instantView,
  next_attempt_at: instantOrNull,
  delivered_at: instantOrNull,
  last_error: textOrNull,
});
export type EventLine = z.infer<typeof eventLine>;

export const eventsPage = z.strictObject({ ...pageOf(eventLine).shape, waiting: count, failing: count });
