/** Thresholds and projections of a cap: exact at their borders, in order, and never negative, whatever the figures. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  capState,
  CAP_THRESHOLDS,
  fitsCap,
  paceOf,
  paceSince,
  projectedUse,
  thresholdOf,
  type CapFacts,
} from '@/lib/domain/cap-state';
import { monthResetsAtMs } from '@/lib/domain/month';

const NOW_MS = Date.parse('2026-11-21T12:00:00.000Z');
const DAY_MS = 86_400_000;
const RESETS_AT_MS = monthResetsAtMs(NOW_MS);
/** Fixed, so that every run tries the same figures. */
const SEED = 20_261_121;
const RUNS = 500;
const MOST = Number.MAX_SAFE_INTEGER;
const LEVELS = ['none', 'near', 'close', 'reached'] as const;

const facts = (change: Partial<CapFacts>): CapFacts => ({
  cap: 'tokens',
  limit: 1_000_000,
  used: 0,
  held: 0,
  perDay: 0,
  nowMs: NOW_MS,
  resetsAtMs: RESETS_AT_MS,
  blockedAtMs: null,
  ...change,
});

const amount = fc.integer({ min: 0, max: MOST });

describe('the level of a cap', () => {
  it.each([
    [799_990, 'none', 79],
    [799_999, 'none', 79],
    [800_000, 'near', 80],
    [949_999, 'near', 94],
    [950_000, 'close', 95],
    [999_999, 'close', 99],
    [1_000_000, 'reached', 100],
    [1_234_567, 'reached', 123],
  ] as const)('of %i in a million is %s, %i %%', (used, level, percent) => {
    expect(capState(facts({ used }))).toMatchObject({ level, percent });
  });

  it('is exact where a double no longer is', () => {
    const limit = 9_000_000_000_000_000;
    expect(capState(facts({ cap: 'cost', limit, used: 7_199_999_999_999_999 })).level).toBe('none');
    expect(capState(facts({ cap: 'cost', limit, used: 7_200_000_000_000_000 })).level).toBe('near');
  });

  it('never falls as more is used, and is the same as the rule with fractions', () => {
    const check = fc.property(amount, amount, amount, (limit, a, b) => {
      const [less, more] = a < b ? [a, b] : [b, a];
      const of = (used: number) => LEVELS.indexOf(capState(facts({ limit, used })).level);
      expect(of(less)).toBeLessThanOrEqual(of(more));
      const reached = CAP_THRESHOLDS.filter((each) => BigInt(more) * 100n >= BigInt(each) * BigInt(limit));
      expect(of(more)).toBe(reached.length);
    });
    fc.assert(check, { seed: SEED, numRuns: RUNS });
  });

  it('is reached from the first refusal on, until the reset', () => {
    const state = capState(facts({ used: 850_000, blockedAtMs: NOW_MS - 1, perDay: 10_000_000 }));
    expect(state).toMatchObject({ level: 'reached', blockedUntilMs: RESETS_AT_MS, reachesAtMs: null });
  });

  it('is none without a cap, and reached with a cap of nothing', () => {
    expect(capState(facts({ limit: null, used: MOST, blockedAtMs: 1 }))).toMatchObject({
      level: 'none',
      percent: null,
      remaining: null,
      reachesAtMs: null,
      blockedUntilMs: null,
    });
    expect(capState(facts({ limit: 0 }))).toMatchObject({ level: 'reached', percent: 100, remaining: 0 });
  });

  it('has the threshold it is named after', () => {
    expect(LEVELS.map(thresholdOf)).toEqual([null, 80, 95, 100]);
  });
});

describe('what is left', () => {
  it('is never negative, and never more than the cap', () => {
    const check = fc.property(amount, amount, amount, (limit, used, held) => {
      const { remaining, percent } = capState(facts({ limit, used, held }));
      expect(remaining).toBeGreaterThanOrEqual(0);
      expect(remaining).toBeLessThanOrEqual(limit);
      expect(percent).toBeGreaterThanOrEqual(0);
    });
    fc.assert(check, { seed: SEED, numRuns: RUNS });
  });
});

