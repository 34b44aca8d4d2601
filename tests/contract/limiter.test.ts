/** The promises of the minute limits, kept by the in-process limiter and by Upstash's on a real Redis alike. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WINDOW_MS } from '@/lib/adapters/limiter-arithmetic';
import { createMemoryLimiter } from '@/lib/adapters/memory-limiter';
import type { Limiter } from '@/lib/gateway/ports';
import {
  advance,
  allowed,
  left,
  LIMITS,
  newUser,
  nowMs,
  refused,
  SECOND_MS,
  START_MS,
  takeTimes,
  useLimiterBench,
} from '@/tests/support/limiters';

const bench = useLimiterBench();

describe.each([
  ['memory', () => createMemoryLimiter({ nowMs })],
  ['upstash', () => bench().upstash()],
])('%s limiter', (_name, create) => {
  let limiter: Limiter;
  let user: string;
  beforeEach(() => {
    limiter = create();
    user = newUser();
  });
  afterEach(() => expect(bench().logged).toEqual([]));

  it('admits rpm requests in a window and refuses the next', async () => {
    for (let remaining = LIMITS.rpm - 1; remaining >= 0; remaining--) {
      const { state } = allowed(await limiter.take(user, LIMITS, 1));
      expect(state.requests).toEqual({ limit: 5, remaining, resetsAtMs: START_MS + WINDOW_MS });
    }
    expect(refused(await limiter.take(user, LIMITS, 1)).by).toBe('requests');
  });

  it('weighs the window before by its overlap, rounded down', async () => {
    await takeTimes(limiter, user, LIMITS, 5);
    advance(WINDOW_MS + WINDOW_MS / 2);
    // Half of 5 is 2 after rounding: 3 more fit.
    await takeTimes(limiter, user, LIMITS, 3);
    expect(refused(await limiter.take(user, LIMITS, 0)).by).toBe('requests');
  });

  it('takes tokens from the bucket and refills a sixtieth of it each whole second', async () => {
    const { chargedTokens, state } = allowed(await limiter.take(user, LIMITS, 250));
    expect(chargedTokens).toBe(250);
    expect(state.tokens).toEqual({ limit: 600, remaining: 350, resetsAtMs: START_MS + 25 * SECOND_MS });
    advance(SECOND_MS - 1);
    expect(await left(limiter, user)).toEqual({ requests: 4, tokens: 350 });
    advance(1);
    expect(await left(limiter, user)).toEqual({ requests: 4, tokens: 360 });
    advance(24 * SECOND_MS);
    expect(await left(limiter, user)).toEqual({ requests: 4, tokens: 600 });
  });

  it('charges no request for a call that the tokens refuse', async () => {
    allowed(await limiter.take(user, LIMITS, 600));
    const decision = refused(await limiter.take(user, LIMITS, 1));
    expect(decision).toMatchObject({ by: 'tokens', retryAfterMs: SECOND_MS });
    expect(decision.state.requests.remaining).toBe(4);
    expect(await left(limiter, user)).toEqual({ requests: 4, tokens: 0 });
  });

  it('charges no tokens for a call that the requests refuse', async () => {
    await takeTimes(limiter, user, LIMITS, 5);
    const decision = refused(await limiter.take(user, LIMITS, 400));
    expect(decision.by).toBe('requests');
    expect(decision.state.tokens).toEqual({ limit: 600, remaining: 600, resetsAtMs: START_MS });
    expect(await left(limiter, user)).toEqual({ requests: 0, tokens: 600 });
  });

  it('tells the longer wait when both refuse', async () => {
    const limits = { rpm: 1, tpm: 600 };
    allowed(await limiter.take(user, limits, 600));
    // The window lets the next one in a millisecond after it ended, the full bucket needs the whole minute.
    expect(refused(await limiter.take(user, limits, 600))).toMatchObject({
      by: 'requests',
      retryAfterMs: 60_001,
    });
    advance(30 * SECOND_MS);
    await limiter.settle(user, limits, 0, 300);
    expect(refused(await limiter.take(user, limits, 600))).toMatchObject({
      by: 'tokens',
      retryAfterMs: 60_000,
    });
    expect(refused(await limiter.take(user, limits, 10))).toMatchObject({
      by: 'requests',
      retryAfterMs: 30_001,
    });
  });

  it('admits a call larger than a whole minute only when the bucket is full', async () => {
    expect(allowed(await limiter.take(user, LIMITS, 10_000)).chargedTokens).toBe(600);
    advance(59 * SECOND_MS);
    expect(refused(await limiter.take(user, LIMITS, 10_000)).retryAfterMs).toBe(SECOND_MS);
    advance(SECOND_MS);
    expect(allowed(await limiter.take(user, LIMITS, 10_000)).chargedTokens).toBe(600);
  });

  it('counts only the request of a call without tokens', async () => {
    allowed(await limiter.take(user, LIMITS, 600));
    const { chargedTokens, state } = allowed(await limiter.take(user, LIMITS, 0));
    expect(chargedTokens).toBe(0);
    expect(state.tokens).toEqual({ limit: 600, remaining: 0, resetsAtMs: START_MS + WINDOW_MS });
    expect(await left(limiter, user)).toEqual({ requests: 3, tokens: 0 });
  });

  it.each([
    { name: 'a window of its own', rpm: 5, before: 0, now: 5, atMs: 10_000 },
    { name: 'a single request', rpm: 1, before: 0, now: 1, atMs: 59_999 },
    { name: 'a window that fades', rpm: 7, before: 7, now: 3, atMs: 24_999 },
    { name: 'both windows', rpm: 20, before: 20, now: 6, atMs: 20_000 },
  ])('tells the exact wait for a request: $name', async ({ rpm, before, now, atMs }) => {
    const limits = { rpm, tpm: 600 };
    await takeTimes(limiter, user, limits, before);
    advance(WINDOW_MS + atMs);
    await takeTimes(limiter, user, limits, now);
    while ((await limiter.take(user, limits, 0)).kind === 'allowed');
    const { retryAfterMs } = refused(await limiter.take(user, limits, 0));
    advance(retryAfterMs - 1);
    expect(refused(await limiter.take(user, limits, 0)).retryAfterMs).toBe(1);
    advance(1);
    allowed(await limiter.take(user, limits, 0));
  });

  it.each([
    { tpm: 600, first: 600, tokens: 1, atMs: 0 },
    { tpm: 600, first: 595, tokens: 300, atMs: 700 },
    { tpm: 100, first: 99, tokens: 7, atMs: 1_234 },
    { tpm: 40_000, first: 39_999, tokens: 12_345, atMs: 999 },
    { tpm: 7, first: 7, tokens: 1, atMs: 3 },
  ])('tells the exact wait for $tokens of $tpm tokens', async ({ tpm, first, tokens, atMs }) => {
    const limits = { rpm: 100, tpm };
    allowed(await limiter.take(user, limits, first));
    advance(atMs);
    const { by, retryAfterMs } = refused(await limiter.take(user, limits, tokens));
    expect(by).toBe('tokens');
    advance(retryAfterMs - 1);
    expect(refused(await limiter.take(user, limits, tokens)).retryAfterMs).toBe(1);
    advance(1);
    allowed(await limiter.take(user, limits, tokens));
  });

  it('gives back what a call was charged too much', async () => {
    const { chargedTokens } = allowed(await limiter.take(user, LIMITS, 500));
    await limiter.settle(user, LIMITS, chargedTokens, 120);
    expect(await left(limiter, user)).toEqual({ requests: 4, tokens: 480 });
  });

  it('never gives back above the full bucket', async () => {
    allowed(await limiter.take(user, LIMITS, 500));
    advance(40 * SECOND_MS);
    await limiter.settle(user, LIMITS, 500, 0);
    allowed(await limiter.take(user, LIMITS, 600));
    expect(refused(await limiter.take(user, LIMITS, 1)).by).toBe('tokens');
    const stranger = newUser();
    await limiter.settle(stranger, LIMITS, 500, 0);
    await limiter.release(stranger, LIMITS, 500);
    allowed(await limiter.take(stranger, LIMITS, 600));
    expect(refused(await limiter.take(stranger, LIMITS, 1)).by).toBe('tokens');
  });

  it('takes what a call was charged too little', async () => {
    allowed(await limiter.take(user, LIMITS, 100));
    await limiter.settle(user, LIMITS, 100, 350);
    expect(await left(limiter, user)).toEqual({ requests: 4, tokens: 250 });
  });

  it('never takes more than is left, and refuses nothing, when a call used more than that', async () => {
    const limits = { rpm: 5, tpm: 100 };
    allowed(await limiter.take(user, limits, 60));
    advance(SECOND_MS);
    await limiter.settle(user, limits, 60, 1_000_000);
    expect(await left(limiter, user, limits)).toEqual({ requests: 4, tokens: 0 });
    // Emptied to the fraction: 60 refills make a full bucket, 59 do not.
    expect(refused(await limiter.take(user, limits, 100)).retryAfterMs).toBe(60 * SECOND_MS);
  });

  it('changes nothing when the estimate was right', async () => {
    allowed(await limiter.take(user, LIMITS, 100));
    await limiter.settle(user, LIMITS, 100, 100);
    expect(await left(limiter, user)).toEqual({ requests: 4, tokens: 500 });
  });

  it('releases the request and the tokens of a call that was refused elsewhere', async () => {
    const { chargedTokens } = allowed(await limiter.take(user, LIMITS, 100));
    await limiter.release(user, LIMITS, chargedTokens);
    expect(await left(limiter, user)).toEqual({ requests: 5, tokens: 600 });
  });

  it('lets no extra request in for a release after the window has ended', async () => {
    allowed(await limiter.take(user, LIMITS, 0));
    advance(2 * WINDOW_MS);
    await limiter.release(user, LIMITS, 0);
    await takeTimes(limiter, user, LIMITS, 5);
    expect(refused(await limiter.take(user, LIMITS, 0)).by).toBe('requests');
  });

  it('tells a customer never seen a whole minute, full now', async () => {
    advance(1_234);
    expect(await limiter.peek(user, LIMITS)).toEqual({
      requests: { limit: 5, remaining: 5, resetsAtMs: START_MS + WINDOW_MS },
      tokens: { limit: 600, remaining: 600, resetsAtMs: START_MS + 1_234 },
    });
  });

  it('consumes nothing by being looked at, and tells the state a decision tells', async () => {
    const { state } = allowed(await limiter.take(user, LIMITS, 123));
    expect(await limiter.peek(user, LIMITS)).toEqual(state);
    expect(await limiter.peek(user, LIMITS)).toEqual(state);
  });

  it('goes on counting when the plan changes', async () => {
    allowed(await limiter.take(user, LIMITS, 500));
    await takeTimes(limiter, user, LIMITS, 4);
    const larger = { rpm: 8, tpm: 6_000 };
    expect(await left(limiter, user, larger)).toEqual({ requests: 3, tokens: 100 });
    await takeTimes(limiter, user, larger, 3);
    expect(refused(await limiter.take(user, larger, 101))).toMatchObject({ by: 'requests' });
    const smaller = { rpm: 2, tpm: 60 };
    advance(SECOND_MS);
    expect(await left(limiter, user, smaller)).toEqual({ requests: 0, tokens: 60 });
  });

  it('keeps customers apart', async () => {
    await takeTimes(limiter, user, LIMITS, 5);
    allowed(await limiter.take(newUser(), LIMITS, 600));
    expect(await left(limiter, `${user}:1`)).toEqual({ requests: 5, tokens: 600 });
  });

  it('never admits more than the limits when calls come at once', async () => {
    const decisions = await Promise.all(Array.from({ length: 20 }, () => limiter.take(user, LIMITS, 150)));
    expect(decisions.filter(({ kind }) => kind === 'allowed').length).toBeLessThanOrEqual(4);
    expect(decisions.filter(({ kind }) => kind === 'outage')).toEqual([]);
    expect((await left(limiter, user)).tokens).toBeGreaterThanOrEqual(0);
  });

  it('gives everything back that settlements at once give back, and no more', async () => {
    const limits = { rpm: 100, tpm: 600 };
    for (let call = 0; call < 10; call++) allowed(await limiter.take(user, limits, 60));
    await Promise.all(Array.from({ length: 10 }, () => limiter.settle(user, limits, 60, 0)));
    expect(await left(limiter, user, limits)).toEqual({ requests: 90, tokens: 600 });
    await Promise.all(Array.from({ length: 10 }, () => limiter.settle(user, limits, 60, 0)));
    allowed(await limiter.take(user, limits, 600));
    expect(refused(await limiter.take(user, limits, 1)).by).toBe('tokens');
  });

  it('answers a ping', async () => {
    await expect(limiter.ping()).resolves.toBeUndefined();
  });

  it.each([
    { rpm: 0, tpm: 1 },
    { rpm: 1, tpm: 0 },
    { rpm: 1.5, tpm: 1 },
    { rpm: 1, tpm: Number.NaN },
  ])('rejects limits that are not positive integers: $rpm, $tpm', async (limits) => {
    await expect(limiter.take(user, limits, 1)).rejects.toThrow(RangeError);
    await expect(limiter.settle(user, limits, 1, 2)).rejects.toThrow(RangeError);
    await expect(limiter.release(user, limits, 1)).rejects.toThrow(RangeError);
    await expect(limiter.peek(user, limits)).rejects.toThrow(RangeError);
  });
});
