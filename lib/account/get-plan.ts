/** Shows one plan. */
import { z } from 'zod';
import { planByName } from '@/db/queries/plans';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import { presentPlan, type PlanView } from './present';

export const GetPlanInput = z.strictObject({ plan: reference });

/** @throws GatewayError `body_invalid`, `not_found` */
export async function getPlan(context: AccountContext, input: unknown): Promise<PlanView> {
  const { plan } = parseInput(GetPlanInput, input);
  const [row] = await withBusyRetry(() => planByName(context.database, plan));
  return presentPlan(found(row, 'plan', plan));
}