describe('when a cap is reached', () => {
  it('is the first millisecond at which the pace has used it up', () => {
    const check = fc.property(
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.integer({ min: 0, max: 10_000_000 }),
      fc.integer({ min: 1, max: 10_000_000 }),
      (limit, used, perDay) => {
        const { reachesAtMs, level } = capState(facts({ limit, used, perDay }));
        const usedAt = (atMs: number) =>
          BigInt(used) * BigInt(DAY_MS) + BigInt(perDay) * BigInt(atMs - NOW_MS);
        const full = BigInt(limit) * BigInt(DAY_MS);
        if (reachesAtMs === null) expect(level === 'reached' || usedAt(RESETS_AT_MS - 1) < full).toBe(true);
        else {
          expect(reachesAtMs).toBeLessThan(RESETS_AT_MS);
          expect(usedAt(reachesAtMs) >= full).toBe(true);
          expect(usedAt(reachesAtMs - 1) < full).toBe(true);
        }
      },
    );
    fc.assert(check, { seed: SEED, numRuns: RUNS });
  });

  it('comes no later when more is used or the pace is higher', () => {
    const check = fc.property(amount, amount, amount, amount, (limit, used, perDay, more) => {
      const at = (change: Partial<CapFacts>) => capState(facts({ limit, used, perDay, ...change }));
      const base = at({}).reachesAtMs ?? Infinity;
      expect(at({ perDay: Math.min(MOST, perDay + more) }).reachesAtMs ?? Infinity).toBeLessThanOrEqual(base);
      const fuller = at({ used: Math.min(MOST, used + more) });
      if (fuller.level !== 'reached') expect(fuller.reachesAtMs ?? Infinity).toBeLessThanOrEqual(base);
    });
    fc.assert(check, { seed: SEED, numRuns: RUNS });
  });

  it('is never, without a pace', () => {
    expect(capState(facts({ used: 999_999, perDay: 0 })).reachesAtMs).toBeNull();
  });
});

describe('the pace', () => {
  const long = NOW_MS - 400 * DAY_MS;

  it('is the mean of seven days of which today has passed to half', () => {
    const days = ['15', '16', '17', '18', '19', '20', '21'].map((day) => ({
      day: `2026-11-${day}`,
      used: 650,
    }));
    expect(paceSince(NOW_MS)).toBe('2026-11-15');
    expect(paceOf(days, NOW_MS, long)).toBe(700);
  });

  it('looks no further back than a week, nor into days to come', () => {
    const days = [
      { day: '2026-11-14', used: 1_000_000 },
      { day: '2026-11-20', used: 65 },
      { day: '2026-11-22', used: 1_000_000 },
    ];
    expect(paceOf(days, NOW_MS, long)).toBe(10);
  });

  it('of a customer of two days is made of those two', () => {
    const days = [{ day: '2026-11-20', used: 300 }];
    expect(paceOf(days, NOW_MS, NOW_MS - 2 * DAY_MS)).toBe(150);
  });

  it('of a customer of one minute doesn’t promise a thousandfold', () => {
    const days = [{ day: '2026-11-21', used: 100 }];
    expect(paceOf(days, NOW_MS, NOW_MS - 60_000)).toBe(2_400);
  });

  it('is a whole number, never negative, and no lower with more use', () => {
    const figure = fc.record({
      day: fc.constantFrom('2026-11-15', '2026-11-18', '2026-11-21'),
      used: fc.integer({ min: 0, max: 1_000_000_000_000_000 }),
    });
    const check = fc.property(fc.array(figure, { maxLength: 7 }), figure, (days, more) => {
      const pace = paceOf(days, NOW_MS, long);
      expect(pace).toBeGreaterThanOrEqual(0);
      expect(Number.isInteger(pace)).toBe(true);
      expect(paceOf([...days, more], NOW_MS, long)).toBeGreaterThanOrEqual(pace);
    });
    fc.assert(check, { seed: SEED, numRuns: RUNS });
  });

  it('carries the month to its end', () => {
    expect(projectedUse(1_000, 100, RESETS_AT_MS - 2.5 * DAY_MS, RESETS_AT_MS)).toBe(1_250);
    expect(projectedUse(1_000, 100, RESETS_AT_MS, RESETS_AT_MS)).toBe(1_000);
  });
});

describe('whether a cap is enough', () => {
  it('includes the cap itself, and says so when nobody knows', () => {
    expect([fitsCap(100, 100), fitsCap(100, 101), fitsCap(100, null), fitsCap(null, null)]).toEqual([
      'yes',
      'no',
      'unknown',
      'yes',
    ]);
  });
});
