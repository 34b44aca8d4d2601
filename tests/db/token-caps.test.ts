/** A token's own monthly caps beside the plan's: both hold for calls that start together, and are decided exactly. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '@/db/client';
import { createLibsqlStore } from '@/lib/adapters/libsql-store';
import { createPriceBook } from '@/lib/domain/price-table';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { type Harness, openHarness, START_MS } from '@/tests/db/account/harness';
import {
  admit,
  type Asked,
  type Figures,
  monthOf,
  newCaller,
  newToken,
  outputNano,
  settleAs,
} from '@/tests/db/admission-callers';
import { expectSettledBooks } from '@/tests/support/ledger';

const RUNS = 40;
const PER_MILLION = 1_000_000;

let harness: Harness;
let other: Database;
/** The same database through another process's connections: admissions meet in the file alone. */
let elsewhere: Harness;

beforeAll(async () => {
  harness = await openHarness();
  other = await openDatabase(harness.url);
  const store = createLibsqlStore(other, {
    nowMs: () => START_MS,
    owner: 'host:2:2',
    createPriceBook,
    onBadOverride: () => undefined,
  });
  elsewhere = { ...harness, store };
});
afterAll(() => {
  other.close();
  harness.close();
});

interface Limits {
  readonly tokens: number | null;
  readonly cents: number | null;
}

const roomOf = ({ tokens, cents }: Limits, used: Figures) => ({
  tokens: (tokens ?? Infinity) - used.tokensUsed - used.tokensHeld,
  nano: (cents === null ? Infinity : cents * NANO_USD_PER_CENT) - used.costUsedNanoUsd - used.costHeldNanoUsd,
});

/** What one call alone must be given, by plain arithmetic: output tokens held, or `null` for a refusal. */
function expected(asked: Asked, rooms: readonly ReturnType<typeof roomOf>[]): number | null {
  const tokens = Math.min(...rooms.map((room) => room.tokens));
  const nano = Math.min(...rooms.map((room) => room.nano));
  const byMoney =
    asked.rate === 0 || nano === Infinity
      ? asked.output
      : Math.trunc(((nano - asked.promptNano) * PER_MILLION) / asked.rate);
  const output = Math.min(asked.output, tokens - asked.prompt, byMoney);
  const fits = asked.prompt + output <= tokens && asked.promptNano + outputNano(output, asked.rate) <= nano;
  return output >= asked.floor && fits ? output : null;
}

const LIMITS: fc.Arbitrary<Limits> = fc.record({
  tokens: fc.option(fc.integer({ min: 0, max: 12_000 }), { freq: 3 }),
  cents: fc.option(fc.integer({ min: 0, max: 6 }), { freq: 3 }),
});

const ASKED: fc.Arbitrary<Asked> = fc
  .record({
    prompt: fc.nat(2_000),
    promptNano: fc.nat(6_000_000),
    output: fc.nat(2_000),
    floorShare: fc.nat(100),
    rate: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000_000_000 })),
  })
  .map(({ floorShare, ...asked }) => ({ ...asked, floor: Math.floor((asked.output * floorShare) / 100) }));

