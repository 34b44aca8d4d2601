/** The limiter of a single process: the same decisions as Upstash's, kept in memory and made synchronously. */
import {
  assertLimits,
  bucketLifeMs,
  chargeOf,
  fadedPrevious,
  FORGOTTEN_AFTER_MS,
  minuteState,
  refilled,
  refusalOf,
  roomFor,
  stateOf,
  windowOf,
  type Bucket,
  type WindowCounts,
} from '@/lib/adapters/limiter-arithmetic';
import type { Limiter, LimiterDecision, MinuteLimits } from '@/lib/gateway/ports';

/** Some 200 bytes each, so 20 MB at most; beyond it the customer longest unseen starts afresh. */
export const MAX_CUSTOMERS = 100_000;

export interface MemoryLimiterOptions {
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

export interface MemoryLimiter extends Limiter {
  /** Customers remembered right now. */
  customers(): number;
}

interface Customer {
  window: number;
  current: number;
  previous: number;
  bucket: Bucket | null;
  /** When Redis would have dropped the bucket, ms since the epoch. */
  bucketExpiresAtMs: number;
  seenAtMs: number;
}

/**
 * Limits of one process only: two processes admit twice as much.
 * @throws RangeError (rejects) from every method but `ping` for limits that are not positive integers
 */
export function createMemoryLimiter({ nowMs }: MemoryLimiterOptions): MemoryLimiter {
  /** In the order last seen, so that the idle ones are at the front. */
  const customers = new Map<string, Customer>();

  const evict = (atMs: number): void => {
    for (const [userId, { seenAtMs }] of customers) {
      if (customers.size <= MAX_CUSTOMERS && atMs - seenAtMs <= FORGOTTEN_AFTER_MS) return;
      customers.delete(userId);
    }
  };

  const visit = (userId: string, atMs: number): Customer => {
    const customer = customers.get(userId) ?? newCustomer(atMs);
    customers.delete(userId);
    customers.set(userId, customer);
    customer.seenAtMs = atMs;
    turnTo(customer, atMs);
    evict(atMs);
    return customer;
  };

  const take = (userId: string, limits: MinuteLimits, tokens: number): LimiterDecision => {
    assertLimits(limits);
    const atMs = nowMs();
    const customer = visit(userId, atMs);
    const charge = chargeOf(tokens, limits.tpm);
    const requestsLeft = takeRequest(customer, limits.rpm, atMs);
    const tokensLeft = charge > 0 ? changeBucket(customer, limits.tpm, charge, atMs) : 0;
    if (requestsLeft >= 0 && tokensLeft >= 0) {
      const bucket = refilled(customer.bucket, limits.tpm, atMs);
      return {
        kind: 'allowed',
        chargedTokens: charge,
        state: minuteState(limits, requestsLeft, bucket, atMs),
      };
    }
    // Taken and given back rather than tested first: the sums stay those of Upstash to the last bit.
    if (requestsLeft >= 0) customer.current--;
    else if (charge > 0 && tokensLeft >= 0) giveBack(customer, limits.tpm, charge, atMs);
    return refusalOf({
      limits,
      charge,
      requestsRefused: requestsLeft < 0,
      tokensRefused: tokensLeft < 0,
      counts: customer,
      bucket: customer.bucket,
      nowMs: atMs,
    });
  };

  const settle = (userId: string, limits: MinuteLimits, chargedTokens: number, realTokens: number): void => {
    assertLimits(limits);
    const atMs = nowMs();
    const customer = visit(userId, atMs);
    const missing = realTokens - chargedTokens;
    if (missing > 0) {
      const tokens = Math.min(missing, refilled(customer.bucket, limits.tpm, atMs).tokens);
      if (tokens > 0) changeBucket(customer, limits.tpm, tokens, atMs);
    } else {
      giveBack(customer, limits.tpm, roomFor(-missing, customer.bucket, limits.tpm, atMs), atMs);
    }
  };

  const release = (userId: string, limits: MinuteLimits, chargedTokens: number): void => {
    assertLimits(limits);
    const atMs = nowMs();
    const customer = visit(userId, atMs);
    // A request of a window gone by fades by itself; below zero the count would let one too many in.
    if (customer.current > 0) customer.current--;
    giveBack(customer, limits.tpm, roomFor(chargedTokens, customer.bucket, limits.tpm, atMs), atMs);
  };

  return {
    take: async (userId, limits, tokens) => take(userId, limits, tokens),
    settle: async (userId, limits, charged, real) => settle(userId, limits, charged, real),
    release: async (userId, limits, charged) => release(userId, limits, charged),
    peek: async (userId, limits) => {
      assertLimits(limits);
      const atMs = nowMs();
      const customer = { ...(customers.get(userId) ?? newCustomer(atMs)) };
      turnTo(customer, atMs);
      return stateOf(limits, customer, customer.bucket, atMs);
    },
    ping: async () => {},
    customers: () => customers.size,
  };
}

function newCustomer(atMs: number): Customer {
  const window = windowOf(atMs);
  return { window, current: 0, previous: 0, bucket: null, bucketExpiresAtMs: 0, seenAtMs: atMs };
}

/** Moves the counters to the window of `atMs` (never back) and drops a bucket that Redis would have dropped. */
function turnTo(customer: Customer, atMs: number): void {
  const turns = windowOf(atMs) - customer.window;
  if (turns > 0) {
    customer.previous = turns === 1 ? customer.current : 0;
    customer.current = 0;
    customer.window += turns;
  }
  if (atMs > customer.bucketExpiresAtMs) customer.bucket = null;
}

/** Counts one request and answers how many are left, or -1 without counting when the window is used up. */
function takeRequest(customer: Customer & WindowCounts, rpm: number, atMs: number): number {
  const faded = fadedPrevious(customer.previous, atMs);
  if (faded + customer.current >= rpm) return -1;
  customer.current++;
  return rpm - (customer.current + faded);
}

/** Takes `tokens` (gives, when negative) and answers what is left, or -1 without taking when there are too few. */
function changeBucket(customer: Customer, tpm: number, tokens: number, atMs: number): number {
  const bucket = refilled(customer.bucket, tpm, atMs);
  if (tokens > 0 && bucket.tokens < tokens) return -1;
  const left = bucket.tokens - tokens;
  customer.bucket = { tokens: left, refilledAtMs: bucket.refilledAtMs };
  const lifeMs = bucketLifeMs(left, tpm);
  if (lifeMs > 0) customer.bucketExpiresAtMs = atMs + lifeMs;
  return left;
}

/** Gives tokens back and takes away again what does not fit, which a lowered limit leaves behind. */
function giveBack(customer: Customer, tpm: number, tokens: number, atMs: number): void {
  if (tokens <= 0) return;
  const excess = Math.floor(changeBucket(customer, tpm, -tokens, atMs)) - tpm;
  if (excess > 0) changeBucket(customer, tpm, excess, atMs);
}
