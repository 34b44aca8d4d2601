/** Lists every plan, by name. */
import { z } from 'zod';
import { allPlans } from '@/db/queries/plans';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { parseInput } from './input';
import { wholePage, type Page } from './page';
import { presentPlan, type PlanView } from './present';

export const ListPlansInput = z.strictObject({});

/** @throws GatewayError `body_invalid` */
export async function listPlans(context: AccountContext, input: unknown): Promise<Page<PlanView>> {
  parseInput(ListPlansInput, input);
  return wholePage(await withBusyRetry(() => allPlans(context.database)), presentPlan);
}
