/** How near a customer is to a monthly cap, when it will be reached at the present pace, and what each threshold is called. */
import { dayOf } from './month';

export type CapName = 'tokens' | 'cost';

/** Per cent of a cap at which a customer is told. The trigger in `drizzle/0005_pages_triggers.sql` has the same, held by a test. */
export const NEAR_PERCENT = 80;
export const CLOSE_PERCENT = 95;
export const REACHED_PERCENT = 100;
export const CAP_THRESHOLDS = [NEAR_PERCENT, CLOSE_PERCENT, REACHED_PERCENT] as const;
export type CapThreshold = (typeof CAP_THRESHOLDS)[number];

export type CapLevel = 'none' | 'near' | 'close' | 'reached';

const DAY_MS = 86_400_000;
/** A whole week, so that quiet weekends and busy Mondays are both in it. */
const PACE_DAYS = 7;
/** A customer's first minutes, stretched to a day, would promise anything: they count as an hour. */
const SHORTEST_PACE_MS = 3_600_000;

export interface CapFacts {
  readonly cap: CapName;
  /** `null`: no cap. Tokens, or nano-USD; so are all figures. */
  readonly limit: number | null;
  readonly used: number;
  /** Worst case of running calls. */
  readonly held: number;
  /** Use per day at the present pace. */
  readonly perDay: number;
  readonly nowMs: number;
  readonly resetsAtMs: number;
  /** When a call was first refused for this cap; `null` when none was. */
  readonly blockedAtMs: number | null;
}

export interface CapState {
  readonly cap: CapName;
  readonly limit: number | null;
  readonly used: number;
  readonly held: number;
  /** What is neither used nor held, never below zero; `null` without a cap. */
  readonly remaining: number | null;
  /** Whole per cent used, rounded down; over 100 when a call cost more than it held; `null` without a cap. */
  readonly percent: number | null;
  readonly level: CapLevel;
  /** When `used` reaches the cap at this pace; `null` when that isn't before the reset, or has happened. */
  readonly reachesAtMs: number | null;
  /** Until when calls are refused; `null` while they aren't. */
  readonly blockedUntilMs: number | null;
}

/** Whether `used` is at least `percent` of `limit`: exact, since nano-dollars times a hundred leave a double's range. */
function isAtLeast(used: number, limit: number, percent: number): boolean {
  return BigInt(used) * 100n >= BigInt(limit) * BigInt(percent);
}

function levelOf(used: number, limit: number): CapLevel {
  if (isAtLeast(used, limit, REACHED_PERCENT)) return 'reached';
  if (isAtLeast(used, limit, CLOSE_PERCENT)) return 'close';
  return isAtLeast(used, limit, NEAR_PERCENT) ? 'near' : 'none';
}

/** Whole per cent, rounded down. A cap of zero lets nothing through: all of it is used. `null` without a cap. */
export function percentOf(used: number, limit: number | null): number | null {
  if (limit === null) return null;
  return limit === 0 ? REACHED_PERCENT : Number((BigInt(used) * 100n) / BigInt(limit));
}

function reachesAt(left: number, { perDay, nowMs, resetsAtMs }: CapFacts): number | null {
  if (perDay <= 0) return null;
  const waitMs = (BigInt(left) * BigInt(DAY_MS) + BigInt(perDay) - 1n) / BigInt(perDay);
  const atMs = BigInt(nowMs) + waitMs;
  return atMs < BigInt(resetsAtMs) ? Number(atMs) : null;
}

/** The state of one cap. All figures are whole numbers. */
export function capState(facts: CapFacts): CapState {
  const { cap, limit, used, held, blockedAtMs, resetsAtMs } = facts;
  if (limit === null) {
    const none = { remaining: null, percent: null, level: 'none', reachesAtMs: null } as const;
    return { cap, limit, used, held, ...none, blockedUntilMs: null };
  }
  const level = blockedAtMs === null ? levelOf(used, limit) : 'reached';
  return {
    cap,
    limit,
    used,
    held,
    remaining: Math.max(0, limit - used - held),
    percent: percentOf(used, limit),
    level,
    reachesAtMs: level === 'reached' ? null : reachesAt(limit - used, facts),
    blockedUntilMs: level === 'reached' ? resetsAtMs : null,
  };
}

const THRESHOLD_OF: Readonly<Record<CapLevel, CapThreshold | null>> = {
  none: null,
  near: NEAR_PERCENT,
  close: CLOSE_PERCENT,
  reached: REACHED_PERCENT,
};

/** The threshold a level stands for; `null` below the first. */
export function thresholdOf(level: CapLevel): CapThreshold | null {
  return THRESHOLD_OF[level];
}

/** What was used on one UTC day, `YYYY-MM-DD`. */
export interface DayFigure {
  readonly day: string;
  readonly used: number;
}

/** The first of the UTC days that the pace at `nowMs` is made of. */
export function paceSince(nowMs: number): string {
  return dayOf(nowMs - (PACE_DAYS - 1) * DAY_MS);
}

/**
 * Mean use per day over the last seven UTC days, rounded to a whole number. Of today only the part that has passed counts;
 * of a younger customer (`sinceMs`: when he came) only the time he has been here.
 */
export function paceOf(days: readonly DayFigure[], nowMs: number, sinceMs: number): number {
  const first = paceSince(nowMs);
  const today = dayOf(nowMs);
  const used = days
    .filter(({ day }) => day >= first && day <= today)
    .reduce((sum, day) => sum + BigInt(day.used), 0n);
  const spanMs = BigInt(Math.max(SHORTEST_PACE_MS, nowMs - Math.max(Date.parse(first), sinceMs)));
  const doubled = (used * BigInt(DAY_MS) * 2n) / spanMs;
  return Number((doubled + 1n) / 2n);
}

/** What the month comes to if the pace holds until its reset; rounded to a whole number. */
export function projectedUse(used: number, perDay: number, nowMs: number, resetsAtMs: number): number {
  const leftMs = BigInt(Math.max(0, resetsAtMs - nowMs));
  return Number(BigInt(used) + (BigInt(perDay) * leftMs + BigInt(DAY_MS) / 2n) / BigInt(DAY_MS));
}

/** Whether a month's use stays within a cap; `null`: nobody knows what will be used. */
export function fitsCap(limit: number | null, needed: number | null): 'yes' | 'no' | 'unknown' {
  if (limit === null) return 'yes';
  if (needed === null) return 'unknown';
  return needed <= limit ? 'yes' : 'no';
}
