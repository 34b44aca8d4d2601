/** Events reach the operator's webhook signed, once at a time, again after failures, and not for ever. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimStatement, giveUpStatement } from '@/db/queries/events';
import { openDatabase } from '@/db/client';
import { createPlan } from '@/lib/account/create-plan';
import { createUser } from '@/lib/account/create-user';
import {
  deliverEvents,
  FIRST_PAUSE_MS,
  GIVE_UP_AFTER_MS,
  KEEP_MS,
  LONGEST_PAUSE_MS,
  pauseMs,
} from '@/lib/account/deliver-events';
import { eventBody } from '@/lib/account/present-event';
import { createEventWebhook, type EventWebhook } from '@/lib/adapters/event-webhook';
import { openHarness, START_MS, type Harness } from './harness';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const UPGRADE_URL = 'https://example.com/pay';

interface Delivery {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let h: Harness;
let server: Server;
let url: string;
let webhook: EventWebhook;
let deliveries: Delivery[];
/** What the receiver answers; `null` never answers. */
let answer: (count: number) => number | null;

beforeEach(async () => {
  h = await openHarness();
  deliveries = [];
  answer = () => 200;
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      deliveries.push({ headers: request.headers, body });
      const status = answer(deliveries.length);
      if (status === null) return;
      response.writeHead(status, status === 302 ? { location: `${url}/elsewhere` } : {}).end('ignored');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  webhook = createEventWebhook({ url, secret: SECRET.slice(6), nowMs: () => Date.now() });
  const limits = {
    monthly_tokens: 10_000,
    monthly_cost_cents: 100,
    rate_limit_rpm: 60,
    rate_limit_tpm: 1_000,
  };
  await createPlan(h.account, { plan: 'small', ...limits });
  await createUser(h.account, { id: 'acme', plan: 'small', name: 'Acme', email: 'ops@acme.example' });
});
afterEach(async () => {
  await webhook.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  h.close();
});

/** A call that leaps to that many tokens; the trigger's clock is the system's, so the event is put on the test's. */
async function use(tokens: number): Promise<void> {
  const { client } = h.database;
  const id = `req_${tokens}`;
  await client.batch([
    {
      sql: `INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, provider, model, endpoint, stream)
VALUES (?, 'acme', ?, ?, '2026-11', 'anthropic', 'm', 'messages', 0)`,
      args: [id, START_MS / 1_000, START_MS],
    },
    {
      sql: `UPDATE llm_usage SET ending = 'complete', grade = 'exact', counted_tokens = ?, cost_nano_usd = 0 WHERE id = ?`,
      args: [tokens, id],
    },
  ]);
  await client.execute({ sql: 'UPDATE events SET created_at = ?1, next_attempt_at = ?1', args: [START_MS] });
}

const deliver = (account = h.account) =>
  deliverEvents(account, {}, { send: webhook.send, upgradeUrl: UPGRADE_URL });

async function stored(): Promise<Record<string, unknown>> {
  const { rows } = await h.database.client.execute('SELECT * FROM events ORDER BY rowid');
  return { ...rows[0] };
}

describe('a delivery', () => {
  it('is signed as Standard Webhooks says, and holds all an e-mail needs', async () => {
    await use(8_200);
    expect(await deliver()).toEqual({ delivered: 1, failed: 0 });
    const [sent] = deliveries;
    const verified = new Webhook(SECRET).verify(sent?.body ?? '', sent?.headers as Record<string, string>);
    const { type, timestamp, data } = eventBody.parse(verified);
    expect(type).toBe('usage.threshold_reached');
    expect(timestamp).toBe(new Date(START_MS).toISOString());
    expect(data).toMatchObject({
      user: { id: 'acme', name: 'Acme', email: 'ops@acme.example' },
      plan: 'small',
      month: '2026-11',
      cap: 'tokens',
      unit: 'tokens',
      threshold: 80,
      limit: 10_000,
      used: 8_200,
      percent: 82,
      limit_text: '10,000 tokens',
      used_text: '8,200 tokens',
      resets_at: '2026-12-01T00:00:00.000Z',
      upgrade_url: 'https://example.com/pay?user=acme&plan=small',
      email: { subject: "82 % of this month's tokens are used" },
    });
    // 8,200 tokens within the customer's first hour: the rest is gone in minutes.
    expect(data.reaches_at).toMatch(/^2026-11-21T12:/);
    expect(data.email.text).toContain('From then on calls are refused until 1 December 2026, 00:00 UTC');
    expect(sent?.headers['webhook-id']).toBe((await stored())['id']);
    expect(sent?.headers['content-type']).toBe('application/json');
    expect(() =>
      new Webhook(`whsec_${Buffer.alloc(32, 1).toString('base64')}`).verify(
        sent?.body ?? '',
        sent?.headers as Record<string, string>,
      ),
    ).toThrow();
  });

  it('tells of a refused call too', async () => {
    await h.database.client.execute({
      sql: `INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, provider, model, endpoint, stream, ending, error_code)
VALUES ('req_1', 'acme', ?, ?, '2026-11', '', '', 'messages', 0, 'refused', 'monthly_cost_used_up')`,
      args: [START_MS / 1_000, START_MS],
    });
    await deliver();
    const { type, data } = eventBody.parse(JSON.parse(deliveries[0]?.body ?? ''));
    expect({ type, ...data }).toMatchObject({
      type: 'usage.blocked',
      cap: 'cost',
      unit: 'nano_usd',
      threshold: null,
      limit: 1_000_000_000,
      used: 0,
      limit_text: '$1.00',
      reaches_at: null,
    });
    expect(data.email.subject).toContain('Calls are being refused');
  });

  it('that was taken is never sent again', async () => {
    await use(8_200);
    await deliver();
    h.setNow(START_MS + LONGEST_PAUSE_MS);
    expect(await deliver()).toEqual({ delivered: 0, failed: 0 });
    expect(deliveries).toHaveLength(1);
    expect(await stored()).toMatchObject({ delivered_at: START_MS, attempts: 1 });
  });

  it('that failed is sent again under its id after growing pauses, and not before', async () => {
    answer = (count) => (count < 4 ? 500 : 204);
    await use(8_200);
    let nowMs = START_MS;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await deliver()).toEqual({ delivered: 0, failed: 1 });
      const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1);
      expect(await stored()).toMatchObject({
        attempts: attempt,
        next_attempt_at: nowMs + pause,
        last_error: 'the receiver answered 500',
      });
      h.setNow(nowMs + pause - 1);
      expect(await deliver()).toEqual({ delivered: 0, failed: 0 });
      nowMs += pause;
      h.setNow(nowMs);
    }
    expect(await deliver()).toEqual({ delivered: 1, failed: 0 });
    expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
    expect(await stored()).toMatchObject({ delivered_at: nowMs, last_error: null });
  });

  it('follows no redirect', async () => {
    answer = () => 302;
    await use(8_200);
    expect(await deliver()).toEqual({ delivered: 0, failed: 1 });
    expect(deliveries).toHaveLength(1);
    expect((await stored())['last_error']).toBe('the receiver answered 302');
  });

  it('to a receiver that never answers, or isn’t there, fails without throwing', async () => {
    answer = () => null;
    await use(8_200);
    const hasty = createEventWebhook({ url, secret: SECRET.slice(6), nowMs: () => START_MS, timeoutMs: 50 });
    expect(await hasty.send({ id: 'evt_1', body: '{}' })).toContain('timeout');
    await hasty.close();
    const nobody = createEventWebhook({ url: 'http://127.0.0.1:1', secret: 'AA==', nowMs: () => START_MS });
    expect(await nobody.send({ id: 'evt_1', body: '{}' })).toBe('ECONNREFUSED');
    await nobody.close();
  });
});

