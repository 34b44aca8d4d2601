/** Retries a database call while another process holds the lock, and only then. */

/** How long a call may wait for locks altogether: past this the database counts as down. */
const BUSY_DEADLINE_MS = 10_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** SQLite's "somebody else is writing": nothing was applied, so trying again is safe. */
export function isBusy(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') return true;
  const cause = (error as { cause?: unknown } | null)?.cause;
  return cause !== undefined && cause !== error && isBusy(cause);
}

/**
 * Runs `work`, again with growing, jittered pauses while the database is busy.
 * Any other failure is thrown at once: a remote write may have been applied before its answer was lost.
 */
export async function withBusyRetry<T>(work: () => Promise<T>): Promise<T> {
  const deadlineMs = Date.now() + BUSY_DEADLINE_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
    }
  }
}
