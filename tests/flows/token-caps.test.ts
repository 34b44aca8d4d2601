/** A token with monthly caps of its own: it is clamped and refused by them while its siblings go on, and rotating it starts nothing afresh. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import { reporting } from '@/tests/support/gateway-calls';
import { expectSettledBooks } from '@/tests/support/ledger';
import { callMessages, type MessageOptions } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

const CAP = 2_000;

let upstream: Upstream;
let gateway: InProcessGateway;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  gateway = await startGateway({
    ANTHROPIC_UPSTREAM_URL: upstream.url,
    ANTHROPIC_API_KEY: UPSTREAM_KEY,
    TOLLGATE_UPGRADE_URL: 'https://tollgate.example/upgrade',
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

/** One call to its end, settled; every figure the caller sees of it. */
async function call(token: string, options: MessageOptions = {}) {
  const made = callMessages(gateway.url, token, options);
  await made.over();
  const { status, headers, id } = await made.head();
  const row = await gateway.settledRow(id);
  return { status, headers, row, text: made.text() };
}

const reports = (input: number, output: number) => upstream.script(() => reporting(input, output));
const books = (user: string) => expectSettledBooks(gateway.server.database.client, user);

async function sibling(user: string): Promise<string> {
  const { body } = await gateway.admin('POST', '/api/admin/tokens', { user, name: 'sibling' });
  return String(body['token']);
}

async function rotate(tokenId: string): Promise<Record<string, unknown>> {
  const { status, body } = await gateway.admin('POST', `/api/admin/tokens/${tokenId}/rotate`, {});
  expect(status).toBe(201);
  return body;
}

const USED_UP =
  /^this token's monthly token limit reached \(this call needs at least \d+ tokens\) · limit 2000 tokens · used 1950 tokens · remaining 50 tokens · resets \d{4}-\d\d-01T00:00:00Z$/;

describe('a token with a cap of 2,000 tokens a month', () => {
  it('is refused when they are used, while a sibling of the same customer goes on', async () => {
    const who = await gateway.customer({ plan: { monthly_tokens: 100_000 }, token: { monthly_tokens: CAP } });
    const other = await sibling(who.user);
    reports(1_500, 450);
    expect((await call(who.token)).status).toBe(200);
    const before = upstream.requests.length;
    const refused = await call(who.token);
    expect(refused.status).toBe(429);
    // In full: who is told so can't be helped by an upgrade, and no link says otherwise.
    expect(JSON.parse(refused.text)).toEqual({
      type: 'error',
      error: { type: 'billing_error', message: expect.stringMatching(USED_UP) as string },
      request_id: refused.headers['x-request-id'],
    });
    expect(refused.headers).toMatchObject({
      'x-should-retry': 'false',
      'x-tollgate-remaining-tokens': '50',
      'x-tollgate-remaining-usd': 'unlimited',
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-overage-utilization': '0.97',
    });
    expect(refused.headers).not.toHaveProperty('retry-after');
    expect(refused.row).toMatchObject({ ending: 'refused', error_code: 'token_tokens_used_up' });
    expect(upstream.requests).toHaveLength(before);
    const free = await call(other);
    expect(free.status).toBe(200);
    // The sibling sees the plan's room, less what both used and what its own call holds.
    expect(Number(free.headers['x-tollgate-remaining-tokens'])).toBeGreaterThan(90_000);
    expect((await call(who.token)).status).toBe(429);
    await books(who.user);
  });

  it('is clamped to what the cap has left, and says so as near the cap of a plan', async () => {
    const asked = { maxTokens: 50_000 };
    reports(30, 20);
    const ofToken = await gateway.customer({
      plan: { monthly_tokens: 100_000 },
      token: { monthly_tokens: CAP },
    });
    const ofPlan = await gateway.customer({ plan: { monthly_tokens: CAP } });
    const clamped = await Promise.all([call(ofToken.token, asked), call(ofPlan.token, asked)]);
    const told = clamped.map(({ status, headers }) => [
      status,
      headers['x-tollgate-clamped-max-tokens'],
      headers['x-tollgate-remaining-tokens'],
    ]);
    expect(told[0]).toEqual(told[1]);
    const limit = Number(told[0]?.[1]);
    expect(limit).toBeGreaterThanOrEqual(64);
    expect(limit).toBeLessThan(CAP);
    for (const request of upstream.requests.slice(-2))
      expect(request.json()).toMatchObject({ max_tokens: limit });
    await Promise.all([books(ofToken.user), books(ofPlan.user)]);
  });

  it('keeps what was used of it through a rotation, and so does the next one', async () => {
    const who = await gateway.customer({ plan: {}, token: { monthly_tokens: CAP } });
    reports(1_500, 450);
    expect((await call(who.token)).status).toBe(200);
    const next = await rotate(who.tokenId);
    const last = await rotate(String(next['id']));
    expect(last).toMatchObject({ monthly_tokens: CAP });
    const refused = await call(String(last['token']));
    expect(refused.text).toContain('used 1950 tokens');
    // $3 and $15 per million: what stands in the successors' books without a row of their own.
    const carried = { tokens: 1_950, nanoUsd: 1_500 * 3_000 + 450 * 15_000 };
    const successors = [next, last].map(({ id }) => ({ tokenId: String(id), ...carried }));
    await expectSettledBooks(gateway.server.database.client, who.user, successors);
  });

  it('goes on the moment its cap is raised or lifted', async () => {
    const who = await gateway.customer({ plan: {}, token: { monthly_tokens: CAP } });
    const change = (body: object) => gateway.admin('PATCH', `/api/admin/tokens/${who.tokenId}`, body);
    reports(1_900, 90);
    expect((await call(who.token)).status).toBe(200);
    expect((await call(who.token)).status).toBe(429);
    await change({ monthly_tokens: CAP * 2 });
    expect((await call(who.token)).status).toBe(200);
    expect((await call(who.token)).status).toBe(429);
    await change({ monthly_tokens: null });
    const free = await call(who.token);
    expect([free.status, free.headers['x-tollgate-remaining-tokens']]).toEqual([200, 'unlimited']);
    await books(who.user);
  });
});

describe('a token with a money cap', () => {
  it('is refused in money words, and what it may still spend stands in the headers', async () => {
    const who = await gateway.customer({
      plan: { monthly_cost_cents: 100 },
      token: { monthly_cost_cents: 2 },
    });
    // 1,000 × $3 + 1,000 × $15 per million = $0.018 of $0.02.
    reports(1_000, 1_000);
    const first = await call(who.token);
    expect(Number(first.headers['x-tollgate-remaining-usd'])).toBeLessThan(0.02);
    const refused = await call(who.token, { prompt: 'word '.repeat(2_000) });
    expect(refused.row).toMatchObject({ error_code: 'token_cost_used_up', cost_nano_usd: 0 });
    expect(refused.text).toContain("this token's monthly spend limit reached (this call needs at least $");
    expect(refused.text).toContain('limit $0.02 · used $0.018 · remaining $0.002');
    expect(refused.headers['x-tollgate-remaining-usd']).toBe('0.002000');
    await books(who.user);
  });
  it('may not use a model that has no price, though its plan caps no money', async () => {
    const who = await gateway.customer({ plan: {}, token: { monthly_cost_cents: 1_000 } });
    const before = upstream.requests.length;
    const refused = await call(who.token, { model: 'claude-of-tomorrow' });
    expect([refused.status, refused.row['error_code']]).toEqual([404, 'model_unknown']);
    expect(refused.text).toContain('has no price on this gateway, and this token caps money');
    expect(upstream.requests).toHaveLength(before);
  });
});
