/** Any sequence of calls is decided alike by the in-process limiter and by Upstash's on a real Redis. */
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryLimiter } from '@/lib/adapters/memory-limiter';
import type { Limiter, MinuteLimits } from '@/lib/gateway/ports';
import { advance, allowed, newUser, nowMs, START_MS, useLimiterBench } from '@/tests/support/limiters';

const bench = useLimiterBench();

/** Small enough for refusals, with whole and fractional refills; changing between them is a change of plan. */
const PLANS: readonly MinuteLimits[] = [
  { rpm: 3, tpm: 100 },
  { rpm: 20, tpm: 40_000 },
  { rpm: 7, tpm: 1_001 },
];
/** Fixed, so that every run makes the same sequences. */
const SEED = 20_260_101;
const RUNS = 80;

const user = fc.nat(1);
const limits = fc.constantFrom(...PLANS);
const tokens = fc.oneof(fc.nat(120), fc.nat(50_000), fc.constant(0));
const byMs = fc.oneof(fc.nat(3_000), fc.nat(3_000), fc.nat(130_000));
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('take'), user, limits, tokens, again: fc.boolean() } as const),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('settle'), user, limits, tokens, real: tokens } as const),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release'), user, limits, tokens } as const) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('advance'), byMs } as const) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('both limiters', () => {
  it('decide the same for any sequence of calls, and admit a refused one at the time they told', async () => {
    const seen = { allowed: 0, requests: 0, tokens: 0, outage: 0, again: 0 };

    const play = async (steps: readonly Step[]): Promise<void> => {
      vi.setSystemTime(START_MS);
      const memory = createMemoryLimiter({ nowMs });
      const upstash = bench().upstash();
      const users = [newUser(), newUser()];
      const same = async <T>(act: (limiter: Limiter) => Promise<T>): Promise<T> => {
        const [first, second] = [await act(memory), await act(upstash)];
        expect(second).toEqual(first);
        return first;
      };
      for (const now of steps) {
        if (now.do === 'advance') {
          advance(now.byMs);
          continue;
        }
        const id = users[now.user] ?? '';
        if (now.do === 'settle')
          await same((limiter) => limiter.settle(id, now.limits, now.tokens, now.real));
        if (now.do === 'release') await same((limiter) => limiter.release(id, now.limits, now.tokens));
        if (now.do === 'take') {
          const decision = await same((limiter) => limiter.take(id, now.limits, now.tokens));
          seen[decision.kind === 'refused' ? decision.by : decision.kind]++;
          if (decision.kind === 'refused' && now.again) {
            advance(decision.retryAfterMs);
            allowed(await same((limiter) => limiter.take(id, now.limits, now.tokens)));
            seen.again++;
          }
        }
        await same((limiter) => limiter.peek(id, now.limits));
      }
    };

    const sequence = fc.array(step, { minLength: 30, maxLength: 60 });
    await fc.assert(fc.asyncProperty(sequence, play), { seed: SEED, numRuns: RUNS });
    // The sequences must have met every kind of decision often enough to say something.
    const { outage, ...decisions } = seen;
    expect(outage).toBe(0);
    for (const count of Object.values(decisions)) expect(count).toBeGreaterThan(50);
  });
});
