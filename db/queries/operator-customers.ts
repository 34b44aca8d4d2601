/** The operator's table of customers: plan, month and nearness to the caps of each, in any order, and the sums over all. */
import type { InArgs, InStatement, Row } from '@libsql/client';
import { CLOSE_PERCENT, NEAR_PERCENT } from '@/lib/domain/cap-state';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { numberOf, numberOrNull, textOf, textOrNull } from './row';

export const CUSTOMER_SORTS = ['spend', 'margin', 'cap', 'name'] as const;
export type CustomerSort = (typeof CUSTOMER_SORTS)[number];
export type SortOrder = 'asc' | 'desc';

const CENT = String(NANO_USD_PER_CENT);
const COST_LIMIT = `(p.monthly_cost_cents * ${CENT})`;
const TOKENS_USED = 'coalesce(m.tokens_committed, 0)';
const SPENT = 'coalesce(m.nano_usd_committed, 0)';

/** Customers of a month with plan and counters; the events tell whose calls a cap has stopped (see `llm_usage_blocked`). */
const CUSTOMERS = `users u JOIN plan_limits p ON p.plan = u.plan
LEFT JOIN usage_months m ON m.user_id = u.id AND m.month = :month
LEFT JOIN events bt ON bt.key = 'blocked/' || u.id || '/' || :month || '/tokens/' || p.monthly_tokens
LEFT JOIN events bc ON bc.key = 'blocked/' || u.id || '/' || :month || '/cost/' || ${COST_LIMIT}`;

/** Hundredths of a per cent of a cap: fine enough to sort by. A cap of zero lets nothing through. */
const shareOf = (used: string, limit: string) =>
  `CASE WHEN ${limit} IS NULL THEN -1 WHEN ${limit} = 0 THEN 10000 ELSE CAST(${used} * 10000.0 / ${limit} AS INTEGER) END`;
const CAP_SHARE = `max(${shareOf(TOKENS_USED, 'p.monthly_tokens')}, ${shareOf(SPENT, COST_LIMIT)},
  CASE WHEN bt.key IS NULL AND bc.key IS NULL THEN -1 ELSE 10000 END)`;

const levelOf = (used: string, limit: string, blocked: string) => `CASE
  WHEN ${limit} IS NULL THEN 0
  WHEN ${blocked}.key IS NOT NULL OR ${used} >= ${limit} THEN 3
  WHEN ${used} * 100 >= ${limit} * ${String(CLOSE_PERCENT)} THEN 2
  WHEN ${used} * 100 >= ${limit} * ${String(NEAR_PERCENT)} THEN 1 ELSE 0 END`;
const LEVEL = `max(${levelOf(TOKENS_USED, 'p.monthly_tokens', 'bt')}, ${levelOf(SPENT, COST_LIMIT, 'bc')})`;

/** Sorts behind every margin there can be, in either order: a plan without a price has none. */
const noMargin = (order: SortOrder) =>
  String(order === 'asc' ? Number.MAX_SAFE_INTEGER : -Number.MAX_SAFE_INTEGER);

const sortValue: Readonly<Record<CustomerSort, (order: SortOrder) => string>> = {
  spend: () => SPENT,
  margin: (order) => `coalesce(p.price_cents * ${CENT} - ${SPENT}, ${noMargin(order)})`,
  cap: () => CAP_SHARE,
  name: () => 'lower(coalesce(u.name, u.id))',
};

export interface CustomerFilter {
  readonly month: string;
  /** Customers who came later were not there: milliseconds since the epoch. */
  readonly untilMs: number;
  /** Part of id, name or e-mail address, whatever the case. */
  readonly search?: string | undefined;
  readonly plan?: string | undefined;
}

export interface CustomerPage extends CustomerFilter {
  readonly sort: CustomerSort;
  readonly order: SortOrder;
  /** Sort value and id of the last row of the page before. */
  readonly after: { readonly value: number | string; readonly id: string } | undefined;
  readonly rows: number;
}

function whereOf({ month, untilMs, search, plan }: CustomerFilter) {
  const conditions = ['u.created_at < :until'];
  const args: Record<string, string | number> = { month, until: untilMs };
  if (search !== undefined) {
    conditions.push(
      `(instr(lower(u.id), :search) > 0 OR instr(lower(u.name), :search) > 0 OR instr(lower(u.email), :search) > 0)`,
    );
    // SQLite lowers ASCII alone; lowering more here would make other letters unfindable.
    args['search'] = search.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  }
  if (plan !== undefined) {
    conditions.push('u.plan = :plan');
    args['plan'] = plan;
  }
  return { conditions, args };
}

/** At most `rows` customers. Their latest sessions are looked up for these alone. */
export function customersStatement(page: CustomerPage): InStatement {
  const { conditions, args } = whereOf(page);
  const { sort, order, after, rows } = page;
  const value = sortValue[sort](order);
  if (after !== undefined) {
    conditions.push(`(${value}, u.id) ${order === 'asc' ? '>' : '<'} (:after, :after_id)`);
    Object.assign(args, { after: after.value, after_id: after.id });
  }
  const towards = order === 'asc' ? 'ASC' : 'DESC';
  return {
    sql: `SELECT c.*, (SELECT max(last_at) FROM sessions WHERE user_id = c.id) AS last_at FROM (
SELECT u.id, u.name, u.email, u.plan, u.suspended_at, u.created_at, p.price_cents, p.monthly_tokens, p.monthly_cost_cents,
  ${TOKENS_USED} AS tokens, coalesce(m.tokens_held, 0) AS tokens_held, ${SPENT} AS spend, coalesce(m.nano_usd_held, 0) AS held,
  coalesce(m.requests, 0) AS requests, bt.created_at AS tokens_blocked_at, bc.created_at AS cost_blocked_at, ${value} AS sort_value
FROM ${CUSTOMERS} WHERE ${conditions.join(' AND ')} ORDER BY sort_value ${towards}, u.id ${towards} LIMIT :rows) c
ORDER BY c.sort_value ${towards}, c.id ${towards}`,
    args: { ...args, rows } as InArgs,
  };
}

