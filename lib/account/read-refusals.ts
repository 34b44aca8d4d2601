/** Refused calls of the last days by reason, by day and by customer, with what each reason means. */
import { z } from 'zod';
import {
  refusalDayFromRow,
  refusalsByCustomerStatement,
  refusalsByDayStatement,
  type RefusedCustomer,
  refusedCustomerFromRow,
} from '@/db/queries/operator-refusals';
import { withBusyRetry } from '@/db/retry';
import { dayOf } from '@/lib/domain/month';
import { meaningOf } from '@/lib/domain/refusal-words';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';
import type { RefusalsView } from './operator-views';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** A quarter: keeps one read small. */
const MOST_DAYS = 92;
const MOST_CUSTOMERS = 100;

/** `days` up to today, in UTC. */
export const ReadRefusalsInput = z.strictObject({
  days: z.coerce.number('must be a number').int().min(1).max(MOST_DAYS).default(DEFAULT_DAYS),
  user: reference.optional(),
  reason: reference.optional(),
});

function byReason(rows: readonly RefusedCustomer[]): RefusalsView['reasons'] {
  const reasons = new Map<string, RefusalsView['reasons'][number]>();
  for (const { reason, refusals, lastDay } of rows) {
    const before = reasons.get(reason);
    reasons.set(reason, {
      reason,
      meaning: meaningOf(reason),
      refusals: (before?.refusals ?? 0) + refusals,
      customers: (before?.customers ?? 0) + 1,
      last_day: before !== undefined && before.last_day > lastDay ? before.last_day : lastDay,
    });
  }
  return [...reasons.values()].toSorted((a, b) => b.refusals - a.refusals || (a.reason < b.reason ? -1 : 1));
}

/** Those with most refusals, each with the reason of most of them. */
function byCustomer(rows: readonly RefusedCustomer[]): RefusalsView['customers'] {
  const customers = new Map<string, RefusalsView['customers'][number]>();
  for (const { user, name, reason, refusals } of rows) {
    const before = customers.get(user);
    const isMain = before === undefined || refusals > before.of_main_reason;
    customers.set(user, {
      user,
      name,
      refusals: (before?.refusals ?? 0) + refusals,
      main_reason: isMain ? reason : before.main_reason,
      of_main_reason: isMain ? refusals : before.of_main_reason,
    });
  }
  return [...customers.values()]
    .toSorted((a, b) => b.refusals - a.refusals || (a.user < b.user ? -1 : 1))
    .slice(0, MOST_CUSTOMERS);
}

/** @throws GatewayError `body_invalid` */
export async function readRefusals(context: AccountContext, input: unknown): Promise<RefusalsView> {
  const { days, user, reason } = parseInput(ReadRefusalsInput, input);
  const nowMs = context.nowMs();
  const span = { from: dayOf(nowMs - (days - 1) * DAY_MS), to: dayOf(nowMs), user, reason };
  const [perDay, perCustomer] = await withBusyRetry(() =>
    context.database.client.batch([refusalsByDayStatement(span), refusalsByCustomerStatement(span)], 'read'),
  );
  const rows = (perCustomer?.rows ?? []).map(refusedCustomerFromRow);
  return {
    from: span.from,
    to: span.to,
    user: user ?? null,
    reason: reason ?? null,
    refusals: rows.reduce((sum, { refusals }) => sum + refusals, 0),
    reasons: byReason(rows),
    days: (perDay?.rows ?? []).map(refusalDayFromRow),
    customers: byCustomer(rows),
  };
}
