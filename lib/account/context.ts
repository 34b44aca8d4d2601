/** What every account verb works with, whoever calls it: dashboard, management API or CLI. */
import type { Database } from '@/db/client';

export interface AccountContext {
  readonly database: Database;
  readonly nowMs: () => number;
  /** That many cryptographically random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Drops cached identities and prices of this process; other processes notice on their next admission. */
  readonly forget: () => void;
  /** Wire formats a token can be narrowed to; without it any name is taken. */
  readonly formats?: readonly string[];
}
