/** The admission statement against a model of it: no sequence of calls takes a month past its caps. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepCalls } from '@/lib/account/sweep-calls';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { type Harness, openHarness, START_MS } from '@/tests/db/account/harness';
import {
  admit,
  type Asked,
  HOLD_MS,
  MODEST,
  newCaller,
  outputNano,
  settleAs,
} from '@/tests/db/admission-callers';
import { detour } from '@/tests/support/client-detour';
import { expectSettledBooks, readBooks } from '@/tests/support/ledger';

const RUNS = 60;
const PER_MILLION = 1_000_000;

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const settle = (id: string, tokens: number, nanoUsd: number) => settleAs(harness, id, tokens, nanoUsd);

/** What the statement must decide, by plain arithmetic: output tokens held, or `null` for a refusal. */
function expected(asked: Asked, tokensRoom: number, nanoRoom: number): number | null {
  const byMoney =
    asked.rate === 0 ? asked.output : Math.trunc(((nanoRoom - asked.promptNano) * PER_MILLION) / asked.rate);
  const output = Math.min(
    asked.output,
    tokensRoom - asked.prompt,
    nanoRoom === Infinity ? asked.output : byMoney,
  );
  const fits =
    asked.prompt + output <= tokensRoom && asked.promptNano + outputNano(output, asked.rate) <= nanoRoom;
  return output >= asked.floor && fits ? output : null;
}

const ASKED: fc.Arbitrary<Asked> = fc
  .record({
    prompt: fc.nat(3_000),
    promptNano: fc.oneof(fc.constant(0), fc.nat(9_000_000)),
    output: fc.nat(3_000),
    floorShare: fc.nat(100),
    rate: fc.oneof(fc.constant(0), fc.constant(75_000_000_000), fc.integer({ min: 1, max: 30_000_000_000 })),
  })
  .map(({ floorShare, ...asked }) => ({ ...asked, floor: Math.floor((asked.output * floorShare) / 100) }));

type Step =
  | { readonly kind: 'admit'; readonly asked: Asked }
  | { readonly kind: 'settle'; readonly pick: number; readonly share: number }
  | { readonly kind: 'sweep'; readonly afterMs: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('admit' as const), asked: ASKED }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), pick: fc.nat(50), share: fc.nat(100) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const), afterMs: fc.nat(2 * HOLD_MS) }) },
);

const LIMITS = fc.record({
  tokens: fc.option(fc.integer({ min: 1, max: 12_000 }), { freq: 4 }),
  cents: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 4 }),
});

