/** What the management API answers with, as schemas: users, tokens, plans, prices and the audit log. Tests hold every answer against them. */
import { z } from 'zod';
import type { SignInLink } from './create-sign-in-link';
import type { FreshToken } from './create-token';
import type { AuditView } from './present-audit';
import type { PlanView, PriceView, TokenView, UserView } from './present';
import type { RotatedToken } from './rotate-token';

export const instantView = z.iso.datetime();
export const instantOrNull = instantView.nullable();
export const textOrNull = z.string().nullable();
export const count = z.int().min(0);
export const countOrNull = count.nullable();

/** One page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    data: z.array(item),
    next_cursor: textOrNull.describe('Give it back as `cursor` for the next page; null on the last.'),
    has_more: z.boolean(),
  });

export const userView = z.strictObject({
  id: z.string(),
  name: textOrNull,
  email: textOrNull,
  plan: z.string(),
  suspended: z.boolean(),
  suspended_at: instantOrNull,
  stripe_customer_id: textOrNull.describe('Stripe’s customer; null while nothing was paid there.'),
  stripe_subscription_id: textOrNull.describe('The subscription that pays for the plan.'),
  created_at: instantView,
  updated_at: instantView,
}) satisfies z.ZodType<UserView>;

export const signInLinkView = z.strictObject({
  url: z
    .string()
    .describe('Hand it to this user alone: it signs in whoever opens it first. Shown this once.'),
  expires_at: instantView,
}) satisfies z.ZodType<SignInLink>;

const tokenFields = {
  id: z.string().describe('Names the token in this API; it is not the secret.'),
  user: z.string(),
  name: z.string(),
  hint: z.string().describe('The secret’s beginning and end, to recognise it by.'),
  agent: textOrNull.describe('Calls are booked to this agent.'),
  campaign: textOrNull.describe('Calls are booked to this campaign.'),
  may_attribute: z.boolean().describe('Whether headers of a call may name another agent or campaign.'),
  scope_models: z
    .array(z.string())
    .nullable()
    .describe('Models it is narrowed to; null for all of the plan.'),
  scope_formats: z.array(z.string()).nullable().describe('Wire formats it is narrowed to; null for all.'),
  monthly_tokens: countOrNull.describe(
    'Tokens a month of its own, below the plan’s; null: the plan’s alone.',
  ),
  monthly_cost_cents: countOrNull.describe('US cents a month of its own; null: the plan’s alone.'),
  expires_at: instantOrNull,
  revoked: z.boolean(),
  revoked_at: instantOrNull,
  last_used_at: instantOrNull,
  created_at: instantView,
  updated_at: instantView,
};

export const tokenView = z.strictObject(tokenFields) satisfies z.ZodType<TokenView>;

const secret = z.string().describe('The gateway token itself, `tg_…`. This is the only time it is shown.');

export const freshTokenView = z.strictObject({
  ...tokenFields,
  token: secret,
}) satisfies z.ZodType<FreshToken>;

export const rotatedTokenView = z.strictObject({
  ...tokenFields,
  token: secret,
  replaces: z.string().describe('Id of the token that it takes the place of.'),
}) satisfies z.ZodType<RotatedToken>;

export const planView = z.strictObject({
  plan: z.string(),
  monthly_tokens: countOrNull.describe('null: no cap.'),
  monthly_cost_cents: countOrNull.describe('US cents; null: no cap.'),
  rate_limit_rpm: count.describe('Requests per minute.'),
  rate_limit_tpm: count.describe('Tokens per minute.'),
  count_cache_reads: z.boolean().describe('Whether prompt-cache reads count against the monthly tokens.'),
  models: z.array(z.string()).nullable().describe('Models the plan allows; null for all.'),
  price_cents: countOrNull.describe('US cents a month; null: not said.'),
  listed: z.boolean().describe('Whether customers who compare plans see it.'),
  description: textOrNull.describe('One line for who compares plans.'),
  stripe_price_id: textOrNull.describe('The recurring Stripe price that it is sold by.'),
  updated_at: instantOrNull.describe('null: never changed since it was installed.'),
}) satisfies z.ZodType<PlanView>;

const rates = {
  input: countOrNull,
  output: countOrNull,
  cache_read: countOrNull,
  cache_write_5m: countOrNull,
  cache_write_1h: countOrNull,
};

export const priceView = z
  .strictObject({
    model: z.string(),
    effective_from: z.iso.date().describe('UTC day from which it holds.'),
    ...rates,
    web_search: countOrNull.describe('Nano-USD per search.'),
    tiers: z
      .array(z.strictObject({ above_prompt_tokens: count, ...rates }))
      .describe('Rates of calls with longer prompts.'),
    version: textOrNull.describe('What rows of calls that were priced by it name.'),
    problem: textOrNull.describe('Why a row written by hand is not used; null when all is well.'),
    updated_at: instantView,
  })
  .describe(
    'Rates are integer nano-USD per million tokens: $3 is 3000000000.',
  ) satisfies z.ZodType<PriceView>;

const snapshotOrNull = z.record(z.string(), z.unknown()).nullable();

export const auditView = z.strictObject({
  id: z.string(),
  at: instantView,
  actor_kind: z.string().describe('`admin-token`, `operator`, `customer`, `cli`, `stripe` or `system`.'),
  actor_id: z.string().describe('Who of that kind; empty where the kind says it all.'),
  action: z.string().describe('What was done, such as `plan.change`.'),
  object_kind: z.string().describe('`plan`, `user`, `token` or `price`.'),
  object_id: z.string().describe('A price’s is `model@first-day`.'),
  user: textOrNull.describe('The customer it concerns; null for plans and prices.'),
  before: snapshotOrNull.describe('The stored row, without secrets; null: there was none.'),
  after: snapshotOrNull.describe('The stored row, without secrets; null: there is none any more.'),
}) satisfies z.ZodType<AuditView>;
