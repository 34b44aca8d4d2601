/** Both caps of a customer's month: how near they are, when they are reached, what is refused, and where to upgrade. */
import { z } from 'zod';
import { capsOfUser, countedByDay, dismissalsOf } from '@/db/queries/caps';
import { withBusyRetry } from '@/db/retry';
import {
  CAP_THRESHOLDS,
  capState,
  paceOf,
  paceSince,
  projectedUse,
  thresholdOf,
  type CapFacts,
  type CapName,
} from '@/lib/domain/cap-state';
import { dayOf, monthOf, monthResetsAtMs } from '@/lib/domain/month';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { upgradeUrl } from '@/lib/domain/upgrade-url';
import type { CapView, CapsView } from './cap-views';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import type { UpgradePorts } from './upgrade-ports';

const ReadCapsInput = z.strictObject({ user: reference });

const isoOrNull = (atMs: number | null): string | null =>
  atMs === null ? null : new Date(atMs).toISOString();

interface Dismissal {
  readonly cap: CapName;
  readonly threshold: number;
}

function presentCap(facts: CapFacts, dismissals: readonly Dismissal[]): CapView {
  const { reachesAtMs, blockedUntilMs, ...state } = capState(facts);
  const threshold = thresholdOf(state.level);
  const dismissed = CAP_THRESHOLDS.filter((each) =>
    dismissals.some((one) => one.cap === facts.cap && one.threshold === each),
  );
  return {
    ...state,
    unit: facts.cap === 'tokens' ? 'tokens' : 'nano_usd',
    threshold,
    per_day: facts.perDay,
    projected: projectedUse(facts.used, facts.perDay, facts.nowMs, facts.resetsAtMs),
    reaches_at: isoOrNull(reachesAtMs),
    blocked_at: isoOrNull(facts.blockedAtMs),
    blocked_until: isoOrNull(blockedUntilMs),
    dismissed,
    prompt: threshold !== null && dismissed.includes(threshold) ? null : threshold,
  };
}

/** @throws GatewayError `body_invalid`; `not_found` when there is no such user */
export async function readCaps(
  context: AccountContext,
  input: unknown,
  ports: UpgradePorts,
): Promise<CapsView> {
  const { user } = parseInput(ReadCapsInput, input);
  const { database } = context;
  const nowMs = context.nowMs();
  const monthName = monthOf(nowMs);
  const resetsAtMs = monthResetsAtMs(nowMs);
  const [rows, days, dismissals] = await withBusyRetry(() =>
    database.orm.batch([
      capsOfUser(database, user, monthName),
      countedByDay(database, user, paceSince(nowMs), dayOf(nowMs)),
      dismissalsOf(database, user, monthName),
    ]),
  );
  const row = found(rows[0], 'user', user);
  const { plan, month } = row;
  const pace = (figures: { day: string; used: number }[]) => paceOf(figures, nowMs, row.user.createdAt);
  return {
    user,
    plan: plan.plan,
    month: monthName,
    resets_at: new Date(resetsAtMs).toISOString(),
    tokens: presentCap(
      {
        cap: 'tokens',
        limit: plan.monthlyTokens,
        used: month?.tokensCommitted ?? 0,
        held: month?.tokensHeld ?? 0,
        perDay: pace(days.map((each) => ({ day: each.day, used: each.tokens }))),
        nowMs,
        resetsAtMs,
        blockedAtMs: row.tokensBlockedAt,
      },
      dismissals,
    ),
    cost: presentCap(
      {
        cap: 'cost',
        limit: plan.monthlyCostCents === null ? null : plan.monthlyCostCents * NANO_USD_PER_CENT,
        used: month?.nanoUsdCommitted ?? 0,
        held: month?.nanoUsdHeld ?? 0,
        perDay: pace(days.map((each) => ({ day: each.day, used: each.nanoUsd }))),
        nowMs,
        resetsAtMs,
        blockedAtMs: row.costBlockedAt,
      },
      dismissals,
    ),
    upgrade: {
      url: ports.upgradeUrl === null ? null : upgradeUrl(ports.upgradeUrl, { user, plan: plan.plan }),
      checkout: ports.seller !== null,
    },
  };
}
