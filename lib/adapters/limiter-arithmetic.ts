/** The arithmetic of the minute limits, figure for figure that of the Lua scripts in `@upstash/ratelimit`. */
import type { LimiterDecision, MinuteLimits, MinuteState } from '@/lib/gateway/ports';

/** Requests are counted per minute: the width of the sliding window. */
export const WINDOW_MS = 60_000;
/** The bucket gains a sixtieth of a minute's tokens each second, so an empty one is usable again at once. */
export const REFILL_INTERVAL_MS = 1_000;
const REFILLS_PER_MINUTE = 60;
/** Counters matter for the window after their own too, so that two windows on every request has faded. */
const WINDOWS_UNTIL_FREE = 2;
/** When counters have faded and a bucket is full again: state this old says the same as no state at all. */
export const FORGOTTEN_AFTER_MS = WINDOWS_UNTIL_FREE * WINDOW_MS + REFILL_INTERVAL_MS;

/** Requests counted in the fixed window of now and in the one before it. */
export interface WindowCounts {
  readonly current: number;
  readonly previous: number;
}

/** A token bucket as it was last written; `null` in its place is a bucket nobody took from: full. */
export interface Bucket {
  /** May be fractional, as a refill is. */
  readonly tokens: number;
  readonly refilledAtMs: number;
}

/** @throws RangeError for limits that are not positive integers: a limit of zero has no time to wait for. */
export function assertLimits({ rpm, tpm }: MinuteLimits): void {
  if (!Number.isSafeInteger(rpm) || rpm < 1) throw new RangeError(`rpm is not a positive integer: ${rpm}`);
  if (!Number.isSafeInteger(tpm) || tpm < 1) throw new RangeError(`tpm is not a positive integer: ${tpm}`);
}

/** Tokens a call takes from the minute: at most a whole minute's, which only a full bucket has. */
export function chargeOf(tokens: number, tpm: number): number {
  return Math.min(Math.max(tokens, 0), tpm);
}

/** Tokens a bucket of `tpm` gains per `REFILL_INTERVAL_MS`. */
export function refillOf(tpm: number): number {
  return tpm / REFILLS_PER_MINUTE;
}

/** Number of the fixed window that `atMs` lies in; part of the Redis key. */
export function windowOf(atMs: number): number {
  return Math.floor(atMs / WINDOW_MS);
}

/** The first instant after the fixed window of `atMs`. */
function windowEndMs(atMs: number): number {
  return (windowOf(atMs) + 1) * WINDOW_MS;
}

/** Requests of the window before that still count at `atMs`: its count, weighed by its overlap, rounded down. */
export function fadedPrevious(previous: number, atMs: number): number {
  return Math.floor((1 - (atMs % WINDOW_MS) / WINDOW_MS) * previous);
}

/** Requests that count against the limit at `atMs`; one more is admitted while this is below `rpm`. */
export function windowUsage({ current, previous }: WindowCounts, atMs: number): number {
  return fadedPrevious(previous, atMs) + current;
}

/** Milliseconds from `nowMs` until one more request is admitted; 0 when it is now. `rpm` must be positive. */
export function windowWaitMs(counts: WindowCounts, rpm: number, nowMs: number): number {
  let { current, previous } = counts;
  let fromMs = nowMs;
  for (let turn = 0; turn < WINDOWS_UNTIL_FREE; turn++) {
    const endMs = windowEndMs(fromMs);
    const admits = (atMs: number): boolean => windowUsage({ current, previous }, atMs) < rpm;
    if (admits(endMs - 1)) return firstAdmittedMs(fromMs, endMs - 1, admits) - nowMs;
    previous = current;
    current = 0;
    fromMs = endMs;
  }
  return fromMs - nowMs;
}

