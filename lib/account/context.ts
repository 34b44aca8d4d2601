/** What every account verb works with, whoever calls it: dashboard, management API or CLI. */
import type { Database } from '@/db/client';

export const ACTOR_KINDS = ['admin-token', 'operator', 'customer', 'cli', 'stripe', 'system'] as const;

/** Who acts, for the audit log. */
export interface Actor {
  readonly kind: (typeof ACTOR_KINDS)[number];
  /** In that kind's own words: an e-mail address, a customer's id; empty where the kind says it all. */
  readonly id: string;
}

export interface AccountContext {
  readonly database: Database;
  readonly actor: Actor;
  readonly nowMs: () => number;
  /** That many cryptographically random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Drops cached identities and prices of this process; other processes notice on their next admission. */
  readonly forget: () => void;
  /** Wire formats a token can be narrowed to; without it any name is taken. */
  readonly formats?: readonly string[];
}