describe('several deliverers', () => {
  it('deliver each event once between them', async () => {
    for (const tokens of [8_000, 1_500, 500]) await use(tokens);
    const other = await openDatabase(h.url);
    const account = { ...h.account, database: other };
    const counts = await Promise.all([deliver(), deliver(account), deliver(), deliver(account)]);
    other.close();
    expect(counts.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(3);
    expect(deliveries).toHaveLength(3);
    expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
  });

  it('take over what a process that died had claimed, once its claim ran out', async () => {
    await use(8_200);
    await h.database.client.execute(claimStatement(START_MS, START_MS + 120_000, 8));
    expect(await deliver()).toEqual({ delivered: 0, failed: 0 });
    h.setNow(START_MS + 120_000);
    expect(await deliver()).toEqual({ delivered: 1, failed: 0 });
  });
});

describe('events', () => {
  it('stand where they are while there is nowhere to send them', async () => {
    await use(8_200);
    const nowhere = { send: null, upgradeUrl: null };
    expect(await deliverEvents(h.account, {}, nowhere)).toEqual({ delivered: 0, failed: 0 });
    expect(await stored()).toMatchObject({ attempts: 0, delivered_at: null });
  });

  it('that are days old when somebody first listens are not told any more', async () => {
    await use(8_200);
    h.setNow(START_MS + GIVE_UP_AFTER_MS + 1);
    expect(await deliver()).toEqual({ delivered: 0, failed: 0 });
    expect(deliveries).toHaveLength(0);
    expect(await stored()).toMatchObject({ delivered_at: null, attempts: 0 });
  });

  it('are forgotten after a quarter of a year, and not before', async () => {
    await use(8_200);
    await deliver();
    h.setNow(START_MS + KEEP_MS);
    await deliver();
    expect(await stored()).toHaveProperty('id');
    h.setNow(START_MS + KEEP_MS + 1);
    await deliver();
    expect(await stored()).toEqual({});
  });

  it('that nobody can make sense of don’t stand in the others’ way', async () => {
    await use(8_200);
    await h.database.client.execute({
      sql: `INSERT INTO events (id, type, user_id, key, facts, created_at, next_attempt_at)
VALUES ('evt_odd', 'usage.odd', 'acme', 'odd', '{}', ?1, ?1 - 1)`,
      args: [START_MS],
    });
    expect(await deliver()).toEqual({ delivered: 1, failed: 1 });
  });

  it('that are due are sought by their index', async () => {
    for (const statement of [claimStatement(1, 2, 8), giveUpStatement(1, 1)]) {
      const { sql, args } = statement as { sql: string; args: number[] };
      const { rows } = await h.database.client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
      const plan = rows.map((row) => JSON.stringify(row['detail'])).join('\n');
      expect(plan).toContain('USING INDEX events_due (next_attempt_at<?)');
      expect(plan).not.toMatch(/SCAN events/);
    }
  });
});

it('pauses double from a minute to six hours', () => {
  expect([1, 2, 3, 9, 10, 60].map(pauseMs)).toEqual([
    60_000,
    120_000,
    240_000,
    15_360_000,
    LONGEST_PAUSE_MS,
    LONGEST_PAUSE_MS,
  ]);
});
