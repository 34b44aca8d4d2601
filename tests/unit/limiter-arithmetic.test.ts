/** The waits that a refusal tells, against the plain rule tried millisecond by millisecond. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketWaitMs,
  chargeOf,
  refilled,
  REFILL_INTERVAL_MS,
  roomFor,
  windowUsage,
  windowWaitMs,
  windowOf,
  WINDOW_MS,
} from '@/lib/adapters/limiter-arithmetic';

const START_MS = 30_000_000 * WINDOW_MS;
/** Fixed, so that every run tries the same figures. */
const SEED = 20_260_102;

describe('limiter arithmetic', () => {
  it('waits for a request until the first millisecond that admits one', () => {
    const figures = fc.record({
      current: fc.nat(300),
      previous: fc.nat(300),
      rpm: fc.integer({ min: 1, max: 200 }),
      offsetMs: fc.nat(WINDOW_MS - 1),
    });
    const usageAt = (current: number, previous: number, atMs: number): number => {
      const windows = windowOf(atMs) - windowOf(START_MS);
      if (windows === 0) return windowUsage({ current, previous }, atMs);
      return windows === 1 ? windowUsage({ current: 0, previous: current }, atMs) : 0;
    };
    const check = fc.property(figures, ({ current, previous, rpm, offsetMs }) => {
      const nowMs = START_MS + offsetMs;
      let waitMs = 0;
      while (usageAt(current, previous, nowMs + waitMs) >= rpm) waitMs++;
      expect(windowWaitMs({ current, previous }, rpm, nowMs)).toBe(waitMs);
    });
    fc.assert(check, { seed: SEED, numRuns: 300 });
  });

  it('waits for a window so full that it counts to its very last millisecond', () => {
    expect(windowWaitMs({ current: 100_000, previous: 0 }, 1, START_MS)).toBe(2 * WINDOW_MS);
  });

  it('waits for tokens until the first refill that makes them enough', () => {
    const figures = fc.record({
      tpm: fc.integer({ min: 1, max: 200_000 }),
      tokensShare: fc.double({ min: 0, max: 1, noNaN: true }),
      chargeShare: fc.double({ min: 0, max: 1, noNaN: true }),
      idleMs: fc.nat(70_000),
    });
    const check = fc.property(figures, ({ tpm, tokensShare, chargeShare, idleMs }) => {
      const bucket = { tokens: tokensShare * tpm, refilledAtMs: START_MS };
      const charge = Math.ceil(chargeShare * tpm);
      const nowMs = START_MS + idleMs;
      const waitMs = bucketWaitMs(bucket, tpm, charge, nowMs);
      const enoughAt = (atMs: number): boolean => refilled(bucket, tpm, atMs).tokens >= charge;
      expect(enoughAt(nowMs + waitMs)).toBe(true);
      if (waitMs > 0) expect(enoughAt(nowMs + waitMs - 1)).toBe(false);
      expect(waitMs).toBeLessThanOrEqual(61 * REFILL_INTERVAL_MS);
    });
    fc.assert(check, { seed: SEED, numRuns: 2_000 });
  });

  it.each([
    {
      tpm: 21,
      tokens: 1.0499999999999998,
      charge: 7,
      refills: 18,
      why: 'the sum falls short of its integer',
    },
    { tpm: 4, tokens: 0.7333333333333333, charge: 1, refills: 4, why: 'the quotient exceeds its integer' },
  ])('counts refills as the script adds them up where $why', ({ tpm, tokens, charge, refills }) => {
    const bucket = { tokens, refilledAtMs: START_MS };
    expect(bucketWaitMs(bucket, tpm, charge, START_MS)).toBe(refills * REFILL_INTERVAL_MS);
  });

  it('never needs to wait for a bucket nobody took from', () => {
    expect(bucketWaitMs(null, 600, 600, START_MS)).toBe(0);
  });

  it('charges at most a whole minute and never less than nothing', () => {
    expect([chargeOf(5, 600), chargeOf(601, 600), chargeOf(0, 600), chargeOf(-1, 600)]).toEqual([
      5, 600, 0, 0,
    ]);
  });

  it('has room for what is missing from the bucket now, refills included', () => {
    const bucket = { tokens: 100, refilledAtMs: START_MS };
    expect(roomFor(1_000, bucket, 600, START_MS)).toBe(500);
    expect(roomFor(1_000, bucket, 600, START_MS + 10 * REFILL_INTERVAL_MS)).toBe(400);
    expect(roomFor(30, bucket, 600, START_MS)).toBe(30);
    expect(roomFor(30, null, 600, START_MS)).toBe(0);
    expect(roomFor(30, { tokens: 700, refilledAtMs: START_MS }, 600, START_MS)).toBe(0);
  });
});
