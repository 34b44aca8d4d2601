/** Makes a plan. */
import { z } from 'zod';
import { insertPlan } from '@/db/queries/plans';
import { GatewayError } from '@/lib/domain/errors';
import { audited } from './audited';
import type { AccountContext } from './context';
import {
  line,
  monthlyCostCents,
  monthlyTokens,
  narrowing,
  perMinute,
  planName,
  priceCents,
  stripePriceId,
} from './fields';
import { parseInput } from './input';
import { presentPlan, type PlanView } from './present';

/** Both monthly caps must be given: a plan is uncapped because somebody wrote `null`, not because they forgot. */
export const CreatePlanInput = z.strictObject({
  plan: planName,
  monthly_tokens: monthlyTokens,
  monthly_cost_cents: monthlyCostCents,
  rate_limit_rpm: perMinute,
  rate_limit_tpm: perMinute,
  count_cache_reads: z.boolean().default(false),
  models: narrowing.default(null),
  price_cents: priceCents.default(null),
  listed: z.boolean().default(true),
  description: line.nullable().default(null),
  stripe_price_id: stripePriceId.nullable().default(null),
});

/** @throws GatewayError `body_invalid`; `conflict` when the name is taken */
export async function createPlan(context: AccountContext, input: unknown): Promise<PlanView> {
  const wanted = parseInput(CreatePlanInput, input);
  const row = await audited(
    context,
    'plan.create',
    [wanted.plan],
    insertPlan(context.database, {
      plan: wanted.plan,
      monthlyTokens: wanted.monthly_tokens,
      monthlyCostCents: wanted.monthly_cost_cents,
      rateLimitRpm: wanted.rate_limit_rpm,
      rateLimitTpm: wanted.rate_limit_tpm,
      countCacheReads: wanted.count_cache_reads,
      models: wanted.models,
      priceCents: wanted.price_cents,
      listed: wanted.listed,
      description: wanted.description,
      stripePriceId: wanted.stripe_price_id,
      updatedAt: context.nowMs(),
    }),
  );
  if (row === undefined) throw new GatewayError('conflict', `There is a plan "${wanted.plan}" already.`);
  context.forget();
  return presentPlan(row);
}
