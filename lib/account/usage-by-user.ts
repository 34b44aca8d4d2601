/** The operator's view of a month: per customer, calls, tokens and cost against the plan. Newest customers first. */
import { z } from 'zod';
import { userMonthsPage } from '@/db/queries/usage';
import { withBusyRetry } from '@/db/retry';
import { monthOf } from '@/lib/domain/month';
import type { AccountContext } from './context';
import { month } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentMonth } from './present-month';

/** `month` is the current one when left out. */
export const UsageByUserInput = z.strictObject({ month: month.optional(), ...pageFields });

export interface UserMonthView extends ReturnType<typeof presentMonth> {
  readonly user: string;
  readonly name: string | null;
  readonly plan: string;
  readonly suspended: boolean;
  readonly month: string;
  /** Calls that were let through. */
  readonly requests: number;
}

/** @throws GatewayError `body_invalid` */
export async function usageByUser(context: AccountContext, input: unknown): Promise<Page<UserMonthView>> {
  const { month: asked, cursor, limit } = parseInput(UsageByUserInput, input);
  const shown = asked ?? monthOf(context.nowMs());
  const page = { month: shown, after: cursor, rows: limit + 1 };
  const rows = await withBusyRetry(() => userMonthsPage(context.database, page));
  return toPage(
    rows,
    limit,
    (row) => ({
      user: row.user.id,
      name: row.user.name,
      plan: row.plan.plan,
      suspended: row.user.suspendedAt !== null,
      month: shown,
      requests: row.month?.requests ?? 0,
      ...presentMonth(row.plan, row.month),
    }),
    (row) => ({ at: row.user.createdAt, id: row.user.id }),
  );
}
