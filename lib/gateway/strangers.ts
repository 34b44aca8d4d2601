/** Watches for addresses that keep knocking with bad credentials: logs them as suspicious and answers them slowly. */
import type { Log } from './ports';

/** Failures within a window that are still an honest mistake (a client retries a stale key a few times). */
const HONEST_FAILURES = 5;
const WINDOW_MS = 60_000;
/** Each failure beyond that adds this much, up to the longest pause: guessing becomes pointless, memory stays small. */
const PAUSE_STEP_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Addresses watched at once. */
const ADDRESSES_KEPT = 10_000;
/** Answers held back at once; beyond it they go out at once, so slowing strangers can't pile up memory. */
const PAUSES_AT_ONCE = 200;

export class StrangerWatch {
  #seen = new Map<string, { failures: number; sinceMs: number }>();
  #pauses = 0;

  constructor(
    private readonly log: Log,
    private readonly nowMs: () => number,
  ) {}

  /** Notes one refused credential and resolves when it may be answered. */
  async note(address: string | null): Promise<void> {
    if (address === null) return;
    const nowMs = this.nowMs();
    let entry = this.#seen.get(address);
    if (entry === undefined || nowMs - entry.sinceMs > WINDOW_MS) {
      entry = { failures: 0, sinceMs: nowMs };
      this.#seen.delete(address);
      this.#seen.set(address, entry);
      if (this.#seen.size > ADDRESSES_KEPT) this.#seen.delete(this.#seen.keys().next().value ?? '');
    }
    entry.failures += 1;
    const excess = entry.failures - HONEST_FAILURES;
    if (excess <= 0) return;
    if (excess === 1 || excess % 100 === 0) {
      this.log.write('warn', 'suspicious', { address, failures: entry.failures, windowMs: WINDOW_MS });
    }
    if (this.#pauses >= PAUSES_AT_ONCE) return;
    this.#pauses += 1;
    await new Promise<void>((resolve) =>
      setTimeout(resolve, Math.min(excess * PAUSE_STEP_MS, LONGEST_PAUSE_MS)),
    );
    this.#pauses -= 1;
  }
}