/** Calls that start together, by which token and in which process; then how much of what is open ends, and what it used. */
const ROUND = fc.record({
  calls: fc.array(fc.record({ by: fc.nat(2), asked: ASKED, elsewhere: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  }),
  settled: fc.nat(100),
  share: fc.nat(100),
});

describe('caps of plan and token', () => {
  it('are both kept by any calls that start together in two processes, and decide a call alone exactly', async () => {
    const seen = { admitted: 0, clamped: 0, plan: 0, token: 0 };
    await fc.assert(
      fc.asyncProperty(
        LIMITS,
        fc.tuple(LIMITS, LIMITS, LIMITS),
        fc.array(ROUND, { minLength: 1, maxLength: 8 }),
        async (planLimits, tokenLimits, rounds) => {
          const first = await newCaller(harness, planLimits, capsOf(tokenLimits[0]));
          const others = [tokenLimits[1], tokenLimits[2]].map((limits) =>
            newToken(harness, first, capsOf(limits)),
          );
          const callers = [first, ...(await Promise.all(others))];
          const open: { id: string; tokens: number; nano: number }[] = [];
          for (const [round, { calls, settled, share }] of rounds.entries()) {
            const before = await monthOf(harness, 'user', first.user);
            const tokensBefore = await Promise.all(
              callers.map(({ tokenId }) => monthOf(harness, 'token', tokenId)),
            );
            const results = await Promise.all(
              calls.map(async (call, index) => {
                const id = `${first.user}-${round}-${index}`;
                const caller = callers[call.by] ?? first;
                const result = await admit(
                  call.elsewhere ? elsewhere : harness,
                  caller,
                  call.asked,
                  id,
                  START_MS,
                );
                return { id, call, result };
              }),
            );
            for (const { id, call, result } of results) {
              if (result.kind === 'admitted') {
                const { asked } = call;
                const tokens = asked.prompt + result.outputTokens;
                const nano = asked.promptNano + outputNano(result.outputTokens, asked.rate);
                expect(result.outputTokens).toBeGreaterThanOrEqual(asked.floor);
                open.push({ id, tokens, nano });
                seen.admitted += 1;
                if (result.outputTokens < asked.output) seen.clamped += 1;
              } else if (result.kind === 'refused') seen[result.scope] += 1;
              else throw new Error('nobody changed the caller');
            }
            const [only] = results;
            if (results.length === 1 && only !== undefined) {
              const { by, asked } = only.call;
              const limits = tokenLimits[by] ?? tokenLimits[0];
              const used = tokensBefore[by] ?? before;
              const output = expected(asked, [roomOf(planLimits, before), roomOf(limits, used)]);
              expect(only.result.kind === 'admitted' ? only.result.outputTokens : null).toBe(output);
              if (only.result.kind === 'admitted') {
                const after = await monthOf(harness, 'user', first.user);
                const tokenAfter = await monthOf(harness, 'token', callers[by]?.tokenId ?? '');
                expect(only.result.month).toEqual(monthAgainst(planLimits, after, limits, tokenAfter));
              }
            }
            expectWithin(planLimits, await monthOf(harness, 'user', first.user));
            for (const [index, { tokenId }] of callers.entries())
              expectWithin(tokenLimits[index] ?? tokenLimits[0], await monthOf(harness, 'token', tokenId));
            const ending = open.splice(0, Math.ceil((open.length * settled) / 100));
            await Promise.all(
              ending.map(({ id, tokens, nano }) =>
                settleAs(harness, id, Math.floor((tokens * share) / 100), Math.floor((nano * share) / 100)),
              ),
            );
          }
          await Promise.all(open.map(({ id, tokens, nano }) => settleAs(harness, id, tokens, nano)));
          await expectSettledBooks(harness.database.client, first.user);
        },
      ),
      { numRuns: RUNS },
    );
    // The rounds met every branch.
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(0);
  });
});

const capsOf = ({ tokens, cents }: Limits) => ({ monthly_tokens: tokens, monthly_cost_cents: cents });

function expectWithin({ tokens, cents }: Limits, used: Figures): void {
  expect(used.tokensUsed + used.tokensHeld).toBeLessThanOrEqual(tokens ?? Infinity);
  expect(used.costUsedNanoUsd + used.costHeldNanoUsd).toBeLessThanOrEqual(
    cents === null ? Infinity : cents * NANO_USD_PER_CENT,
  );
}

function monthAgainst(plan: Limits, ofCustomer: Figures, token: Limits, ofToken: Figures) {
  const against = ({ tokens, cents }: Limits, figures: Figures) => ({
    tokensLimit: tokens,
    costLimitNanoUsd: cents === null ? null : cents * NANO_USD_PER_CENT,
    ...figures,
  });
  const capped = token.tokens !== null || token.cents !== null;
  return { ...against(plan, ofCustomer), ...(capped ? { token: against(token, ofToken) } : {}) };
}
