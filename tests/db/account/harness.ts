/** An account on a database file of its own, with a clock the test turns and the store that the gateway would use. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openDatabase, type Database } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import type { AccountContext } from '@/lib/account/context';
import { createLibsqlStore, type LibsqlStore } from '@/lib/adapters/libsql-store';
import { createPriceBook } from '@/lib/domain/price-table';
import { UNKNOWN_USAGE, type Ending, type TokenUsage } from '@/lib/domain/usage';
import type { Admission, AdmissionResult, Identity, Principal } from '@/lib/gateway/ports';
import { sha256Hex } from '@/lib/std/sha256';

export const START_MS = Date.parse('2026-11-21T12:00:00.000Z');

export interface Harness {
  readonly database: Database;
  readonly account: AccountContext;
  /** A store of "another process": nobody tells it to forget, so it shows what admission alone catches. */
  readonly store: LibsqlStore;
  readonly url: string;
  setNow(atMs: number): void;
  forgotten(): number;
  close(): void;
}

export async function openHarness(): Promise<Harness> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tollgate-account-'));
  const url = `file:${path.join(folder, 'test.db')}`;
  const database = await openDatabase(url);
  await migrateDatabase(database);
  let nowMs = START_MS;
  let forgotten = 0;
  const store = createLibsqlStore(database, {
    nowMs: () => nowMs,
    owner: 'host:1:1',
    createPriceBook,
    onBadOverride: () => undefined,
  });
  return {
    database,
    url,
    store,
    account: {
      database,
      actor: { kind: 'system', id: '' },
      nowMs: () => nowMs,
      random: (bytes) => globalThis.crypto.getRandomValues(new Uint8Array(bytes)),
      forget: () => {
        forgotten++;
      },
      formats: ['anthropic', 'gemini'],
    },
    setNow: (atMs) => {
      nowMs = atMs;
    },
    forgotten: () => forgotten,
    close: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const principalOf = (token: string): Principal => ({ kind: 'token', hash: sha256Hex(token) });

export interface CallOptions {
  readonly id: string;
  readonly startedAtMs?: number;
  readonly holdExpiresAtMs?: number;
  readonly model?: string;
  readonly agent?: string;
  readonly session?: Admission['session'];
}

/** Admits a call as the gateway would, with an identity read earlier. */
export function admitCall(
  store: LibsqlStore,
  principal: Principal,
  identity: Identity,
  options: CallOptions,
): Promise<AdmissionResult> {
  const startedAtMs = options.startedAtMs ?? START_MS;
  return store.admit({
    id: options.id,
    userId: identity.userId,
    tokenId: identity.tokenId,
    agent: options.agent ?? identity.agent,
    campaign: identity.campaign,
    session: options.session ?? null,
    clientRequestId: null,
    startedAtMs,
    provider: 'anthropic',
    model: options.model ?? 'claude-sonnet-4-5',
    endpoint: 'messages',
    stream: false,
    promptTokens: 100,
    promptNanoUsd: 300_000,
    outputTokens: 50,
    minOutputTokens: 1,
    outputNanoUsdPerMillion: 15_000_000_000,
    holdExpiresAtMs: options.holdExpiresAtMs ?? startedAtMs + 600_000,
    identity,
    principal,
  });
}

export function settleCall(
  store: LibsqlStore,
  id: string,
  usage: Partial<TokenUsage>,
  ending: Ending = 'complete',
): Promise<void> {
  const all = { ...UNKNOWN_USAGE, ...usage };
  return store.settle({
    id,
    tokenId: null,
    ending,
    grade: 'exact',
    status: 200,
    usage: all,
    countedTokens: (all.inputTokens ?? 0) + (all.outputTokens ?? 0),
    costNanoUsd: 1_234_567,
    priceVersion: 'table/claude-sonnet-4-5@2025-09-29',
    usageRaw: JSON.stringify({ input_tokens: all.inputTokens }),
    reportedModel: 'claude-sonnet-4-5-20250929',
    upstreamRequestId: 'up_1',
    answerId: null,
    errorCode: null,
    attempts: 1,
    firstByteMs: 12,
    durationMs: 345,
  });
}

/** Admits a call with a token, as it is known now. */
export async function admitWith({ store }: Harness, token: string, options: CallOptions): Promise<void> {
  const principal = principalOf(token);
  const identity = await store.findIdentity(principal);
  if (identity === null) throw new Error('the token is unknown');
  const { kind } = await admitCall(store, principal, identity, options);
  if (kind !== 'admitted') throw new Error(`the call ${options.id} is ${kind}`);
}
