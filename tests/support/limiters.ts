/** What the limiter tests share: one clock for both limiters, a log that is kept, and short ways to expect. */
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { WINDOW_MS } from '@/lib/adapters/limiter-arithmetic';
import { createUpstashLimiter } from '@/lib/adapters/upstash-limiter';
import type { Limiter, LimiterDecision, Log, MinuteLimits } from '@/lib/gateway/ports';
import { startRedisRest, type RedisRest } from '@/tests/support/redis-rest';

/** The first millisecond of a window; its number is in the key of the counter. */
export const START_WINDOW = 30_000_000;
export const START_MS = START_WINDOW * WINDOW_MS;
export const SECOND_MS = 1_000;
/** 10 tokens per second, so that sums are easy to follow. */
export const LIMITS: MinuteLimits = { rpm: 5, tpm: 600 };

/** Far above any answer of a local Redis, even on a machine that is busy with other tests. */
const PATIENCE_MS = 30_000;

export interface LimiterBench {
  /** A Redis of this file's own. */
  readonly rest: RedisRest;
  /** Lines logged in this test so far. */
  readonly logged: readonly Parameters<Log['write']>[];
  readonly log: Log;
  /** A limiter as another instance would make it, but patient: a loaded machine is not an outage. */
  upstash(): Limiter;
}

/** Starts Redis once per file, and every test at `START_MS` on a `Date` that stands still. Call at the top. */
export function useLimiterBench(): () => LimiterBench {
  let rest: RedisRest | null = null;
  let logged: Parameters<Log['write']>[] = [];
  const log: Log = { write: (...line) => void logged.push(line) };
  beforeAll(async () => {
    rest = await startRedisRest();
  });
  afterAll(() => rest?.stop());
  beforeEach(() => {
    logged = [];
    vi.useFakeTimers({ toFake: ['Date'], now: START_MS });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  return () => {
    if (rest === null) throw new Error('Redis is started by beforeAll');
    const { url, token } = rest;
    return {
      rest,
      logged,
      log,
      upstash: () => createUpstashLimiter({ url, token, log, timeoutMs: PATIENCE_MS }),
    };
  };
}

export const nowMs = (): number => Date.now();

/** Moves the faked `Date` on. */
export function advance(byMs: number): void {
  vi.setSystemTime(Date.now() + byMs);
}

let lastUser = 0;
/** A customer that no other test has. */
export function newUser(): string {
  lastUser++;
  return `user-${lastUser}`;
}

type Allowed = Extract<LimiterDecision, { kind: 'allowed' }>;
type Refused = Extract<LimiterDecision, { kind: 'refused' }>;

/** @throws Error when it was not */
export function allowed(decision: LimiterDecision): Allowed {
  if (decision.kind !== 'allowed') throw new Error(`not allowed: ${JSON.stringify(decision)}`);
  return decision;
}

/** @throws Error when it was not */
export function refused(decision: LimiterDecision): Refused {
  if (decision.kind !== 'refused') throw new Error(`not refused: ${JSON.stringify(decision)}`);
  return decision;
}

/** Takes requests without tokens. @throws Error when one is not allowed */
export async function takeTimes(
  limiter: Limiter,
  userId: string,
  limits: MinuteLimits,
  times: number,
): Promise<void> {
  for (let time = 0; time < times; time++) allowed(await limiter.take(userId, limits, 0));
}

/** What `peek` says remains; `undefined` in an outage. */
export async function left(
  limiter: Limiter,
  userId: string,
  limits: MinuteLimits = LIMITS,
): Promise<{ requests: number | undefined; tokens: number | undefined }> {
  const state = await limiter.peek(userId, limits);
  return { requests: state?.requests.remaining, tokens: state?.tokens.remaining };
}
