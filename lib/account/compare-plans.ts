/** Every plan on offer with a customer's own usage laid over it: what each would have left of this month and the last. */
import { z } from 'zod';
import { capsOfUser, countedByDay, countersOf } from '@/db/queries/caps';
import { allPlans, type PlanRow } from '@/db/queries/plans';
import { withBusyRetry } from '@/db/retry';
import { fitsCap, paceOf, percentOf, projectedUse } from '@/lib/domain/cap-state';
import { dayOf, monthOf, monthResetsAtMs } from '@/lib/domain/month';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { upgradeUrl } from '@/lib/domain/upgrade-url';
import type { ComparedPlanView, ComparisonView } from './cap-views';
import type { AccountContext } from './context';
import { found } from './demand';
import { firstOfMonth, reference } from './fields';
import { parseInput } from './input';
import type { UpgradePorts } from './upgrade-ports';

const ComparePlansInput = z.strictObject({ user: reference });

interface Use {
  readonly used: number;
  readonly lastMonth: number;
  /** `null` before any use. */
  readonly projected: number | null;
}

interface Day {
  readonly day: string;
  readonly tokens: number;
  readonly nanoUsd: number;
  readonly cacheReadTokens: number;
}

interface Moment {
  readonly nowMs: number;
  readonly sinceMs: number;
  readonly resetsAtMs: number;
}

const sumOf = (days: readonly Day[], pick: (day: Day) => number, month: string): number =>
  days.filter(({ day }) => day.startsWith(month)).reduce((sum, day) => sum + pick(day), 0);

/** `usedNow` and `usedLast` are the counters that caps are checked against; the days give the pace. */
function useOf(
  usedNow: number,
  usedLast: number,
  days: readonly Day[],
  pick: (day: Day) => number,
  at: Moment,
): Use {
  const figures = days.map((day) => ({ day: day.day, used: pick(day) }));
  const perDay = paceOf(figures, at.nowMs, at.sinceMs);
  const idle = usedNow === 0 && usedLast === 0 && perDay === 0;
  return {
    used: usedNow,
    lastMonth: usedLast,
    projected: idle ? null : projectedUse(usedNow, perDay, at.nowMs, at.resetsAtMs),
  };
}

function layOver(limit: number | null, { used, lastMonth, projected }: Use): ComparedPlanView['tokens'] {
  return {
    limit,
    used,
    last_month: lastMonth,
    projected,
    percent: percentOf(used, limit),
    projected_percent: projected === null ? null : percentOf(projected, limit),
    fits: fitsCap(limit, projected === null ? null : Math.max(projected, lastMonth)),
  };
}

function bothFit(...answers: readonly ('yes' | 'no' | 'unknown')[]): 'yes' | 'no' | 'unknown' {
  if (answers.includes('no')) return 'no';
  return answers.includes('unknown') ? 'unknown' : 'yes';
}

/** Cheapest first; plans whose price isn't said come last, smaller caps first. */
function byPrice(a: PlanRow, b: PlanRow): number {
  const last = Number.MAX_SAFE_INTEGER;
  return (
    (a.priceCents ?? last) - (b.priceCents ?? last) ||
    (a.monthlyTokens ?? last) - (b.monthlyTokens ?? last) ||
    (a.monthlyCostCents ?? last) - (b.monthlyCostCents ?? last) ||
    a.plan.localeCompare(b.plan)
  );
}

/** @throws GatewayError `body_invalid`; `not_found` when there is no such user */
export async function comparePlans(
  context: AccountContext,
  input: unknown,
  ports: UpgradePorts,
): Promise<ComparisonView> {
  const { user } = parseInput(ComparePlansInput, input);
  const { database } = context;
  const nowMs = context.nowMs();
  const today = dayOf(nowMs);
  const month = monthOf(nowMs);
  const lastMonth = monthOf(Date.parse(firstOfMonth(today)) - 1);
  const [rows, last, days, plans] = await withBusyRetry(() =>
    database.orm.batch([
      capsOfUser(database, user, month),
      countersOf(database, user, lastMonth),
      countedByDay(database, user, `${lastMonth}-01`, today),
      allPlans(database),
    ]),
  );
  const row = found(rows[0], 'user', user);
  const resetsAtMs = monthResetsAtMs(nowMs);
  const at: Moment = { nowMs, sinceMs: row.user.createdAt, resetsAtMs };
  const before = last[0];
  const cost = useOf(
    row.month?.nanoUsdCommitted ?? 0,
    before?.nanoUsdCommitted ?? 0,
    days,
    (day) => day.nanoUsd,
    at,
  );

  /** Plans differ in whether cache reads count; the days know how many there were. */
  function tokensUnder(plan: PlanRow): Use {
    const difference = Number(plan.countCacheReads) - Number(row.plan.countCacheReads);
    const counted = (amount: number, cacheReads: number) => Math.max(0, amount + difference * cacheReads);
    const inMonth = (name: string) => sumOf(days, (day) => day.cacheReadTokens, name);
    return useOf(
      counted(row.month?.tokensCommitted ?? 0, inMonth(month)),
      counted(before?.tokensCommitted ?? 0, inMonth(lastMonth)),
      days,
      (day) => counted(day.tokens, day.cacheReadTokens),
      at,
    );
  }

  function compare(plan: PlanRow): ComparedPlanView {
    const current = plan.plan === row.plan.plan;
    const tokens = layOver(plan.monthlyTokens, tokensUnder(plan));
    const money = layOver(
      plan.monthlyCostCents === null ? null : plan.monthlyCostCents * NANO_USD_PER_CENT,
      cost,
    );
    const way = { user, plan: row.plan.plan, to: plan.plan };
    return {
      plan: plan.plan,
      description: plan.description,
      price_cents: plan.priceCents,
      current,
      fits: bothFit(tokens.fits, money.fits),
      tokens,
      cost: money,
      requests_per_minute: plan.rateLimitRpm,
      tokens_per_minute: plan.rateLimitTpm,
      models: plan.models === null ? null : [...plan.models],
      count_cache_reads: plan.countCacheReads,
      can_checkout: !current && ports.seller !== null && plan.stripePriceId !== null,
      upgrade_url: current || ports.upgradeUrl === null ? null : upgradeUrl(ports.upgradeUrl, way),
    };
  }

  return {
    user,
    month,
    last_month: lastMonth,
    resets_at: new Date(resetsAtMs).toISOString(),
    subscribed: row.user.stripeSubscriptionId !== null,
    plans: plans
      .filter((plan) => plan.listed || plan.plan === row.plan.plan)
      .toSorted(byPrice)
      .map(compare),
  };
}
