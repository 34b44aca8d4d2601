/** A gateway killed in mid-stream loses no call: a sweep settles each once, and never one of a living process. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { bareEnvironment, type ChildGateway, createSite, type Site } from '@/tests/support/child-gateway';
import type { Customer } from '@/tests/support/gateway-verbs';
import { expectSettledBooks, readBooks } from '@/tests/support/ledger';
import { callMessages, type SocketCall } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

const STREAMS = 8;
const SOME_EVENTS = 5;
const ROOT = process.cwd();
const TEST_TIMEOUT_MS = 240_000;

let upstream: Upstream;
let site: Site;
let gateway: ChildGateway;
let customer: Customer;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
});
beforeEach(async () => {
  site = await createSite({ ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY });
  gateway = await site.start();
  customer = await gateway.customer({ plan: { monthly_tokens: 10_000_000 } });
});
afterEach(async () => {
  upstream.script();
  await site.stop();
});
afterAll(() => upstream.stop());

/** Streams that have begun and will not end by themselves. */
async function openStreams(hold: Promise<void> | null): Promise<SocketCall[]> {
  upstream.script(() => (hold === null ? { stopAfterEvents: SOME_EVENTS, end: 'silence' } : { hold }));
  const calls = Array.from({ length: STREAMS }, () =>
    callMessages(gateway.url, customer.token, { stream: true }),
  );
  await Promise.all(calls.map((call) => call.until('text_delta')));
  return calls;
}

/** `npm run tollgate -- sweep`, as an operator runs it beside the servers. */
async function sweep(): Promise<{ expired: number; ids: string[] }> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['run', '--silent', 'tollgate', '--', 'sweep', '--json'],
    {
      cwd: ROOT,
      env: bareEnvironment({ TURSO_DATABASE_URL: site.databaseUrl }),
    },
  );
  return JSON.parse(stdout) as { expired: number; ids: string[] };
}

async function rowsOf(user: string) {
  const sql =
    'SELECT id, ending, grade, error_code, counted_tokens, cost_nano_usd FROM llm_usage WHERE user_id = ? ORDER BY id';
  return (await site.database.client.execute({ sql, args: [user] })).rows.map((row) => ({ ...row }));
}

describe('a gateway killed with open streams', () => {
  it(
    'leaves one row per upstream call, which one sweep settles for good',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      const before = upstream.requests.length;
      const calls = await openStreams(null);
      const ids = await Promise.all(calls.map(async (call) => (await call.head()).id));
      gateway.signal('SIGKILL');
      await gateway.exited;
      expect(await readBooks(site.database.client, customer.user)).toMatchObject({
        rows: STREAMS,
        open: STREAMS,
      });
      expect((await readBooks(site.database.client, customer.user)).tokensHeld).toBeGreaterThan(0);

      const first = await sweep();
      expect(first.expired).toBe(STREAMS);
      expect(first.ids.toSorted()).toEqual(ids.toSorted());
      const books = await expectSettledBooks(site.database.client, customer.user);
      expect(books.rows).toBe(upstream.requests.length - before);
      // The prompt was sent, so its estimate is committed; counts stay unknown.
      expect(books.tokensCommitted).toBeGreaterThan(0);
      const rows = await rowsOf(customer.user);
      expect(rows.map(({ id }) => id)).toEqual(ids.toSorted());
      for (const row of rows)
        expect(row).toMatchObject({ ending: 'expired', grade: 'estimated', error_code: 'expired' });

      expect(await sweep()).toMatchObject({ expired: 0, ids: [] });
      expect(await rowsOf(customer.user)).toEqual(rows);
      await expect(
        site.database.client.execute("UPDATE llm_usage SET ending = 'complete', counted_tokens = 1"),
      ).rejects.toThrow("a settled call can't be settled again");
      expect(await expectSettledBooks(site.database.client, customer.user)).toEqual(books);
    },
  );

  it('is swept by the next start of a server', { timeout: TEST_TIMEOUT_MS }, async () => {
    await openStreams(null);
    gateway.signal('SIGKILL');
    await gateway.exited;
    await site.start();
    expect(await expectSettledBooks(site.database.client, customer.user)).toMatchObject({ rows: STREAMS });
    for (const row of await rowsOf(customer.user)) expect(row).toMatchObject({ ending: 'expired' });
  });
});

describe('a gateway that is alive', () => {
  it(
    'keeps its open calls through a sweep, and settles them itself',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      let letGo: () => void = () => undefined;
      const calls = await openStreams(new Promise<void>((resolve) => (letGo = resolve)));
      expect(await sweep()).toMatchObject({ expired: 0 });
      // A second server that starts beside it does not take them for dead either.
      await site.start();
      expect(await readBooks(site.database.client, customer.user)).toMatchObject({ open: STREAMS });
      letGo();
      await Promise.all(calls.map((call) => call.over()));
      await expectSettledBooks(site.database.client, customer.user);
      for (const row of await rowsOf(customer.user))
        expect(row).toMatchObject({ ending: 'complete', grade: 'exact' });
    },
  );
});
