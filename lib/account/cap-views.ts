/** A customer's caps, prompts and plans to compare, as schemas of what their verbs answer. */
import { z } from 'zod';
import { count, countOrNull, instantOrNull, instantView, textOrNull } from './views';

const threshold = z.union([z.literal(80), z.literal(95), z.literal(100)]);

export const capView = z.strictObject({
  cap: z.enum(['tokens', 'cost']),
  unit: z.enum(['tokens', 'nano_usd']).describe('Of every figure here.'),
  limit: countOrNull.describe('null: no cap.'),
  used: count,
  held: count.describe('Worst case of running calls.'),
  remaining: countOrNull.describe('Neither used nor held.'),
  percent: countOrNull.describe('Whole per cent used, rounded down; null without a cap.'),
  level: z
    .enum(['none', 'near', 'close', 'reached'])
    .describe('From 80, 95 and 100 % on, or calls are refused.'),
  threshold: threshold.nullable().describe('The threshold that the level stands for.'),
  per_day: count.describe('Mean of the last seven days.'),
  projected: count.describe('What the month comes to at that pace.'),
  reaches_at: instantOrNull.describe(
    'When the cap is reached at that pace; null when not this month, or already.',
  ),
  blocked_at: instantOrNull.describe('When a call was first refused for this cap.'),
  blocked_until: instantOrNull,
  dismissed: z.array(threshold).describe('Thresholds whose prompt was put away this month.'),
  prompt: threshold.nullable().describe('The prompt to show: the threshold, unless it was put away.'),
});

export type CapView = z.infer<typeof capView>;

const upgradeView = z
  .strictObject({
    url: textOrNull.describe('The operator’s page, with user and plan in its query.'),
    checkout: z.boolean().describe('Whether plans can be bought here.'),
  })
  .describe('Checkout goes before the URL where there are both.');

export const capsView = z.strictObject({
  user: z.string(),
  plan: z.string(),
  month: z.string(),
  resets_at: instantView,
  tokens: capView,
  cost: capView,
  upgrade: upgradeView,
});

export type CapsView = z.infer<typeof capsView>;

const fits = z.enum(['yes', 'no', 'unknown']);

const comparedCap = z.strictObject({
  limit: countOrNull.describe('null: no cap.'),
  used: count.describe('This month so far, as this plan would count it.'),
  last_month: count,
  projected: countOrNull.describe('This month at the present pace; null when nothing was used yet.'),
  percent: countOrNull.describe('Of `used`, rounded down.'),
  projected_percent: countOrNull,
  fits: fits.describe('Whether the larger of last month and this month’s projection stays within the cap.'),
});

export const comparedPlanView = z.strictObject({
  plan: z.string(),
  description: textOrNull,
  price_cents: countOrNull.describe('US cents a month; null: not said.'),
  current: z.boolean(),
  fits,
  tokens: comparedCap,
  cost: comparedCap.describe('In nano-USD.'),
  requests_per_minute: count,
  tokens_per_minute: count,
  models: z.array(z.string()).nullable().describe('Models the plan allows; null for all.'),
  count_cache_reads: z.boolean(),
  can_checkout: z.boolean().describe('Whether it can be bought here.'),
  upgrade_url: textOrNull,
});

export type ComparedPlanView = z.infer<typeof comparedPlanView>;

export const comparisonView = z.strictObject({
  user: z.string(),
  month: z.string(),
  last_month: z.string(),
  resets_at: instantView,
  subscribed: z
    .boolean()
    .describe('Whether a subscription pays for the plan: changes go through its portal.'),
  plans: z.array(comparedPlanView).describe('Cheapest first.'),
});

export type ComparisonView = z.infer<typeof comparisonView>;

export const dismissedView = z.strictObject({
  user: z.string(),
  month: z.string(),
  cap: z.enum(['tokens', 'cost']),
  threshold,
});

export type DismissedView = z.infer<typeof dismissedView>;

export const checkoutView = z.strictObject({
  kind: z.enum(['checkout', 'portal']),
  url: z.url(),
});

export type CheckoutView = z.infer<typeof checkoutView>;
