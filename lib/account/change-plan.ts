/** Changes what a plan allows, for every customer on it from their next call on, and how it is shown and sold. */
import { z } from 'zod';
import { updatePlan } from '@/db/queries/plans';
import { audited } from './audited';
import type { AccountContext } from './context';
import { found } from './demand';
import {
  line,
  monthlyCostCents,
  monthlyTokens,
  narrowing,
  perMinute,
  priceCents,
  reference,
  stripePriceId,
} from './fields';
import { changeSchema, parseInput } from './input';
import { presentPlan, type PlanView } from './present';

export const ChangePlanInput = changeSchema(
  { plan: reference },
  {
    monthly_tokens: monthlyTokens.optional(),
    monthly_cost_cents: monthlyCostCents.optional(),
    rate_limit_rpm: perMinute.optional(),
    rate_limit_tpm: perMinute.optional(),
    count_cache_reads: z.boolean().optional(),
    models: narrowing.optional(),
    price_cents: priceCents.optional(),
    listed: z.boolean().optional(),
    description: line.nullable().optional(),
    stripe_price_id: stripePriceId.nullable().optional(),
  },
);

/** @throws GatewayError `body_invalid`, `not_found` */
export async function changePlan(context: AccountContext, input: unknown): Promise<PlanView> {
  const wanted = parseInput(ChangePlanInput, input);
  const change = {
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
  };
  const row = await audited(
    context,
    'plan.change',
    [wanted.plan],
    updatePlan(context.database, wanted.plan, change, context.nowMs()),
  );
  context.forget();
  return presentPlan(found(row, 'plan', wanted.plan));
}
