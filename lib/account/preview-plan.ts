/** How many of a plan's customers would have used up other caps than it has now. Changes nothing. */
import { z } from 'zod';
import { planUseFromRow, planUseStatement } from '@/db/queries/operator-customers';
import { planByName } from '@/db/queries/plans';
import { withBusyRetry } from '@/db/retry';
import { monthOf } from '@/lib/domain/month';
import type { AccountContext } from './context';
import { found } from './demand';
import { monthlyCostCents, monthlyTokens, reference } from './fields';
import { parseInput } from './input';
import type { PlanPreview } from './operator-views';

/** A cap left out is the one it has. */
const PreviewPlanInput = z.strictObject({
  plan: reference,
  monthly_tokens: monthlyTokens.optional(),
  monthly_cost_cents: monthlyCostCents.optional(),
});

/** @throws GatewayError `body_invalid`, `not_found` */
export async function previewPlan(context: AccountContext, input: unknown): Promise<PlanPreview> {
  const wanted = parseInput(PreviewPlanInput, input);
  const { database } = context;
  const [row] = await withBusyRetry(() => planByName(database, wanted.plan));
  const stored = found(row, 'plan', wanted.plan);
  const caps = {
    monthlyTokens: wanted.monthly_tokens === undefined ? stored.monthlyTokens : wanted.monthly_tokens,
    monthlyCostCents:
      wanted.monthly_cost_cents === undefined ? stored.monthlyCostCents : wanted.monthly_cost_cents,
  };
  const month = monthOf(context.nowMs());
  const read = async (statement: ReturnType<typeof planUseStatement>) => {
    const { rows } = await withBusyRetry(() => database.client.execute(statement));
    const use = rows.map(planUseFromRow).find(({ plan }) => plan === wanted.plan);
    return { tokens: use?.overTokens ?? 0, cost: use?.overCost ?? 0, any: use?.overAny ?? 0, of: use };
  };
  const { of: now, ...overNow } = await read(
    planUseStatement(month, {
      plan: wanted.plan,
      monthlyTokens: stored.monthlyTokens,
      monthlyCostCents: stored.monthlyCostCents,
    }),
  );
  const { of: _then, ...overThen } = await read(planUseStatement(month, { plan: wanted.plan, ...caps }));
  return {
    plan: wanted.plan,
    month,
    customers: now?.customers ?? 0,
    monthly_tokens: caps.monthlyTokens,
    monthly_cost_cents: caps.monthlyCostCents,
    over_now: overNow,
    over_then: overThen,
  };
}