export function customerFromRow(row: Row) {
  const value = row['sort_value'];
  return {
    id: textOf(row['id']),
    name: textOrNull(row['name']),
    email: textOrNull(row['email']),
    plan: textOf(row['plan']),
    suspendedAt: numberOrNull(row['suspended_at']),
    createdAt: numberOf(row['created_at']),
    priceCents: numberOrNull(row['price_cents']),
    monthlyTokens: numberOrNull(row['monthly_tokens']),
    monthlyCostCents: numberOrNull(row['monthly_cost_cents']),
    tokens: numberOf(row['tokens']),
    tokensHeld: numberOf(row['tokens_held']),
    spendNanoUsd: numberOf(row['spend']),
    heldNanoUsd: numberOf(row['held']),
    requests: numberOf(row['requests']),
    tokensBlockedAt: numberOrNull(row['tokens_blocked_at']),
    costBlockedAt: numberOrNull(row['cost_blocked_at']),
    lastAt: numberOrNull(row['last_at']),
    sortValue: typeof value === 'number' ? value : textOf(value),
  };
}

export type CustomerRow = ReturnType<typeof customerFromRow>;

/** One row with the sums over all customers of a month. */
export function customerTotalsStatement(filter: CustomerFilter): InStatement {
  const { conditions, args } = whereOf(filter);
  return {
    sql: `SELECT count(*) AS customers, coalesce(sum(requests > 0), 0) AS active, coalesce(sum(suspended), 0) AS suspended,
  coalesce(sum(price_cents), 0) AS income_cents, coalesce(sum(price_cents IS NULL), 0) AS unpriced_plans,
  coalesce(sum(CASE WHEN price_cents IS NULL THEN 0 ELSE spend END), 0) AS priced_spend,
  coalesce(sum(spend), 0) AS spend, coalesce(sum(held), 0) AS held, coalesce(sum(tokens), 0) AS tokens,
  coalesce(sum(requests), 0) AS requests,
  coalesce(sum(level = 1), 0) AS near, coalesce(sum(level = 2), 0) AS close, coalesce(sum(level = 3), 0) AS reached
FROM (SELECT u.suspended_at IS NOT NULL AS suspended, p.price_cents, ${SPENT} AS spend, coalesce(m.nano_usd_held, 0) AS held,
    ${TOKENS_USED} AS tokens, coalesce(m.requests, 0) AS requests, ${LEVEL} AS level
  FROM ${CUSTOMERS} WHERE ${conditions.join(' AND ')})`,
    args: args as InArgs,
  };
}

export function customerTotalsFromRow(row: Row | undefined) {
  return {
    customers: numberOf(row?.['customers']),
    active: numberOf(row?.['active']),
    suspended: numberOf(row?.['suspended']),
    incomeCents: numberOf(row?.['income_cents']),
    withoutPrice: numberOf(row?.['unpriced_plans']),
    pricedSpendNanoUsd: numberOf(row?.['priced_spend']),
    spendNanoUsd: numberOf(row?.['spend']),
    heldNanoUsd: numberOf(row?.['held']),
    tokens: numberOf(row?.['tokens']),
    requests: numberOf(row?.['requests']),
    near: numberOf(row?.['near']),
    close: numberOf(row?.['close']),
    reached: numberOf(row?.['reached']),
  };
}

/** Caps to judge a plan's customers by in place of the stored ones. */
export interface OtherCaps {
  readonly plan: string;
  readonly monthlyTokens: number | null;
  readonly monthlyCostCents: number | null;
}

/** Per plan: customers, what they use this month, and how many have used up each cap, `other`'s where it names the plan. */
export function planUseStatement(month: string, other?: OtherCaps): InStatement {
  const tokens = other === undefined ? 'p.monthly_tokens' : ':tokens';
  const cents = other === undefined ? 'p.monthly_cost_cents' : ':cents';
  const args: Record<string, string | number | null> = { month };
  if (other !== undefined)
    Object.assign(args, { plan: other.plan, tokens: other.monthlyTokens, cents: other.monthlyCostCents });
  return {
    sql: `SELECT plan, count(*) AS customers, sum(over_tokens) AS over_tokens, sum(over_cost) AS over_cost,
  sum(over_tokens OR over_cost) AS over_any, sum(spend) AS spend
FROM (SELECT u.plan, coalesce(${TOKENS_USED} >= ${tokens}, 0) AS over_tokens,
    coalesce(${SPENT} >= ${cents} * ${CENT}, 0) AS over_cost, ${SPENT} AS spend
  FROM users u JOIN plan_limits p ON p.plan = u.plan LEFT JOIN usage_months m ON m.user_id = u.id AND m.month = :month
  ${other === undefined ? '' : 'WHERE u.plan = :plan'})
GROUP BY plan`,
    args: args as InArgs,
  };
}

export function planUseFromRow(row: Row) {
  return {
    plan: textOf(row['plan']),
    customers: numberOf(row['customers']),
    overTokens: numberOf(row['over_tokens']),
    overCost: numberOf(row['over_cost']),
    overAny: numberOf(row['over_any']),
    spendNanoUsd: numberOf(row['spend']),
  };
}
