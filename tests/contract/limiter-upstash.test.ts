/** What only the shared limiter promises: its keys in Redis, and an outage wherever it cannot be asked. */
import { describe, expect, it } from 'vitest';
import { createUpstashLimiter } from '@/lib/adapters/upstash-limiter';
import type { Limiter } from '@/lib/gateway/ports';
import {
  allowed,
  LIMITS,
  newUser,
  refused,
  START_MS,
  START_WINDOW,
  takeTimes,
  useLimiterBench,
} from '@/tests/support/limiters';

const bench = useLimiterBench();

describe('upstash limiter', () => {
  it('keeps requests under user and minute, tokens under user, and neither under the limit', async () => {
    const user = newUser();
    const limiter = bench().upstash();
    allowed(await limiter.take(user, LIMITS, 100));
    allowed(await limiter.take(user, { rpm: 50, tpm: 6_000 }, 100));
    const keys = (await bench().rest.redis('KEYS', `*${user}*`)) as string[];
    expect(keys.toSorted()).toEqual([`tollgate:rpm:${user}:${START_WINDOW}`, `tollgate:tpm:${user}`]);
    expect(await bench().rest.redis('GET', `tollgate:rpm:${user}:${START_WINDOW}`)).toBe('2');
    expect(await bench().rest.redis('HMGET', `tollgate:tpm:${user}`, 'tokens', 'refilledAt')).toEqual([
      '400',
      String(START_MS),
    ]);
  });

  it('leaves no key that does not expire', async () => {
    const user = newUser();
    const limiter = bench().upstash();
    await limiter.settle(user, LIMITS, 100, 0);
    await limiter.release(user, LIMITS, 100);
    expect(await bench().rest.redis('KEYS', `*${user}*`)).toEqual([]);
    allowed(await limiter.take(user, LIMITS, 100));
    await limiter.release(user, LIMITS, 100);
    expect(bench().rest.expiresAtMs(`tollgate:rpm:${user}:${START_WINDOW}`)).toBe(START_MS + 121_000);
    expect(bench().rest.expiresAtMs(`tollgate:tpm:${user}`)).toBe(START_MS + 10_000);
  });

  it('asks once per admitted call', async () => {
    const user = newUser();
    const limiter = bench().upstash();
    allowed(await limiter.take(user, LIMITS, 1));
    const before = bench().rest.requests();
    allowed(await limiter.take(user, LIMITS, 1));
    expect(bench().rest.requests() - before).toBe(1);
  });

  it('shares its counters with every other instance', async () => {
    const user = newUser();
    await takeTimes(bench().upstash(), user, LIMITS, 5);
    expect(refused(await bench().upstash().take(user, LIMITS, 0)).by).toBe('requests');
  });
});

describe('upstash limiter that cannot be asked', () => {
  const failing = async (limiter: Limiter, reason: RegExp): Promise<void> => {
    const user = newUser();
    expect(await limiter.take(user, LIMITS, 100)).toEqual({
      kind: 'outage',
      reason: expect.stringMatching(reason),
    });
    await Promise.all([
      expect(limiter.settle(user, LIMITS, 100, 50)).resolves.toBeUndefined(),
      expect(limiter.settle(user, LIMITS, 100, 150)).resolves.toBeUndefined(),
      expect(limiter.release(user, LIMITS, 100)).resolves.toBeUndefined(),
      expect(limiter.peek(user, LIMITS)).resolves.toBeNull(),
      expect(limiter.ping()).rejects.toThrow('limiter unreachable'),
    ]);
    const operations = bench().logged.map(([level, event, fields]) => [level, event, fields['operation']]);
    for (const operation of ['take', 'settle', 'release', 'peek', 'ping']) {
      expect(operations).toContainEqual(['error', 'limiter.outage', operation]);
    }
    expect(operations).toHaveLength(6);
    expect(JSON.stringify(bench().logged)).not.toContain(bench().rest.token);
  };

  it('answers a hanging limiter with an outage, and decides again when it is back', async () => {
    const { url, token } = bench().rest;
    const limiter = createUpstashLimiter({ url, token, log: bench().log });
    bench().rest.pause();
    try {
      await failing(limiter, /timeout/);
    } finally {
      bench().rest.resume();
    }
    allowed(await limiter.take(newUser(), LIMITS, 1));
  });

  it('answers a refused connection with an outage, and decides again when it is back', async () => {
    const limiter = bench().upstash();
    await bench().rest.refuse();
    try {
      await failing(limiter, /ECONNREFUSED/);
    } finally {
      await bench().rest.accept();
    }
    allowed(await limiter.take(newUser(), LIMITS, 1));
  });

  it('answers a wrong token with an outage that does not name the command', async () => {
    const limiter = createUpstashLimiter({ url: bench().rest.url, token: 'not-the-token', log: bench().log });
    await failing(limiter, /WRONGPASS/);
    expect(JSON.stringify(bench().logged)).not.toContain('tollgate:');
  });

  it('answers an error of Redis with an outage', async () => {
    const user = newUser();
    await bench().rest.redis('SET', `tollgate:tpm:${user}`, 'not a hash');
    expect(await bench().upstash().take(user, LIMITS, 1)).toMatchObject({
      kind: 'outage',
      reason: expect.stringMatching(/WRONGTYPE/),
    });
  });
});
