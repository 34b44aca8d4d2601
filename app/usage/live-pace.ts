/** How often an open page asks whether anything changed. */

/** While calls run, or just after something changed: a person watches. */
export const SOON_MS = 2_000;
/** When nothing happens, a page left open costs the server next to nothing. */
const QUIET_MS = 30_000;
/** A server that fails is left alone to recover. */
const FAILING_MS = 120_000;
/** Half a minute between questions only after two quiet ones. */
const GROWTH = 1.25;
const FAILING_GROWTH = 2;

export type PulseOutcome = 'changed' | 'running' | 'quiet' | 'failed';

export function nextDelayMs(delayMs: number, outcome: PulseOutcome): number {
  if (outcome === 'failed') return Math.min(FAILING_MS, delayMs * FAILING_GROWTH);
  if (outcome === 'quiet') return Math.min(QUIET_MS, Math.round(delayMs * GROWTH));
  return SOON_MS;
}
