/** Calendar months and days in UTC: the windows that caps and rollups are kept in. */

/** `2026-11` for an instant in milliseconds since the epoch. */
export function monthOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7);
}

/** `2026-11-21` for an instant in milliseconds since the epoch. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** The first instant after the month of `atMs`, in milliseconds: when monthly caps start afresh. */
export function monthResetsAtMs(atMs: number): number {
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
}

/** Committed, held and capped figures of one month, a customer's or a token's. `null` limit: uncapped. */
export interface MonthFigures {
  readonly tokensLimit: number | null;
  readonly tokensUsed: number;
  readonly tokensHeld: number;
  readonly costLimitNanoUsd: number | null;
  readonly costUsedNanoUsd: number;
  readonly costHeldNanoUsd: number;
}

/** A customer's month against the plan, and the token's against caps of its own, where it has any. Both bind. */
export interface MonthState extends MonthFigures {
  readonly token?: MonthFigures;
}

/** Both scopes of a month, the plan's first. */
export function scopesOf(month: MonthState): readonly MonthFigures[] {
  return month.token === undefined ? [month] : [month, month.token];
}
