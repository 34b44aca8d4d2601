/** A month at a glance, over all customers: what providers cost, what plans bring in, and who is at a cap. */
import { z } from 'zod';
import { customerTotalsFromRow, customerTotalsStatement } from '@/db/queries/operator-customers';
import { withBusyRetry } from '@/db/retry';
import { monthOf } from '@/lib/domain/month';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import type { AccountContext } from './context';
import { month } from './fields';
import { parseInput } from './input';
import { marginPercent, monthSpan } from './list-customers';
import type { OverviewView } from './operator-views';

/** `month` is the current one when left out. */
export const ReadOverviewInput = z.strictObject({ month: month.optional() });

/** @throws GatewayError `body_invalid` */
export async function readOverview(context: AccountContext, input: unknown): Promise<OverviewView> {
  const { month: asked } = parseInput(ReadOverviewInput, input);
  const shown = asked ?? monthOf(context.nowMs());
  const statement = customerTotalsStatement({ month: shown, untilMs: monthSpan(shown).untilMs });
  const { rows } = await withBusyRetry(() => context.database.client.execute(statement));
  const totals = customerTotalsFromRow(rows[0]);
  const { incomeCents, customers, withoutPrice } = totals;
  // Spend of customers whose plan has no price has nothing to be set against.
  const margin =
    withoutPrice === customers ? null : incomeCents * NANO_USD_PER_CENT - totals.pricedSpendNanoUsd;
  return {
    month: shown,
    spend_nano_usd: totals.spendNanoUsd,
    held_nano_usd: totals.heldNanoUsd,
    income_cents: incomeCents,
    margin_nano_usd: margin,
    margin_percent: margin === null ? null : marginPercent(margin, incomeCents),
    customers,
    active_customers: totals.active,
    suspended_customers: totals.suspended,
    customers_without_price: withoutPrice,
    requests: totals.requests,
    counted_tokens: totals.tokens,
    caps: { near: totals.near, close: totals.close, reached: totals.reached },
  };
}
