/** Work that outlives its response on a self-hosted server: kept until done, so that a shutdown can wait for it. */

export class DrainList {
  #open = new Set<Promise<unknown>>();

  constructor(private readonly onError: (error: unknown) => void) {}

  readonly add = (work: Promise<unknown>): void => {
    const kept = work.catch(this.onError).finally(() => this.#open.delete(kept));
    this.#open.add(kept);
  };

  get size(): number {
    return this.#open.size;
  }

  /** Resolves when nothing is left or the deadline has passed; says how much was left. */
  async drain(deadlineMs: number): Promise<number> {
    const untilMs = Date.now() + deadlineMs;
    while (this.#open.size > 0 && Date.now() < untilMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, untilMs - Date.now())));
      await Promise.race([Promise.all(this.#open), late]);
      clearTimeout(timer);
    }
    return this.#open.size;
  }
}
