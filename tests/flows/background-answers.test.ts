/** Answers made in the background outlive sweeps and outages, and are settled once, by whoever is left to do it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSite, type Site } from '@/tests/support/child-gateway';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import type { Customer, GatewayVerbs } from '@/tests/support/gateway-verbs';
import { expectSettledBooks, readBooks } from '@/tests/support/ledger';
import { OPENAI_KEY, startOpenAiUpstream, type OpenAiUpstream } from '@/tests/support/openai-upstream';
import { SMALL_RESPONSE } from '@/tests/support/responses-calls';

const TEST_TIMEOUT_MS = 120_000;
const PLAN = { monthly_tokens: 10_000_000, monthly_cost_cents: 100_000 };
const QUARTER_HOUR_MS = 15 * 60_000;

let upstream: OpenAiUpstream;
const variables = () => ({ OPENAI_API_KEY: OPENAI_KEY, OPENAI_UPSTREAM_URL: upstream.apiUrl });

beforeEach(async () => {
  upstream = await startOpenAiUpstream();
});
afterEach(() => upstream.stop());

/** Starts an answer in the background; its id and that of our row. */
async function begin(url: string, { token }: Customer): Promise<{ answerId: string; requestId: string }> {
  const response = await fetch(`${url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...SMALL_RESPONSE, background: true }),
  });
  const { id, status } = (await response.json()) as { id: string; status: string };
  expect([response.status, status]).toEqual([200, 'queued']);
  return { answerId: id, requestId: response.headers.get('x-request-id') ?? '' };
}

const looksAt = (id: string) =>
  upstream.requests.filter(({ method, url }) => method === 'GET' && url.endsWith(id)).length;
const rowOf = async (gateway: GatewayVerbs, id: string) =>
  (await gateway.admin('GET', `/api/admin/requests/${id}`)).body;

describe('while its gateway runs', () => {
  let gateway: InProcessGateway;
  afterEach(() => gateway.stop());

  it(
    'a sweep renews its hold and leaves it alone, and it is settled once',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      let nowMs = Date.now();
      gateway = await startGateway(variables(), { nowMs: () => nowMs });
      const customer = await gateway.customer({ plan: PLAN });
      const done = { is: false };
      upstream.planBackground({ polls: 0 });
      upstream.script(({ method }) => {
        if (method !== 'GET' || done.is) return null;
        return {
          body: JSON.stringify({
            id: 'x',
            object: 'response',
            status: 'in_progress',
            usage: null,
            output: [],
          }),
        };
      });
      const { answerId, requestId } = await begin(gateway.url, customer);
      await vi.waitFor(() => expect(looksAt(answerId)).toBeGreaterThan(0), TEST_TIMEOUT_MS);
      const { client } = gateway.server.database;
      const books = await readBooks(client, customer.user);
      expect(books).toMatchObject({ rows: 1, open: 1 });
      expect(books.tokensHeld).toBeGreaterThan(0);
      // Swept a minute before its hold would expire, it is good for another quarter of an hour.
      nowMs += QUARTER_HOUR_MS - 60_000;
      expect(await gateway.server.sweep()).toMatchObject({ expired: 0 });
      nowMs += QUARTER_HOUR_MS - 60_000;
      expect(await gateway.server.sweep()).toMatchObject({ expired: 0 });
      expect(await readBooks(client, customer.user)).toEqual(books);
      done.is = true;
      const row = await gateway.settledRow(requestId);
      expect(row).toMatchObject({ ending: 'complete', grade: 'exact', answer_id: answerId });
      const settled = await expectSettledBooks(client, customer.user);
      expect(settled.tokensCommitted).toBe(row['counted_tokens']);
      const looks = looksAt(answerId);
      expect(await gateway.server.sweep()).toMatchObject({ expired: 0 });
      expect([looksAt(answerId), await expectSettledBooks(client, customer.user)]).toEqual([looks, settled]);
    },
  );

  it(
    'an outage of the provider delays its settlement and changes no figure',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      gateway = await startGateway(variables());
      const customer = await gateway.customer({ plan: PLAN });
      upstream.planBackground({ polls: 0 });
      let looks = 0;
      upstream.script(({ method }) => {
        if (method !== 'GET') return null;
        looks += 1;
        return looks === 1 ? { stopAfterBytes: 5, end: 'reset' } : looks === 2 ? { status: 500 } : null;
      });
      const { requestId } = await begin(gateway.url, customer);
      expect(await gateway.settledRow(requestId)).toMatchObject({ ending: 'complete', grade: 'exact' });
      await expectSettledBooks(gateway.server.database.client, customer.user);
    },
  );
});

describe('once its gateway is gone', () => {
  let site: Site;
  afterEach(() => site.stop());

  it(
    'the next one settles it by an estimate, and its maker can still read it',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      site = await createSite(variables());
      const first = await site.start();
      const customer = await first.customer({ plan: PLAN });
      upstream.planBackground({ polls: 1_000 });
      const { answerId, requestId } = await begin(first.url, customer);
      await vi.waitFor(() => expect(looksAt(answerId)).toBeGreaterThan(0), TEST_TIMEOUT_MS);
      first.signal('SIGKILL');
      await first.exited;
      expect(await readBooks(site.database.client, customer.user)).toMatchObject({ rows: 1, open: 1 });
      const second = await site.start();
      expect(await rowOf(second, requestId)).toMatchObject({
        ending: 'expired',
        grade: 'estimated',
        answer_id: answerId,
      });
      const books = await expectSettledBooks(site.database.client, customer.user);
      expect(books.tokensCommitted).toBeGreaterThan(0);
      const read = await fetch(`${second.url}/v1/responses/${answerId}`, {
        headers: { authorization: `Bearer ${customer.token}` },
      });
      expect([read.status, ((await read.json()) as { id: string }).id]).toEqual([200, answerId]);
      expect(await expectSettledBooks(site.database.client, customer.user)).toEqual(books);
    },
  );
});
