/** A settlement that could not be written is written by the next sweep; a hold nobody runs any more is not renewed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sweepCalls } from '@/lib/account/sweep-calls';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { Settlement } from '@/lib/gateway/ports';
import { START_MS, type Harness, openHarness } from '@/tests/db/account/harness';
import { HOLD_MS, MODEST, admit, newCaller } from '@/tests/db/admission-callers';

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

const settlement = (id: string): Settlement => ({
  id,
  tokenId: null,
  ending: 'complete',
  grade: 'exact',
  status: 200,
  usage: { ...UNKNOWN_USAGE, inputTokens: 7, outputTokens: 3 },
  countedTokens: 10,
  costNanoUsd: 1_000,
  priceVersion: null,
  usageRaw: null,
  reportedModel: null,
  upstreamRequestId: null,
  answerId: null,
  errorCode: null,
  attempts: 1,
  firstByteMs: 1,
  durationMs: 2,
});

async function rowOf(id: string) {
  const sql = 'SELECT ending, hold_expires_at, counted_tokens FROM llm_usage WHERE id = ?';
  return (await harness.database.client.execute({ sql, args: [id] })).rows[0];
}

describe('tending', () => {
  it('writes a kept settlement, once', async () => {
    const caller = await newCaller(harness, { tokens: 1_000, cents: null });
    await admit(harness, caller, MODEST, 'kept', START_MS);
    harness.store.settleLater(settlement('kept'));
    await harness.store.tend(START_MS + HOLD_MS);
    expect(await rowOf('kept')).toMatchObject({ ending: 'complete', counted_tokens: 10 });
    await harness.store.tend(START_MS + HOLD_MS);
    expect(await rowOf('kept')).toMatchObject({ ending: 'complete', counted_tokens: 10 });
  });

  it('renews running calls and lets a row that nobody runs expire', async () => {
    const caller = await newCaller(harness, { tokens: 10_000, cents: null });
    await admit(harness, caller, MODEST, 'running', START_MS);
    await admit(harness, caller, MODEST, 'orphan', START_MS);
    // As after an admission whose answer was lost: the row is there, the process never learned of it.
    await harness.database.client.execute(`UPDATE llm_usage SET id = 'lost' WHERE id = 'orphan'`);
    await harness.store.tend(START_MS + 10 * HOLD_MS);
    harness.setNow(START_MS + 2 * HOLD_MS);
    const { ids } = await sweepCalls(harness.account, {}, { isDead: () => false });
    expect(ids).toEqual(['lost']);
    expect(await rowOf('running')).toMatchObject({ ending: null });
  });
});
