/** A model that the catalogue does not describe is held at all it was asked to write: a cap must hold there too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import { expectSettledBooks, readBooks } from '@/tests/support/ledger';
import { callMessages } from '@/tests/support/socket-call';
import type { RecordedRequest, Upstream } from '@/tests/support/upstream-server';

const MODEL = 'claude-of-tomorrow';
/** More than the allowance assumed for a request that names none. */
const MAX_TOKENS = 200_000;

let upstream: Upstream;
let gateway: InProcessGateway;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  gateway = await startGateway({ ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

describe('a model that nobody described', () => {
  it('holds as much output as the request allows', async () => {
    const who = await gateway.customer({ plan: { monthly_tokens: 1_000_000 } });
    let held = 0;
    upstream.script(async () => {
      held = (await readBooks(gateway.server.database.client, who.user)).tokensHeld;
      return null;
    });
    const made = callMessages(gateway.url, who.token, { model: MODEL, maxTokens: MAX_TOKENS });
    await made.over();
    expect((await made.head()).status).toBe(200);
    expect(held).toBeGreaterThanOrEqual(MAX_TOKENS);
    expect(await gateway.settledRow((await made.head()).id)).toMatchObject({
      ending: 'complete',
      grade: 'unpriced',
    });
    await expectSettledBooks(gateway.server.database.client, who.user);
  });

  it('is clamped to what the month has left, and says so', async () => {
    const who = await gateway.customer({ plan: { monthly_tokens: 50_000 } });
    upstream.script();
    const made = callMessages(gateway.url, who.token, { model: MODEL, maxTokens: MAX_TOKENS });
    await made.over();
    const [forwarded] = upstream.requests.slice(-1);
    const { max_tokens: sent } = (forwarded as RecordedRequest).json() as { max_tokens: number };
    expect(sent).toBeLessThan(50_000);
    expect((await made.head()).headers['x-tollgate-clamped-max-tokens']).toBe(String(sent));
    await expectSettledBooks(gateway.server.database.client, who.user);
  });

  it('is refused where money is capped: nobody knows its price', async () => {
    const who = await gateway.customer({ plan: { monthly_cost_cents: 1_000 } });
    const before = upstream.requests.length;
    const made = callMessages(gateway.url, who.token, { model: MODEL });
    await made.over();
    expect((await made.head()).status).toBe(404);
    expect(upstream.requests.length).toBe(before);
  });
});
