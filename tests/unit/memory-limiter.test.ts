/** The memory of the in-process limiter stays bounded; what it decides is in `tests/contract/limiter.test.ts`. */
import { describe, expect, it } from 'vitest';
import { FORGOTTEN_AFTER_MS } from '@/lib/adapters/limiter-arithmetic';
import { createMemoryLimiter, MAX_CUSTOMERS } from '@/lib/adapters/memory-limiter';

const LIMITS = { rpm: 5, tpm: 600 };
const START_MS = 1_800_000_000_000;

describe('memory limiter', () => {
  it('forgets customers that were idle until nothing of them counts', async () => {
    let atMs = START_MS;
    const limiter = createMemoryLimiter({ nowMs: () => atMs });
    for (let customer = 0; customer < 50; customer++) await limiter.take(`idle-${customer}`, LIMITS, 1);
    atMs += FORGOTTEN_AFTER_MS;
    await limiter.take('early', LIMITS, 1);
    expect(limiter.customers()).toBe(51);
    atMs += 1;
    await limiter.take('late', LIMITS, 1);
    expect(limiter.customers()).toBe(2);
  });

  it('remembers a bounded number of customers, those seen last', async () => {
    const limiter = createMemoryLimiter({ nowMs: () => START_MS });
    await limiter.take('first', LIMITS, 600);
    await limiter.take('kept', LIMITS, 600);
    for (let customer = 2; customer < MAX_CUSTOMERS; customer++)
      await limiter.take(`c-${customer}`, LIMITS, 1);
    expect(await limiter.take('kept', LIMITS, 1)).toMatchObject({ kind: 'refused', by: 'tokens' });
    await limiter.take('one too many', LIMITS, 1);
    expect(limiter.customers()).toBe(MAX_CUSTOMERS);
    expect(await limiter.take('kept', LIMITS, 1)).toMatchObject({ kind: 'refused', by: 'tokens' });
    expect((await limiter.peek('first', LIMITS))?.tokens.remaining).toBe(600);
  });

  it('remembers nobody for being looked at', async () => {
    const limiter = createMemoryLimiter({ nowMs: () => START_MS });
    await limiter.peek('stranger', LIMITS);
    expect(limiter.customers()).toBe(0);
  });
});
