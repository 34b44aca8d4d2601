/** Callers that push at the edges: holds still cover what they can spend, refusing them stays cheap, and nobody else pays for it. */
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, JWT_SECRET, startGateway } from '@/tests/support/gateway';
import { readBooks } from '@/tests/support/ledger';
import type { Upstream } from '@/tests/support/upstream-server';

let upstream: Upstream;
let gateway: InProcessGateway;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  gateway = await startGateway({
    ANTHROPIC_UPSTREAM_URL: upstream.url,
    ANTHROPIC_API_KEY: UPSTREAM_KEY,
    TOLLGATE_SECRET: JWT_SECRET,
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

const BODY = { model: 'claude-haiku-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };

function post(token: string, body: unknown, path = '/v1/messages'): Promise<Response> {
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function errorOf(response: Response): Promise<{ type: string; message: string }> {
  return ((await response.json()) as { error: { type: string; message: string } }).error;
}

async function rowsOf(user: string): Promise<number> {
  const sql = 'SELECT count(*) AS n FROM llm_usage WHERE user_id = ?';
  return Number((await gateway.server.database.client.execute({ sql, args: [user] })).rows[0]?.['n']);
}

describe('hammering a closed minute', () => {
  it('keeps at most 60 refusals a minute as rows', async () => {
    const { user, token } = await gateway.customer({ plan: { rate_limit_rpm: 1 } });
    upstream.script();
    const statuses: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => post(token, BODY)));
      for (const answer of answers) {
        statuses.push(answer.status);
        await answer.text();
      }
    }
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    // Of 200 calls one minute's worth, or two where the clock turned; the first burst meets the limiter beside its holds.
    expect(await rowsOf(user)).toBeLessThanOrEqual(2 * 60 + 2 * 10);
    expect((await readBooks(gateway.server.database.client, user)).tokensHeld).toBe(0);
  });
});

describe('allowance that running calls hold', () => {
  it('is a wait, not a bill: rate_limit_error with a short retry-after, and it passes', async () => {
    const { token } = await gateway.customer({ plan: { monthly_tokens: 4_000 } });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    upstream.script({ hold: held });
    const first = post(token, { ...BODY, max_tokens: 8_000 });
    await upstream.waitForRequest();
    const second = await post(token, { ...BODY, max_tokens: 500 });
    expect(second.status).toBe(429);
    expect(second.headers.get('x-should-retry')).toBe('true');
    expect(Number(second.headers.get('retry-after'))).toBeLessThanOrEqual(5);
    const error = await errorOf(second);
    expect(error.type).toBe('rate_limit_error');
    expect(error.message).not.toMatch(/bill|spend|credit|monthly/i);
    release();
    const done = await first;
    await done.text();
    await gateway.settledRow(done.headers.get('x-request-id') ?? '');
    upstream.script();
    expect((await post(token, { ...BODY, max_tokens: 500 })).status).toBe(200);
  });
});

describe('what a body can make a provider spend', () => {
  const heldWhile = async (user: string, call: () => Promise<Response>) => {
    let [nanoUsdHeld, tokensHeld] = [0, 0];
    upstream.script(async () => {
      ({ nanoUsdHeld, tokensHeld } = await readBooks(gateway.server.database.client, user));
      return null;
    });
    const response = await call();
    await response.text();
    return { status: response.status, nanoUsdHeld, tokensHeld };
  };

  it('is held for a fallback model beside the model itself', async () => {
    const { user, token } = await gateway.customer({ plan: { monthly_cost_cents: 10_000 } });
    const fallbacks = [{ model: 'claude-opus-5-5' }];
    const { status, nanoUsdHeld, tokensHeld } = await heldWhile(user, () =>
      post(token, { ...BODY, max_tokens: 128_000, fallbacks }),
    );
    expect(status).toBe(200);
    // 128,000 output tokens at $5 and at $20 per million, and as tokens twice.
    expect(nanoUsdHeld).toBeGreaterThanOrEqual(128_000 * (5_000 + 20_000));
    expect(tokensHeld).toBeGreaterThanOrEqual(2 * 128_000);
  });

  it('is held for all of max_tokens, also above what the catalogue says a model writes', async () => {
    const { user, token } = await gateway.customer({ plan: { monthly_cost_cents: 10_000 } });
    const asked = { ...BODY, model: 'claude-3-7-sonnet-20250219', max_tokens: 128_000 };
    const { nanoUsdHeld } = await heldWhile(user, () => post(token, asked));
    expect(nanoUsdHeld).toBeGreaterThanOrEqual(128_000 * 15_000);
  });

  it('is bounded, so that no figure on a row outgrows what can be read back', async () => {
    const { token } = await gateway.customer({ plan: {} });
    upstream.script();
    const tools = [{ type: 'web_search_20250305', name: 'web_search', max_uses: Number.MAX_SAFE_INTEGER }];
    const huge = await post(token, { ...BODY, max_tokens: Number.MAX_SAFE_INTEGER, tools });
    await huge.text();
    const listed = await gateway.admin('GET', '/api/admin/requests?limit=200');
    expect(listed.status).toBe(200);
  });
});

describe('free calls', () => {
  it('are bounded per customer, and leave other customers alone', async () => {
    const [flooder, other] = [await gateway.customer(), await gateway.customer()];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    upstream.script(async ({ path }) => {
      if (path.endsWith('count_tokens')) await held;
      return null;
    });
    const flood = Array.from({ length: 80 }, () => post(flooder.token, BODY, '/v1/messages/count_tokens'));
    const first = await Promise.race(flood);
    expect(first.status).toBe(429);
    expect((await errorOf(first)).type).toBe('rate_limit_error');
    expect((await post(other.token, BODY)).status).toBe(200);
    release();
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(64);
  });
});

describe('a JWT', () => {
  it('whose subject could be taken for another customer is refused', async () => {
    const { user } = await gateway.customer();
    const sign = (sub: string) =>
      new SignJWT({ plan: 'starter' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(sub)
        .setExpirationTime('5m')
        .sign(new TextEncoder().encode(JWT_SECRET));
    const usage = async (sub: string) =>
      fetch(`${gateway.url}/api/user/usage`, { headers: { authorization: `Bearer ${await sign(sub)}` } });
    expect((await usage(user)).status).toBe(200);
    expect((await usage(`${user}\u0000x`)).status).toBe(401);
    expect((await usage(`${user} `)).status).toBe(401);
  });
});
