/** The operator's table of customers of a month: spend, margin of the plan's price against it, and nearness to the caps. */
import { z } from 'zod';
import {
  CUSTOMER_SORTS,
  customerFromRow,
  type CustomerRow,
  type CustomerSort,
  customersStatement,
  type SortOrder,
} from '@/db/queries/operator-customers';
import { withBusyRetry } from '@/db/retry';
import { type CapLevel, type CapName, capState } from '@/lib/domain/cap-state';
import { monthOf, monthResetsAtMs } from '@/lib/domain/month';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import type { AccountContext } from './context';
import { month as monthField, reference } from './fields';
import { parseInput } from './input';
import type { CustomerLine } from './operator-views';
import { pageFields, type Page } from './page';
import { sortedPosition, toSortedPage } from './sorted-page';

const LONGEST_SEARCH = 200;

/** What a reader looks for first: who costs most, who earns least, who is nearest to a cap, A before B. */
export const SORT_ORDERS: Readonly<Record<CustomerSort, SortOrder>> = {
  spend: 'desc',
  margin: 'asc',
  cap: 'desc',
  name: 'asc',
};

export const ListCustomersInput = z.strictObject({
  month: monthField.optional().describe('The current one when left out.'),
  search: z
    .string()
    .trim()
    .max(LONGEST_SEARCH)
    .optional()
    .describe('Part of an id, a name or an e-mail address.'),
  plan: reference.optional(),
  sort: z.enum(CUSTOMER_SORTS).default('spend'),
  order: z
    .enum(['asc', 'desc'])
    .optional()
    .describe('Spend and cap come from the highest, margin from the lowest, unless said otherwise.'),
  limit: pageFields.limit,
  cursor: z.string().optional(),
});

/** The instants a month begins and ends at, milliseconds since the epoch. */
export function monthSpan(name: string): { readonly fromMs: number; readonly untilMs: number } {
  const fromMs = Date.parse(`${name}-01`);
  return { fromMs, untilMs: monthResetsAtMs(fromMs) };
}

const RANK: Readonly<Record<CapLevel, number>> = { none: 0, near: 1, close: 2, reached: 3 };

/** The cap that is nearest to being reached. */
function nearestCap(row: CustomerRow, month: string, nowMs: number): CustomerLine['cap'] {
  const limitNanoUsd = row.monthlyCostCents === null ? null : row.monthlyCostCents * NANO_USD_PER_CENT;
  const resetsAtMs = monthSpan(month).untilMs;
  const stateOf = (
    cap: CapName,
    limit: number | null,
    used: number,
    held: number,
    blockedAtMs: number | null,
  ) => capState({ cap, limit, used, held, blockedAtMs, perDay: 0, nowMs, resetsAtMs });
  const tokens = stateOf('tokens', row.monthlyTokens, row.tokens, row.tokensHeld, row.tokensBlockedAt);
  const cost = stateOf('cost', limitNanoUsd, row.spendNanoUsd, row.heldNanoUsd, row.costBlockedAt);
  const byLevel = RANK[tokens.level] - RANK[cost.level];
  const nearest = (byLevel || (tokens.percent ?? -1) - (cost.percent ?? -1)) < 0 ? cost : tokens;
  return {
    cap: nearest.percent === null ? null : nearest.cap,
    level: nearest.level,
    percent: nearest.percent,
  };
}

/** Whole per cent of the price, rounded down; `null` where there is no price to keep a share of. */
export function marginPercent(marginNanoUsd: number, priceCents: number): number | null {
  if (priceCents === 0) return null;
  return Math.floor((marginNanoUsd * 100) / (priceCents * NANO_USD_PER_CENT));
}

function presentCustomer(row: CustomerRow, month: string, nowMs: number): CustomerLine {
  const { priceCents, spendNanoUsd } = row;
  const margin = priceCents === null ? null : priceCents * NANO_USD_PER_CENT - spendNanoUsd;
  return {
    user: row.id,
    name: row.name,
    email: row.email,
    plan: row.plan,
    suspended: row.suspendedAt !== null,
    month,
    price_cents: priceCents,
    spend_nano_usd: spendNanoUsd,
    held_nano_usd: row.heldNanoUsd,
    margin_nano_usd: margin,
    margin_percent: margin === null || priceCents === null ? null : marginPercent(margin, priceCents),
    cap: nearestCap(row, month, nowMs),
    tokens_used: row.tokens,
    tokens_held: row.tokensHeld,
    tokens_limit: row.monthlyTokens,
    cost_limit_nano_usd: row.monthlyCostCents === null ? null : row.monthlyCostCents * NANO_USD_PER_CENT,
    requests: row.requests,
    last_call_at: row.lastAt === null ? null : new Date(row.lastAt).toISOString(),
    created_at: new Date(row.createdAt).toISOString(),
  };
}

/** @throws GatewayError `body_invalid` */
export async function listCustomers(context: AccountContext, input: unknown): Promise<Page<CustomerLine>> {
  const wanted = parseInput(ListCustomersInput, input);
  const { sort, limit } = wanted;
  const nowMs = context.nowMs();
  const shown = wanted.month ?? monthOf(nowMs);
  const order = wanted.order ?? SORT_ORDERS[sort];
  const named = `customers/${shown}/${sort}/${order}`;
  const statement = customersStatement({
    month: shown,
    untilMs: monthSpan(shown).untilMs,
    search: wanted.search === '' ? undefined : wanted.search,
    plan: wanted.plan,
    sort,
    order,
    after: sortedPosition(named, wanted.cursor),
    rows: limit + 1,
  });
  const { rows } = await withBusyRetry(() => context.database.client.execute(statement));
  return toSortedPage(
    rows.map(customerFromRow),
    limit,
    named,
    (row) => presentCustomer(row, shown, nowMs),
    (row) => ({ value: row.sortValue, id: row.id }),
  );
}