describe('the admission statement', () => {
  it('keeps committed + held within both caps, clamps no lower than the floor, and decides exactly by the room left', async () => {
    const seen = { admitted: 0, clamped: 0, refused: 0, swept: 0 };
    await fc.assert(
      fc.asyncProperty(LIMITS, fc.array(STEP, { minLength: 1, maxLength: 25 }), async (limits, steps) => {
        const caller = await newCaller(harness, limits);
        const capTokens = limits.tokens ?? Infinity;
        const capNano = limits.cents === null ? Infinity : limits.cents * NANO_USD_PER_CENT;
        const { client } = harness.database;
        let nowMs = START_MS;
        const open: { id: string; tokens: number; nano: number }[] = [];
        for (const [index, step] of steps.entries()) {
          const before = await readBooks(client, caller.user);
          if (step.kind === 'admit') {
            const { asked } = step;
            const id = `${caller.user}-${index}`;
            const result = await admit(harness, caller, asked, id, nowMs);
            const tokensRoom = capTokens - before.tokensCommitted - before.tokensHeld;
            const nanoRoom = capNano - before.nanoUsdCommitted - before.nanoUsdHeld;
            const output = expected(asked, tokensRoom, nanoRoom);
            expect(result.kind).toBe(output === null ? 'refused' : 'admitted');
            if (result.kind === 'admitted') {
              expect(result.outputTokens).toBe(output);
              expect(result.outputTokens).toBeGreaterThanOrEqual(asked.floor);
              const tokens = asked.prompt + result.outputTokens;
              const nano = asked.promptNano + outputNano(result.outputTokens, asked.rate);
              open.push({ id, tokens, nano });
              expect(result.month).toEqual({
                tokensLimit: limits.tokens,
                tokensUsed: before.tokensCommitted,
                tokensHeld: before.tokensHeld + tokens,
                costLimitNanoUsd: limits.cents === null ? null : capNano,
                costUsedNanoUsd: before.nanoUsdCommitted,
                costHeldNanoUsd: before.nanoUsdHeld + nano,
              });
              seen.admitted += 1;
              if (result.outputTokens < asked.output) seen.clamped += 1;
            } else seen.refused += 1;
          } else if (step.kind === 'settle' && open.length > 0) {
            const [call] = open.splice(step.pick % open.length, 1);
            if (call === undefined) continue;
            const used = (most: number) => Math.floor((most * step.share) / 100);
            await settle(call.id, used(call.tokens), used(call.nano));
            // Once more, as a retry whose first answer was lost: nothing may change.
            const settled = await readBooks(client, caller.user);
            await settle(call.id, call.tokens, call.nano);
            expect(await readBooks(client, caller.user)).toEqual(settled);
          } else if (step.kind === 'sweep') {
            nowMs += step.afterMs;
            harness.setNow(nowMs);
            const { ids } = await sweepCalls(harness.account, {}, { isDead: () => false });
            seen.swept += ids.length;
            open.splice(0, open.length, ...open.filter(({ id }) => !ids.includes(id)));
          }
          const books = await readBooks(client, caller.user);
          expect(books.tokensCommitted + books.tokensHeld).toBeLessThanOrEqual(capTokens);
          expect(books.nanoUsdCommitted + books.nanoUsdHeld).toBeLessThanOrEqual(capNano);
          expect(books.tokensHeld).toBe(open.reduce((sum, { tokens }) => sum + tokens, 0));
          expect(books.nanoUsdHeld).toBe(open.reduce((sum, { nano }) => sum + nano, 0));
        }
        for (const { id, tokens, nano } of open) await settle(id, tokens, nano);
        await expectSettledBooks(client, caller.user);
        harness.setNow(START_MS);
      }),
      { numRuns: RUNS },
    );
    // The sequences met every branch.
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(0);
  });

  it('names the cap that the plan has, also when room came back between the decision and its reason', async () => {
    const caller = await newCaller(harness, { tokens: 200, cents: null });
    const { client } = harness.database;
    expect(await admit(harness, caller, MODEST, `${caller.user}-1`, START_MS)).toMatchObject({
      kind: 'admitted',
    });
    // The decision itself runs past the client: what the client is asked first is the reason.
    const end = detour(client, async (work) => {
      end();
      await settle(`${caller.user}-1`, 0, 0);
      return work();
    });
    expect(await admit(harness, caller, MODEST, `${caller.user}-2`, START_MS)).toMatchObject({
      kind: 'refused',
      cap: 'tokens',
    });
  });

  it('holds any amount for a plan without caps', async () => {
    const caller = await newCaller(harness, { tokens: null, cents: null });
    const huge = {
      ...MODEST,
      prompt: 1_000_000,
      promptNano: 10 ** 12,
      output: 1_000_000,
      rate: 75_000_000_000,
    };
    const result = await admit(harness, caller, huge, `${caller.user}-1`, START_MS);
    expect(result).toEqual({
      kind: 'admitted',
      outputTokens: 1_000_000,
      month: {
        tokensLimit: null,
        tokensUsed: 0,
        tokensHeld: 2_000_000,
        costLimitNanoUsd: null,
        costUsedNanoUsd: 0,
        costHeldNanoUsd: 10 ** 12 + 75_000_000_000,
      },
    });
  });

  it('admits a free model on a plan whose money is used up to the last nano-dollar', async () => {
    const caller = await newCaller(harness, { tokens: null, cents: 1 });
    const all = { ...MODEST, promptNano: NANO_USD_PER_CENT, output: 0, floor: 0 };
    expect(await admit(harness, caller, all, `${caller.user}-1`, START_MS)).toMatchObject({
      kind: 'admitted',
      month: { costLimitNanoUsd: NANO_USD_PER_CENT, costHeldNanoUsd: NANO_USD_PER_CENT },
    });
    const free = { ...MODEST, promptNano: 0, rate: 0 };
    expect(await admit(harness, caller, free, `${caller.user}-2`, START_MS)).toMatchObject({
      kind: 'admitted',
      outputTokens: 50,
    });
    expect(
      await admit(harness, caller, { ...free, promptNano: 1 }, `${caller.user}-3`, START_MS),
    ).toMatchObject({
      kind: 'refused',
      cap: 'cost',
    });
  });

  it('keeps money and time as integers in the row', async () => {
    const caller = await newCaller(harness, { tokens: 1_000_000, cents: 1_000 });
    const id = `${caller.user}-1`;
    await admit(harness, caller, { ...MODEST, rate: 14_999_999_999 }, id, START_MS);
    const columns = [
      'timestamp',
      'started_at',
      'hold_tokens',
      'hold_nano_usd',
      'hold_output_tokens',
      'hold_prompt_nano_usd',
      'hold_expires_at',
      'month_tokens_before',
      'month_nano_usd_before',
      'counted_tokens',
      'cost_nano_usd',
      'cost_millicents',
      'input_tokens',
      'attempts',
      'first_byte_ms',
      'duration_ms',
      'settled_at',
    ];
    const types = async () => {
      const picked = columns.map((column) => `typeof(${column}) AS ${column}`).join(', ');
      const { rows } = await harness.database.client.execute({
        sql: `SELECT ${picked} FROM llm_usage WHERE id = ?`,
        args: [id],
      });
      return Object.fromEntries(columns.map((column) => [column, rows[0]?.[column]]));
    };
    const held = await types();
    for (const column of columns.slice(0, 9)) expect([column, held[column]]).toEqual([column, 'integer']);
    await settle(id, 77, 1_234_567);
    const { hold_expires_at: expiry, ...settled } = await types();
    expect(expiry).toBe('null');
    expect(new Set(Object.values(settled))).toEqual(new Set(['integer']));
    const { rows } = await harness.database.client.execute({
      sql: `SELECT typeof(tokens_committed) || typeof(tokens_held) || typeof(nano_usd_committed) || typeof(nano_usd_held) AS month
        FROM usage_months WHERE user_id = ?`,
      args: [caller.user],
    });
    expect(rows[0]?.['month']).toBe('integer'.repeat(4));
  });
});
