/** The gateway tries again only what the provider calls safe, before the first byte, within a budget; the row stays one. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createUndiciFetch } from '@/lib/adapters/undici-fetch';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import { expectSettledBooks } from '@/tests/support/ledger';
import { callMessages } from '@/tests/support/socket-call';
import type { Behaviour } from '@/tests/support/upstream-answer';
import type { Upstream } from '@/tests/support/upstream-server';

/** Timers may fire this much early against the wall clock. */
const CLOCK_SLACK_MS = 20;

let upstream: Upstream;
let gateway: InProcessGateway;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  gateway = await startGateway({ ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY });
});
afterEach(() => {
  upstream.script();
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

function failing(status: number, headers: Record<string, string | null> = {}): Behaviour {
  return { status, headers: { 'x-should-retry': 'true', 'retry-after': null, ...headers } };
}

/** Makes one call; proves that exactly one row came of it and nothing is held. */
async function callOnce(at: InProcessGateway = gateway) {
  const who = await at.customer({ plan: {} });
  const before = upstream.requests.length;
  const made = callMessages(at.url, who.token);
  await made.over();
  const { status, id } = await made.head();
  const row = await at.settledRow(id);
  await expectSettledBooks(at.server.database.client, who.user);
  const kept = await at.server.database.client.execute({
    sql: 'SELECT count(*) AS calls FROM llm_usage WHERE user_id = ?',
    args: [who.user],
  });
  expect(kept.rows[0]?.['calls']).toBe(1);
  return { status, row, text: made.text(), requests: upstream.requests.slice(before) };
}

describe('a failure that the provider calls safe to retry', () => {
  it('is tried again and becomes one complete call with its attempts counted', async () => {
    upstream.script(failing(529), {});
    const { status, row, requests } = await callOnce();
    expect(status).toBe(200);
    expect(row).toMatchObject({
      ending: 'complete',
      grade: 'exact',
      status: 200,
      attempts: 2,
      error_code: null,
    });
    expect(requests.map(({ body }) => body.toString())).toEqual([
      requests[0]?.body.toString(),
      requests[0]?.body.toString(),
    ]);
  });

  it('is tried three times at most, then passed on', async () => {
    upstream.script(() => failing(503, { 'retry-after-ms': '1' }));
    const { status, row, requests } = await callOnce();
    expect(status).toBe(503);
    expect(requests).toHaveLength(3);
    expect(row).toMatchObject({ ending: 'broken', status: 503, attempts: 3, cost_nano_usd: 0 });
  });

  it('waits as long as `retry-after-ms` says', async () => {
    upstream.script(failing(429, { 'retry-after-ms': '700', 'retry-after': '60' }), {});
    const { status, requests } = await callOnce();
    expect(status).toBe(200);
    const [first, second] = requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(700 - CLOCK_SLACK_MS);
  });

  it('waits as long as `retry-after` says, in seconds', async () => {
    upstream.script(failing(429, { 'retry-after': '1' }), {});
    const { status, requests } = await callOnce();
    expect(status).toBe(200);
    const [first, second] = requests;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(1_000 - CLOCK_SLACK_MS);
  });

  it('is passed on at once when the provider asks for more patience than the budget has', async () => {
    upstream.script(failing(429, { 'retry-after': '30' }), {});
    const { status, row, requests } = await callOnce();
    expect(status).toBe(429);
    expect(requests).toHaveLength(1);
    expect(row).toMatchObject({ ending: 'refused', status: 429, attempts: 1 });
  });

  it('is passed on once the pauses together used the budget up', async () => {
    upstream.script(() => failing(529, { 'retry-after-ms': '1600' }));
    const { status, row, requests } = await callOnce();
    expect(status).toBe(529);
    expect(requests).toHaveLength(2);
    expect(row).toMatchObject({ attempts: 2 });
  });
});

describe('a failure that is not known to be safe', () => {
  it.each([429, 500, 529])('%i without `x-should-retry` is passed on at once', async (status) => {
    upstream.script(failing(status, { 'x-should-retry': null, 'retry-after': '0' }), {});
    const answer = await callOnce();
    expect(answer.status).toBe(status);
    expect(answer.requests).toHaveLength(1);
    expect(answer.row).toMatchObject({ attempts: 1 });
  });

  it('`x-should-retry: false` is passed on at once', async () => {
    upstream.script(failing(503, { 'x-should-retry': 'false' }), {});
    const answer = await callOnce();
    expect(answer.status).toBe(503);
    expect(answer.requests).toHaveLength(1);
  });
});

describe('a refused connection', () => {
  it('is tried again, and a provider that is back answers the same call', async () => {
    const real = createUndiciFetch();
    // Back as soon as the first try was refused: no race against the pauses.
    const other = await startGateway(
      { ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY },
      {
        fetch: (request) =>
          real.fetch(request).catch(async (fault: unknown) => {
            await upstream.accept();
            throw fault;
          }),
      },
    );
    try {
      await upstream.refuse();
      const { status, row, requests } = await callOnce(other);
      expect(status).toBe(200);
      expect(requests).toHaveLength(1);
      expect(row).toMatchObject({ ending: 'complete', grade: 'exact', attempts: 2 });
    } finally {
      await other.stop();
      await real.close();
    }
  });
});
