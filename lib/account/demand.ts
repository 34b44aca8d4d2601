/** Looks up what an input refers to, and says plainly when it is not there. */
import { allPlans, type PlanRow } from '@/db/queries/plans';
import { tokenById, type TokenRow } from '@/db/queries/tokens';
import { userById, type UserRow } from '@/db/queries/users';
import { withBusyRetry } from '@/db/retry';
import { GatewayError } from '@/lib/domain/errors';
import type { AccountContext } from './context';
import { inputError } from './input';

/** @throws GatewayError `not_found` when there is no row */
export function found<T>(row: T | undefined, what: string, id: string): T {
  if (row === undefined) throw new GatewayError('not_found', `There is no ${what} "${id}".`);
  return row;
}

/** @throws GatewayError `not_found` */
export async function demandUser({ database }: AccountContext, id: string): Promise<UserRow> {
  const [row] = await withBusyRetry(() => userById(database, id));
  return found(row, 'user', id);
}

/** With `user`, only that customer's. @throws GatewayError `not_found` */
export async function demandToken(
  { database }: AccountContext,
  id: string,
  user?: string,
): Promise<TokenRow> {
  const [row] = await withBusyRetry(() => tokenById(database, id, user));
  return found(row, 'token', id);
}

/**
 * A plan named in an input.
 * @throws GatewayError `body_invalid`, listing the plans there are
 */
export async function demandPlan({ database }: AccountContext, plan: string): Promise<PlanRow> {
  const plans = await withBusyRetry(() => allPlans(database));
  const row = plans.find((candidate) => candidate.plan === plan);
  if (row !== undefined) return row;
  throw inputError('plan', `"${plan}" is not a plan; plans are ${plans.map((each) => each.plan).join(', ')}`);
}
