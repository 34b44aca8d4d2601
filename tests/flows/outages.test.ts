/** A limiter that is away lets calls through and is logged; a database that is away lets nothing through. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '@/db/client';
import { mintToken } from '@/lib/domain/token';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { cutOff } from '@/tests/support/client-detour';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import type { Customer } from '@/tests/support/gateway-verbs';
import { keepLog } from '@/tests/support/kept-log';
import { expectSettledBooks } from '@/tests/support/ledger';
import { type RedisRest, startRedisRest } from '@/tests/support/redis-rest';
import { callMessages } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

let upstream: Upstream;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
});
afterEach(() => {
  upstream.script();
});
afterAll(() => upstream.stop());

function variables(more: Record<string, string> = {}): Record<string, string> {
  return { ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY, ...more };
}

describe('a limiter that cannot be asked', () => {
  const log = keepLog();
  let redis: RedisRest;
  let gateway: InProcessGateway;
  let customer: Customer;

  beforeAll(async () => {
    redis = await startRedisRest();
    const upstash = { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: redis.token };
    gateway = await startGateway(variables(upstash), { log });
    customer = await gateway.customer({ plan: { rate_limit_rpm: 1 } });
  });
  afterAll(async () => {
    await gateway.stop();
    await redis.stop();
  });

  async function callAndCountOutages(): Promise<{ status: number; outages: number }> {
    log.forget();
    const made = callMessages(gateway.url, customer.token);
    await made.over();
    const { status, id, headers } = await made.head();
    expect(headers).not.toHaveProperty('anthropic-ratelimit-requests-limit');
    expect(await gateway.settledRow(id)).toMatchObject({ ending: 'complete', grade: 'exact' });
    // The call's own line comes last: whatever else it logged is there already.
    await expect.poll(() => log.lines.some(({ event }) => event === 'request')).toBe(true);
    return { status, outages: log.lines.filter(({ event }) => event.includes('outage')).length };
  }

  it.each(['refuses connections', 'hangs'])(
    'that %s lets every call through, logged once per call',
    async (how) => {
      if (how === 'hangs') redis.pause();
      else await redis.refuse();
      try {
        // Twice as many as the plan's one request per minute.
        expect(await callAndCountOutages()).toEqual({ status: 200, outages: 1 });
        expect(await callAndCountOutages()).toEqual({ status: 200, outages: 1 });
      } finally {
        if (how === 'hangs') redis.resume();
        else await redis.accept();
      }
      await expectSettledBooks(gateway.server.database.client, customer.user);
    },
  );

  it('limits again as soon as it is back', async () => {
    const other = await gateway.customer({ plan: { rate_limit_rpm: 1 } });
    const statuses: number[] = [];
    for (let call = 0; call < 2; call += 1) {
      const made = callMessages(gateway.url, other.token);
      await made.over();
      statuses.push((await made.head()).status);
    }
    // A minute may turn between the two; its window still counts the one before.
    expect(statuses).toEqual([200, 429]);
    await expectSettledBooks(gateway.server.database.client, other.user);
  });
});

describe('a database that is away', () => {
  async function expectUnavailable(base: string, token: string): Promise<void> {
    const before = upstream.requests.length;
    const made = callMessages(base, token);
    await made.over();
    expect(await made.head()).toMatchObject({
      status: 503,
      headers: { 'x-should-retry': 'true', 'retry-after': '1' },
    });
    expect(JSON.parse(made.text())).toMatchObject({
      type: 'error',
      error: { type: 'api_error', message: expect.stringContaining('database') },
    });
    expect(upstream.requests.length).toBe(before);
  }

  it('from the start refuses calls as retryable, sends nothing upstream, and still says it is alive', async () => {
    const gateway = await startGateway(
      variables({ TURSO_DATABASE_URL: `http://127.0.0.1:${await closedPort()}` }),
    );
    try {
      await expectUnavailable(
        gateway.url,
        mintToken((bytes) => crypto.getRandomValues(new Uint8Array(bytes))),
      );
      expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
    } finally {
      await gateway.stop();
    }
  });

  it('at the admission of a known caller refuses the call as retryable and sends nothing upstream', async () => {
    const gateway = await startGateway(variables());
    const customer = await gateway.customer();
    const warm = callMessages(gateway.url, customer.token);
    await warm.over();
    await gateway.settledRow((await warm.head()).id);
    const { client } = gateway.server.database;
    const comeBack = cutOff(gateway.server.database);
    try {
      await expectUnavailable(gateway.url, customer.token);
    } finally {
      comeBack();
      await expectSettledBooks(client, customer.user);
      await gateway.stop();
    }
  });
});

describe('a database locked by another process', () => {
  it('delays no byte of a running answer, and the settlement lands once the lock is gone', async () => {
    const gateway = await startGateway(variables());
    const other = await openDatabase(gateway.server.env.databaseUrl);
    try {
      const customer = await gateway.customer();
      let letGo: () => void = () => undefined;
      upstream.script({ hold: new Promise<void>((resolve) => (letGo = resolve)) });
      const made = callMessages(gateway.url, customer.token, { stream: true });
      await made.until('message_stop');
      const lock = await other.client.transaction('write');
      letGo();
      await made.over();
      expect(made.endedCleanly()).toBe(true);
      const { id } = await made.head();
      const { body } = await gateway.admin('GET', `/api/admin/requests/${id}`);
      expect(body['ending']).toBeNull();
      await lock.rollback();
      expect(await gateway.settledRow(id)).toMatchObject({ ending: 'complete', grade: 'exact' });
      await expectSettledBooks(gateway.server.database.client, customer.user);
    } finally {
      other.close();
      await gateway.stop();
    }
  });

  it('or failing outright is asked again until the settlement lands', async () => {
    const gateway = await startGateway(variables());
    try {
      const customer = await gateway.customer();
      let letGo: () => void = () => undefined;
      upstream.script({ hold: new Promise<void>((resolve) => (letGo = resolve)) });
      const made = callMessages(gateway.url, customer.token, { stream: true });
      await made.until('message_stop');
      const { client } = gateway.server.database;
      let failures = 0;
      const comeBack = cutOff(gateway.server.database, () => (failures += 1));
      letGo();
      await made.over();
      await expect.poll(() => failures).toBeGreaterThan(0);
      comeBack();
      expect(await gateway.settledRow((await made.head()).id)).toMatchObject({
        ending: 'complete',
        grade: 'exact',
      });
      await expectSettledBooks(client, customer.user);
    } finally {
      await gateway.stop();
    }
  });
});

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
