/** The store port on libSQL: identities, admissions, settlements and price overrides. */
import type { InStatement, ResultSet, Row } from '@libsql/client';
import type { Database } from '@/db/client';
import {
  admitStatement,
  admittedFromRow,
  monthFromRow,
  monthStatement,
  refusalStatement,
  touchTokenStatement,
} from '@/db/queries/admit';
import { identityFromRow, identityStatements } from '@/db/queries/identity';
import { PRICE_OVERRIDES, overridesFromRows } from '@/db/queries/prices';
import { answerFromRow, findAnswerStatement, keepAnswerStatement } from '@/db/queries/answers';
import { renewStatement, settleStatement } from '@/db/queries/settle';
import { withBusyRetry } from '@/db/retry';
import { capInTheWay, leastOf } from '@/lib/domain/caps';
import type { ModelPrice, PriceBook } from '@/lib/domain/price';
import type { Admission, AdmissionResult, Identity, Principal, Settlement, Store } from '@/lib/gateway/ports';
import { WriteQueue } from './write-queue';

/** How long an identity may be used without asking again. Admission re-checks it atomically, so this bounds only free endpoints. */
const IDENTITY_TTL_MS = 10_000;
/** Identities kept per process; the oldest goes first. */
const IDENTITIES_KEPT = 10_000;
/** How old price overrides may get before the next identity look-up brings them along. */
const PRICES_TTL_MS = 60_000;
/** Settlements kept through an outage of the database. */
const UNSETTLED_KEPT = 10_000;
/** A token's "last used" is written at most this often. */
const TOUCH_EVERY_MS = 60_000;

interface CachedIdentity {
  readonly row: Row | undefined;
  readonly readAtMs: number;
}

export interface LibsqlStore extends Store {
  /** Writes kept settlements and renews the holds of the calls this process is running. */
  tend(holdExpiresAtMs: number): Promise<void>;
  /** Drops cached identities and prices, after a change made through this process. */
  forget(): void;
}

export interface StoreOptions {
  readonly nowMs: () => number;
  /** Names this process on its rows, `place:pid:start`. */
  readonly owner: string;
  readonly createPriceBook: (overrides: readonly ModelPrice[]) => PriceBook;
  readonly onBadOverride: (model: string, reason: string) => void;
}

function cacheKey(principal: Principal): string {
  // Claims may hold any character: only JSON keeps two of them apart.
  return principal.kind === 'token' ? principal.hash : JSON.stringify([principal.userId, principal.plan]);
}

