/** Every plan with its customers of this month: how many, what they cost, and how many have used up each cap. */
import { z } from 'zod';
import { planUseFromRow, planUseStatement } from '@/db/queries/operator-customers';
import { allPlans } from '@/db/queries/plans';
import { withBusyRetry } from '@/db/retry';
import { monthOf } from '@/lib/domain/month';
import type { AccountContext } from './context';
import { parseInput } from './input';
import type { PlanUse } from './operator-views';
import { wholePage, type Page } from './page';
import { presentPlan } from './present';

export const ListPlanUseInput = z.strictObject({});

/** @throws GatewayError `body_invalid` */
export async function listPlanUse(context: AccountContext, input: unknown): Promise<Page<PlanUse>> {
  parseInput(ListPlanUseInput, input);
  const { database } = context;
  const month = monthOf(context.nowMs());
  const [plans, { rows }] = await withBusyRetry(() =>
    Promise.all([allPlans(database), database.client.execute(planUseStatement(month))]),
  );
  const uses = new Map(rows.map(planUseFromRow).map((use) => [use.plan, use]));
  return wholePage(plans, (plan) => {
    const use = uses.get(plan.plan);
    const shown = presentPlan(plan);
    return {
      ...shown,
      models: shown.models === null ? null : [...shown.models],
      month,
      customers: use?.customers ?? 0,
      spend_nano_usd: use?.spendNanoUsd ?? 0,
      over: { tokens: use?.overTokens ?? 0, cost: use?.overCost ?? 0, any: use?.overAny ?? 0 },
    };
  });
}
