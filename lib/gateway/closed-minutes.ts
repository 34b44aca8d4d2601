/** Remembers whose minute is used up until when, so that refusing them again costs next to nothing. */

/** Customers remembered at once; the oldest goes first. */
const CUSTOMERS_KEPT = 10_000;

export class ClosedMinutes {
  #until = new Map<string, number>();

  add(userId: string, untilMs: number): void {
    this.#until.delete(userId);
    this.#until.set(userId, untilMs);
    if (this.#until.size > CUSTOMERS_KEPT) this.#until.delete(this.#until.keys().next().value ?? '');
  }

  has(userId: string, nowMs: number): boolean {
    const untilMs = this.#until.get(userId);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    this.#until.delete(userId);
    return false;
  }
}
