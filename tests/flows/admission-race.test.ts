/** A cap holds against 1,000 parallel calls from two processes on one database file, and every call is booked once. */
import { Agent, request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type ChildGateway, createSite, type Site } from '@/tests/support/child-gateway';
import type { Customer } from '@/tests/support/gateway-verbs';
import { expectSettledBooks } from '@/tests/support/ledger';
import { messageBody } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

const CALLS = 1_000;
const TEST_TIMEOUT_MS = 240_000;
const NANO_USD_PER_CENT = 10_000_000;
/** What other calls have used of the plan already; a tenth is left. */
const USED_SHARE = 0.9;

let upstream: Upstream;
let site: Site;
let gateways: readonly ChildGateway[];
const agent = new Agent({ keepAlive: true, maxSockets: CALLS });

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  upstream.script(({ body }) => ({ body: JSON.stringify(randomAnswer(body)) }));
  site = await createSite({ ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY });
  gateways = [await site.start(), await site.start()];
});
afterAll(async () => {
  agent.destroy();
  await site.stop();
  await upstream.stop();
});

const random = (most: number): number => Math.floor(Math.random() * (most + 1));

/** Reports real usage of any size up to what was asked for. */
function randomAnswer(request: Buffer): unknown {
  const { model, max_tokens: maxTokens } = JSON.parse(request.toString()) as {
    model: string;
    max_tokens: number;
  };
  const usage = { input_tokens: random(Math.floor(request.length / 4)), output_tokens: random(maxTokens) };
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: 'end_turn',
    usage,
  };
}

function gatewayOf(index: number): ChildGateway {
  const gateway = gateways[index % gateways.length];
  if (gateway === undefined) throw new Error('no gateway was started');
  return gateway;
}

interface Answer {
  readonly status: number;
  readonly error: string | null;
  readonly message: string;
}

/** One call of random size; resolves with its status and error type. */
function callOnce(index: number, token: string): Promise<Answer> {
  const prompt = 'word '.repeat(random(400));
  const headers = {
    'x-api-key': token,
    'content-type': 'application/json',
    'anthropic-version': '2023-06-01',
  };
  return new Promise((resolve, reject) => {
    const url = `${gatewayOf(index).url}/v1/messages`;
    const outgoing = httpRequest(url, { method: 'POST', agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const answer = JSON.parse(Buffer.concat(chunks).toString()) as {
          error?: { type: string; message: string };
        };
        const { type = null, message = '' } = answer.error ?? {};
        resolve({ status: incoming.statusCode ?? 0, error: type, message });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(messageBody({ prompt, maxTokens: 1 + random(2_000) }));
  });
}

/** Books what was used before, as a settled call. */
async function useUp(user: string, tokens: number, nanoUsd: number): Promise<void> {
  const now = Date.now();
  await site.database.client.execute({
    sql: `INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, provider, model, endpoint, stream,
        status, ending, grade, counted_tokens, cost_nano_usd)
      VALUES (?, ?, ? / 1000, ?, ?, 'anthropic', 'claude-sonnet-4-5', 'messages', 0, 200, 'complete', 'exact', ?, ?)`,
    args: [
      `earlier-${user}`,
      user,
      BigInt(now),
      BigInt(now),
      new Date(now).toISOString().slice(0, 7),
      BigInt(tokens),
      BigInt(nanoUsd),
    ],
  });
}

async function race(who: Customer, cap: 'token' | 'spend') {
  const before = upstream.requests.length;
  const answers = await Promise.all(Array.from({ length: CALLS }, (_, index) => callOnce(index, who.token)));
  const books = await expectSettledBooks(site.database.client, who.user);
  const admitted = answers.filter(({ status }) => status === 200).length;
  const reason = `monthly ${cap} limit reached`;
  // Used up for good, or for the moment: what is left is reserved by calls that still run.
  const refused = answers.filter(
    ({ status, error, message }) =>
      status === 429 &&
      ((error === 'billing_error' && message.startsWith(reason)) ||
        (error === 'rate_limit_error' && message.startsWith('your running calls reserve'))),
  ).length;
  expect(answers.filter(({ status }) => status !== 200 && status !== 429)).toEqual([]);
  expect(admitted + refused).toBe(CALLS);
  // The cap was met in the middle of the race, not never and not at once.
  expect(admitted).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
  expect(upstream.requests.length - before).toBe(admitted);
  const { rows } = await site.database.client.execute({
    sql: `SELECT count(*) AS calls, count(DISTINCT id) AS ids, count(DISTINCT owner) AS owners FROM llm_usage
      WHERE user_id = ? AND ending = 'complete' AND grade = 'exact' AND settled_at IS NOT NULL AND owner IS NOT NULL`,
    args: [who.user],
  });
  expect(rows[0]).toMatchObject({ calls: admitted, ids: admitted, owners: gateways.length });
  return books;
}

describe('1,000 parallel calls of random size against a nearly used-up plan, from two processes', () => {
  it(
    'end with committed tokens within the token cap and nothing held',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      const cap = 1_000_000;
      const who = await gatewayOf(0).customer({ plan: { monthly_tokens: cap } });
      await useUp(who.user, cap * USED_SHARE, 0);
      const { tokensCommitted } = await race(who, 'token');
      expect(tokensCommitted).toBeLessThanOrEqual(cap);
      expect(tokensCommitted).toBeGreaterThan(cap * USED_SHARE);
    },
  );

  it(
    'end with committed money within the money cap and nothing held',
    { timeout: TEST_TIMEOUT_MS },
    async () => {
      const cents = 2_000;
      const cap = cents * NANO_USD_PER_CENT;
      const who = await gatewayOf(0).customer({ plan: { monthly_cost_cents: cents } });
      await useUp(who.user, 0, cap * USED_SHARE);
      const { nanoUsdCommitted } = await race(who, 'spend');
      expect(nanoUsdCommitted).toBeLessThanOrEqual(cap);
      expect(nanoUsdCommitted).toBeGreaterThan(cap * USED_SHARE);
    },
  );
});
