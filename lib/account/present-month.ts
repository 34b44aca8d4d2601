/** A customer's month as JSON: what the caps are, what is used and held, what is left. */
import type { PlanRow } from '@/db/queries/plans';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';

/** Counters of one month, as `usage_months` keeps them; `null` before the first call. */
export interface MonthCounters {
  readonly tokensCommitted: number;
  readonly tokensHeld: number;
  readonly nanoUsdCommitted: number;
  readonly nanoUsdHeld: number;
}

type Caps = Pick<PlanRow, 'monthlyTokens' | 'monthlyCostCents'>;

/** A lowered cap can lie below what is used: nothing is left then, not less than nothing. */
function left(limit: number | null, taken: number): number | null {
  return limit === null ? null : Math.max(0, limit - taken);
}

export function presentMonth(caps: Caps, counters: MonthCounters | null) {
  const tokens = { used: counters?.tokensCommitted ?? 0, held: counters?.tokensHeld ?? 0 };
  const cost = { used: counters?.nanoUsdCommitted ?? 0, held: counters?.nanoUsdHeld ?? 0 };
  const costLimit = caps.monthlyCostCents === null ? null : caps.monthlyCostCents * NANO_USD_PER_CENT;
  return {
    tokens: {
      limit: caps.monthlyTokens,
      ...tokens,
      remaining: left(caps.monthlyTokens, tokens.used + tokens.held),
    },
    cost: {
      limit_nano_usd: costLimit,
      used_nano_usd: cost.used,
      held_nano_usd: cost.held,
      remaining_nano_usd: left(costLimit, cost.used + cost.held),
    },
  };
}
