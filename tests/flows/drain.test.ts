/** SIGTERM: no new calls, open streams may finish until the deadline, every hold is settled, exit code 0. */
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { createSite, type Site } from '@/tests/support/child-gateway';
import { expectSettledBooks } from '@/tests/support/ledger';
import { begin, callMessages, messageBody, messageHead } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

const STREAMS = 4;
const SOME_EVENTS = 5;
const PATIENT_MS = 60_000;
const IMPATIENT_MS = 300;
const POLL_TIMEOUT_MS = 20_000;
const TEST_TIMEOUT_MS = 240_000;

let upstream: Upstream;
let site: Site;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
});
beforeEach(async () => {
  site = await createSite({ ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY });
});
afterEach(async () => {
  upstream.script();
  await site.stop();
});
afterAll(() => upstream.stop());

function isRefused(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

async function endingsOf(user: string): Promise<unknown[]> {
  const sql = "SELECT ending || '/' || grade AS ended FROM llm_usage WHERE user_id = ?";
  return (await site.database.client.execute({ sql, args: [user] })).rows.map((row) => row['ended']);
}

describe('SIGTERM', () => {
  it(
    'lets open streams finish, refuses new calls, settles every hold, exits 0',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      const gateway = await site.start({ TOLLGATE_DRAIN_MS: String(PATIENT_MS) });
      const who = await gateway.customer({ plan: {} });
      let letGo: () => void = () => undefined;
      const hold = new Promise<void>((resolve) => (letGo = resolve));
      upstream.script(() => ({ hold }));
      const calls = Array.from({ length: STREAMS }, () =>
        callMessages(gateway.url, who.token, { stream: true }),
      );
      await Promise.all(calls.map((call) => call.until('text_delta')));
      const requests = upstream.requests.length;

      // A call whose head is on its way when the signal comes: its connection is open, so it can be answered.
      const late = begin(gateway.url);
      const body = messageBody();
      const head = messageHead(who.token, body);
      late.write(head.slice(0, 20));
      // Answered after the piece above was read: both went to the same listener in this order.
      await (await fetch(`${gateway.url}/health`)).text();
      gateway.signal('SIGTERM');
      await expect.poll(() => isRefused(gateway.url), { timeout: POLL_TIMEOUT_MS }).toBe(true);
      late.write(head.slice(20) + body);
      await late.over();
      expect(await late.head()).toMatchObject({
        status: 503,
        headers: { 'x-should-retry': 'true', 'retry-after': '1' },
      });
      expect(JSON.parse(late.text())).toMatchObject({ type: 'error', error: { type: 'api_error' } });

      letGo();
      await Promise.all(calls.map((call) => call.over()));
      for (const call of calls) {
        expect(call.endedCleanly()).toBe(true);
        expect(call.text()).toContain('"message_stop"');
      }
      expect(await gateway.exited).toBe(0);
      expect(upstream.requests.length).toBe(requests);
      await expectSettledBooks(site.database.client, who.user);
      expect(await endingsOf(who.user)).toEqual(Array<string>(STREAMS).fill('complete/exact'));
    },
  );

  it(
    'cuts off what outlives the deadline, and settles it as cancelled',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      const gateway = await site.start({ TOLLGATE_DRAIN_MS: String(IMPATIENT_MS) });
      const who = await gateway.customer({ plan: {} });
      upstream.script(() => ({ stopAfterEvents: SOME_EVENTS, end: 'silence' }));
      const calls = Array.from({ length: STREAMS }, () =>
        callMessages(gateway.url, who.token, { stream: true }),
      );
      await Promise.all(calls.map((call) => call.until('text_delta')));
      const streaming = upstream.requests.slice(-STREAMS);
      gateway.signal('SIGTERM');
      await Promise.all(calls.map((call) => call.over()));
      for (const call of calls) expect(call.endedCleanly()).toBe(false);
      expect(await gateway.exited).toBe(0);
      await Promise.all(streaming.map((request) => request.aborted));
      const books = await expectSettledBooks(site.database.client, who.user);
      expect(books.tokensCommitted).toBeGreaterThan(0);
      expect(await endingsOf(who.user)).toEqual(Array<string>(STREAMS).fill('cancelled/estimated'));
    },
  );
});
