/** The limiter every instance shares: `@upstash/ratelimit` on Upstash's REST API, its outages told as outages. */
import { Ratelimit } from '@upstash/ratelimit';
import { Redis } from '@upstash/redis';
import {
  assertLimits,
  chargeOf,
  minuteState,
  REFILL_INTERVAL_MS,
  refilled,
  refillOf,
  refusalOf,
  roomFor,
  stateOf,
  WINDOW_MS,
  windowOf,
  type Bucket,
  type WindowCounts,
} from '@/lib/adapters/limiter-arithmetic';
import type { Limiter, LimiterDecision, Log, MinuteLimits } from '@/lib/gateway/ports';

/** Request counters are `<prefix>:<user id>:<number of the minute since the epoch>`. */
const RPM_PREFIX = 'tollgate:rpm';
/** Token buckets are the hash `<prefix>:<user id>` of `tokens` and `refilledAt`. Neither key has a limit in it. */
const TPM_PREFIX = 'tollgate:tpm';
/** A limiter that takes longer than this costs callers more than the limit protects. */
const LIMITER_TIMEOUT_MS = 1_000;
/** How long after the limiter gave up its request is ended too, so that no socket is left hanging. */
const REQUEST_GRACE_MS = 250;
/** One: for the keep-alive connection that was closed under the request. */
const RETRIES = 1;
const RETRY_DELAY_MS = 20;
/** Limits come from a handful of plans; this only keeps years of edited plans from piling up. */
const MAX_RATELIMITS = 256;
/** Tries to take what is left while others take from the same bucket; each failure means it is nearly empty. */
const SETTLE_ATTEMPTS = 3;
/** A vendor's message may quote the whole command. */
const MAX_REASON_CHARS = 200;

export interface UpstashLimiterOptions {
  /** REST URL of the database, without a path. */
  readonly url: string;
  readonly token: string;
  /** Milliseconds since the epoch; must agree with `Date.now`, which `@upstash/ratelimit` reads. */
  readonly nowMs?: () => number;
  /** Longest a decision is waited for; `LIMITER_TIMEOUT_MS` by default. */
  readonly timeoutMs?: number;
  readonly log: Log;
}

type Outage = Extract<LimiterDecision, { kind: 'outage' }>;

interface Counters {
  readonly counts: WindowCounts;
  readonly bucket: Bucket | null;
  readonly nowMs: number;
}

/**
 * No method but `ping` fails for an unreachable limiter: `take` answers `outage`, `peek` null, the others nothing.
 * @throws RangeError (rejects) from every method but `ping` for limits that are not positive integers
 */