export function createLibsqlStore(database: Database, options: StoreOptions): LibsqlStore {
  const { client } = database;
  const writes = new WriteQueue(database);
  const identities = new Map<string, CachedIdentity>();
  const touchedAtMs = new Map<string, number>();
  const running = new Set<string>();
  const unsettled = new Map<string, Settlement>();
  let book = options.createPriceBook([]);
  let pricesReadAtMs = Number.NEGATIVE_INFINITY;

  /** Several reads in one round trip; a provisioning insert makes it a write. */
  async function readTogether(statements: InStatement[], mode: 'read' | 'write'): Promise<ResultSet[]> {
    const [only] = statements;
    if (statements.length === 1 && only !== undefined)
      return [await withBusyRetry(() => client.execute(only))];
    return withBusyRetry(() => client.batch(statements, mode));
  }

  async function readIdentityRow(principal: Principal): Promise<Row | undefined> {
    const nowMs = options.nowMs();
    const wanted = identityStatements(principal, nowMs);
    const withPrices = nowMs - pricesReadAtMs > PRICES_TTL_MS;
    const results = await readTogether(
      withPrices ? [...wanted, PRICE_OVERRIDES] : wanted,
      wanted.length > 1 ? 'write' : 'read',
    );
    if (withPrices) {
      book = options.createPriceBook(
        overridesFromRows(results[wanted.length]?.rows ?? [], options.onBadOverride),
      );
      pricesReadAtMs = nowMs;
    }
    const row = results[wanted.length - 1]?.rows[0];
    const key = cacheKey(principal);
    identities.delete(key);
    // Unknown credentials are not cached: a flood of them must not push good ones out.
    if (row !== undefined) identities.set(key, { row, readAtMs: nowMs });
    if (identities.size > IDENTITIES_KEPT) identities.delete(identities.keys().next().value ?? '');
    return row;
  }

  async function findIdentity(principal: Principal): Promise<Identity | null> {
    const cached = identities.get(cacheKey(principal));
    const fresh = cached !== undefined && options.nowMs() - cached.readAtMs <= IDENTITY_TTL_MS;
    return identityFromRow(principal, fresh ? cached.row : await readIdentityRow(principal));
  }

  /** No row was made: the identity changed, or the month has no room. */
  async function explain(admission: Admission): Promise<AdmissionResult> {
    const { principal, identity, startedAtMs } = admission;
    const results = await readTogether(
      [...identityStatements(principal, startedAtMs), monthStatement(identity, startedAtMs)],
      principal.kind === 'jwt' && principal.plan !== null ? 'write' : 'read',
    );
    const current = identityFromRow(principal, results.at(-2)?.rows[0]);
    const expired = typeof current?.expiresAtMs === 'number' && current.expiresAtMs <= startedAtMs;
    if (current?.version !== identity.version || current.suspended || current.revoked || expired) {
      identities.delete(cacheKey(principal));
      return { kind: 'stale', identity: current };
    }
    const month = monthFromRow(results.at(-1)?.rows[0], current);
    return { kind: 'refused', ...capInTheWay(month, leastOf(admission)), month };
  }

  async function admit(admission: Admission): Promise<AdmissionResult> {
    const [row] = await writes.run(admitStatement(admission, options.owner));
    if (row === undefined) return explain(admission);
    running.add(admission.id);
    return { kind: 'admitted', ...admittedFromRow(row, admission.identity) };
  }

  /** Writes a token's "last used" now and then, beside the settlement. */
  async function touch(tokenId: string | null): Promise<void> {
    const nowMs = options.nowMs();
    if (tokenId === null || nowMs - (touchedAtMs.get(tokenId) ?? 0) < TOUCH_EVERY_MS) return;
    if (touchedAtMs.size >= IDENTITIES_KEPT) touchedAtMs.clear();
    touchedAtMs.set(tokenId, nowMs);
    await writes.run(touchTokenStatement(tokenId, nowMs));
  }

  async function settle(settlement: Settlement): Promise<void> {
    await Promise.all([writes.run(settleStatement(settlement)), touch(settlement.tokenId)]);
    running.delete(settlement.id);
  }

  return {
    findIdentity,
    admit,
    settle,
    settleLater: (settlement) => {
      unsettled.set(settlement.id, settlement);
      // The oldest is given up to the sweeper: its hold is renewed no more and expires.
      const oldest = unsettled.keys().next().value;
      if (unsettled.size > UNSETTLED_KEPT && oldest !== undefined) {
        unsettled.delete(oldest);
        running.delete(oldest);
      }
    },
    tend: async (holdExpiresAtMs) => {
      for (const [id, settlement] of unsettled) {
        await settle(settlement);
        unsettled.delete(id);
      }
      if (running.size > 0) {
        await withBusyRetry(() => client.execute(renewStatement([...running], holdExpiresAtMs)));
      }
    },
    recordRefusal: async (refusal) => {
      await writes.run(refusalStatement(refusal));
    },
    keepAnswer: async (callId, answerId) => {
      await writes.run(keepAnswerStatement(callId, answerId));
    },
    findAnswer: async (answerId) => {
      const result = await withBusyRetry(() => client.execute(findAnswerStatement(answerId)));
      return answerFromRow(result.rows[0]);
    },
    readMonth: async (identity, atMs) => {
      const result = await withBusyRetry(() => client.execute(monthStatement(identity, atMs)));
      return monthFromRow(result.rows[0], identity);
    },
    prices: () => book,
    forget: () => {
      identities.clear();
      pricesReadAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