/** The first instant of `[lowMs, highMs]` that admits; usage never rises within a window, and `highMs` admits. */
function firstAdmittedMs(lowMs: number, highMs: number, admits: (atMs: number) => boolean): number {
  let low = lowMs;
  let high = highMs;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (admits(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The bucket as it stands at `atMs`. Like Upstash's, it is cut down to a lowered `tpm` by the next refill only. */
export function refilled(bucket: Bucket | null, tpm: number, atMs: number): Bucket {
  if (bucket === null) return { tokens: tpm, refilledAtMs: atMs };
  const { tokens, refilledAtMs } = bucket;
  if (atMs < refilledAtMs + REFILL_INTERVAL_MS) return bucket;
  const refills = Math.floor((atMs - refilledAtMs) / REFILL_INTERVAL_MS);
  return {
    tokens: Math.min(tpm, tokens + refills * refillOf(tpm)),
    refilledAtMs: refilledAtMs + refills * REFILL_INTERVAL_MS,
  };
}

/** Milliseconds from `nowMs` until the bucket holds `charge` (at most `tpm`) tokens; 0 when it does now. */
export function bucketWaitMs(bucket: Bucket | null, tpm: number, charge: number, nowMs: number): number {
  if (bucket === null || refilled(bucket, tpm, nowMs).tokens >= charge) return 0;
  const rate = refillOf(tpm);
  const holds = (refills: number): boolean => Math.min(tpm, bucket.tokens + refills * rate) >= charge;
  let refills = Math.max(1, Math.ceil((charge - bucket.tokens) / rate));
  // The quotient may be rounded to the wrong side of an integer; the script's own sum decides.
  while (!holds(refills)) refills++;
  while (refills > 1 && holds(refills - 1)) refills--;
  return bucket.refilledAtMs + refills * REFILL_INTERVAL_MS - nowMs;
}

/** Tokens that can be given back before the bucket is full, at most `tokens`. */
export function roomFor(tokens: number, bucket: Bucket | null, tpm: number, nowMs: number): number {
  return Math.max(0, Math.min(tokens, tpm - refilled(bucket, tpm, nowMs).tokens));
}

/** Milliseconds that `@upstash/ratelimit` lets a written bucket live: until it is full; 0 sets no expiry. */
export function bucketLifeMs(tokens: number, tpm: number): number {
  return Math.max(0, Math.ceil((tpm - tokens) / refillOf(tpm)) * REFILL_INTERVAL_MS);
}

/**
 * The figures a caller is told. Requests reset at the end of the fixed window, as Upstash reports it: the
 * current count then starts to fade and is gone a minute later. Tokens reset when the bucket is full again.
 */
export function minuteState(
  limits: MinuteLimits,
  requestsLeft: number,
  bucket: Bucket,
  nowMs: number,
): MinuteState {
  // Whole tokens: a script's answer has its fraction cut off by Redis, and every path must tell the same.
  const tokensLeft = Math.min(limits.tpm, Math.max(0, Math.floor(bucket.tokens)));
  return {
    requests: {
      limit: limits.rpm,
      remaining: Math.min(limits.rpm, Math.max(0, requestsLeft)),
      resetsAtMs: windowEndMs(nowMs),
    },
    tokens: {
      limit: limits.tpm,
      remaining: tokensLeft,
      resetsAtMs:
        tokensLeft === limits.tpm ? nowMs : bucket.refilledAtMs + bucketLifeMs(tokensLeft, limits.tpm),
    },
  };
}

/** `minuteState` of stored counters, nothing consumed. */
export function stateOf(
  limits: MinuteLimits,
  counts: WindowCounts,
  bucket: Bucket | null,
  nowMs: number,
): MinuteState {
  const requestsLeft = limits.rpm - windowUsage(counts, nowMs);
  return minuteState(limits, requestsLeft, refilled(bucket, limits.tpm, nowMs), nowMs);
}

/** What was asked, who said no, and the counters after everything was given back. */
export interface RefusedTake {
  readonly limits: MinuteLimits;
  readonly charge: number;
  readonly requestsRefused: boolean;
  readonly tokensRefused: boolean;
  readonly counts: WindowCounts;
  readonly bucket: Bucket | null;
  readonly nowMs: number;
}

/** The refusal of a call that one or both limits turned down; of two waits the longer is told. */
export function refusalOf(take: RefusedTake): LimiterDecision {
  const { limits, charge, counts, bucket, nowMs } = take;
  const requestsWaitMs = take.requestsRefused ? windowWaitMs(counts, limits.rpm, nowMs) : -1;
  const tokensWaitMs = take.tokensRefused ? bucketWaitMs(bucket, limits.tpm, charge, nowMs) : -1;
  return {
    kind: 'refused',
    by: requestsWaitMs >= tokensWaitMs ? 'requests' : 'tokens',
    retryAfterMs: Math.max(requestsWaitMs, tokensWaitMs),
    state: stateOf(limits, counts, bucket, nowMs),
  };
}