export function createUpstashLimiter(options: UpstashLimiterOptions): Limiter {
  const { url, token, log, nowMs = () => Date.now(), timeoutMs = LIMITER_TIMEOUT_MS } = options;
  const redis = new Redis({
    url,
    token,
    retry: { retries: RETRIES, backoff: () => RETRY_DELAY_MS },
    signal: () => AbortSignal.timeout(timeoutMs + REQUEST_GRACE_MS),
    enableTelemetry: false,
  });
  const common = {
    redis,
    ephemeralCache: false,
    analytics: false,
    enableTelemetry: false,
    timeout: timeoutMs,
  } as const;
  const requestsAt = perLimit((rpm) => {
    const limiter = Ratelimit.slidingWindow(rpm, `${WINDOW_MS} ms`);
    return new Ratelimit({ ...common, prefix: RPM_PREFIX, limiter });
  });
  const tokensAt = perLimit((tpm) => {
    const limiter = Ratelimit.tokenBucket(refillOf(tpm), `${REFILL_INTERVAL_MS} ms`, tpm);
    return new Ratelimit({ ...common, prefix: TPM_PREFIX, limiter });
  });

  /**
   * The only place where an unreachable limiter is dealt with: what threw below (a refused connection, an error
   * answer, or the timeout that `consume` made an error of) is logged and becomes an outage.
   */
  const orOutage = async <T>(operation: string, work: () => Promise<T>): Promise<T | Outage> => {
    try {
      return await work();
    } catch (error) {
      const reason = reasonOf(error);
      log.write('error', 'limiter.outage', { operation, reason });
      return { kind: 'outage', reason };
    }
  };

  const read = async (userId: string): Promise<Counters> => {
    const atMs = nowMs();
    const window = windowOf(atMs);
    const key = `${RPM_PREFIX}:${userId}`;
    const [[current, previous], bucket] = await Promise.all([
      redis.mget<[number | null, number | null]>(`${key}:${window}`, `${key}:${window - 1}`),
      redis.hmget<{ tokens: number; refilledAt: number }>(`${TPM_PREFIX}:${userId}`, 'tokens', 'refilledAt'),
    ]);
    return {
      counts: { current: current ?? 0, previous: previous ?? 0 },
      bucket: bucket === null ? null : { tokens: bucket.tokens, refilledAtMs: bucket.refilledAt },
      nowMs: atMs,
    };
  };

  const giveBackTokens = async (userId: string, tpm: number, tokens: number): Promise<void> => {
    if (tokens <= 0) return;
    const { remaining } = await consume(tokensAt(tpm), userId, -tokens);
    // Another settlement, a refill or a lowered limit may have left less room than there was to read.
    if (remaining > tpm) await consume(tokensAt(tpm), userId, remaining - tpm);
  };

  const take = async (userId: string, limits: MinuteLimits, tokens: number): Promise<LimiterDecision> => {
    const charge = chargeOf(tokens, limits.tpm);
    const [requests, bucket] = await Promise.all([
      consume(requestsAt(limits.rpm), userId, 1),
      charge > 0
        ? consume(tokensAt(limits.tpm), userId, charge).then(bucketAnswer)
        : readBucket(userId, limits.tpm),
    ]);
    if (requests.success && bucket !== null) {
      const state = minuteState(limits, requests.remaining, bucket, nowMs());
      return { kind: 'allowed', chargedTokens: charge, state };
    }
    if (requests.success) await consume(requestsAt(limits.rpm), userId, -1);
    else if (bucket !== null) await giveBackTokens(userId, limits.tpm, charge);
    const requestsRefused = !requests.success;
    return refusalOf({
      limits,
      charge,
      requestsRefused,
      tokensRefused: bucket === null,
      ...(await read(userId)),
    });
  };

  const readBucket = async (userId: string, tpm: number): Promise<Bucket> => {
    const { bucket, nowMs: atMs } = await read(userId);
    return refilled(bucket, tpm, atMs);
  };

  const settle = async (
    userId: string,
    { tpm }: MinuteLimits,
    charged: number,
    real: number,
  ): Promise<void> => {
    const missing = real - charged;
    if (missing === 0) return;
    if (missing < 0) {
      const { bucket, nowMs: atMs } = await read(userId);
      await giveBackTokens(userId, tpm, roomFor(-missing, bucket, tpm, atMs));
      return;
    }
    for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
      const left = (await readBucket(userId, tpm)).tokens;
      if (left <= 0 || (await consume(tokensAt(tpm), userId, Math.min(missing, left))).success) return;
    }
  };

  const release = async (userId: string, limits: MinuteLimits, charged: number): Promise<void> => {
    const { counts, bucket, nowMs: atMs } = await read(userId);
    await Promise.all([
      // A request of a window gone by fades by itself; below zero the count would let one too many in.
      counts.current > 0 ? consume(requestsAt(limits.rpm), userId, -1) : null,
      giveBackTokens(userId, limits.tpm, roomFor(charged, bucket, limits.tpm, atMs)),
    ]);
  };

  return {
    take: async (userId, limits, tokens) => {
      assertLimits(limits);
      return orOutage('take', () => take(userId, limits, tokens));
    },
    settle: async (userId, limits, charged, real) => {
      assertLimits(limits);
      await orOutage('settle', () => settle(userId, limits, charged, real));
    },
    release: async (userId, limits, charged) => {
      assertLimits(limits);
      await orOutage('release', () => release(userId, limits, charged));
    },
    peek: async (userId, limits) => {
      assertLimits(limits);
      const counters = await orOutage('peek', () => read(userId));
      if ('kind' in counters) return null;
      return stateOf(limits, counters.counts, counters.bucket, counters.nowMs);
    },
    ping: async () => {
      const answer = await orOutage('ping', () => redis.ping());
      if (typeof answer !== 'string') throw new Error(`limiter unreachable: ${answer.reason}`);
    },
  };
}

/** One object per limit value, made once. */
function perLimit(make: (limit: number) => Ratelimit): (limit: number) => Ratelimit {
  const made = new Map<number, Ratelimit>();
  return (limit) => {
    const known = made.get(limit);
    if (known !== undefined) return known;
    if (made.size >= MAX_RATELIMITS) made.clear();
    const fresh = make(limit);
    made.set(limit, fresh);
    return fresh;
  };
}

type Answer = Awaited<ReturnType<Ratelimit['limit']>>;

/** Takes `rate` (gives back, when negative). The library's silent "yes" to a timeout is no answer: it throws. */
async function consume(ratelimit: Ratelimit, userId: string, rate: number): Promise<Answer> {
  const answer = await ratelimit.limit(userId, { rate });
  if (answer.reason === 'timeout') throw new Error('timeout');
  return answer;
}

/** The bucket that a script's answer tells of, fraction cut off; `null` when it refused. */
function bucketAnswer({ success, remaining, reset }: Answer): Bucket | null {
  return success ? { tokens: remaining, refilledAtMs: reset - REFILL_INTERVAL_MS } : null;
}

/** What went wrong, without the command it went wrong for. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  const [message = ''] = error.message.split(', command was:');
  return `${message}${code}`.slice(0, MAX_REASON_CHARS);
}
