/** Claude Code meets the gateway's limits and its provider's faults: it stops, waits or recovers as each calls for. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { runClaude } from '@/tests/support/claude-code';
import { MODEL, startClientBench, UPGRADE_URL, type ClientBench } from '@/tests/support/client-bench';
import type { CustomerOptions } from '@/tests/support/gateway';
import type { Behaviour } from '@/tests/support/upstream-answer';

const MESSAGES = '/v1/messages';
const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';
/** Room for one "say hi" with all its tools and not for a second one; tokens, and cents at the model's price. */
const ONE_CALL_TOKENS = 30_000;
const ONE_CALL_CENTS = 6;
/** Four tokens a millisecond come back; Claude Code's call needs seconds' worth of them. */
const MINUTE_TOKENS = 240_000;
/** Events of the fake answer up to the middle of its thinking, and of its text. */
const IN_THINKING = 5;
const IN_TEXT = 14;

let bench: ClientBench;
beforeAll(async () => {
  bench = await startClientBench();
});
afterEach(() => {
  expect(bench.afterTest()).toEqual([]);
});
afterAll(() => bench.stop());

/** One run of a customer's: what it showed, which statuses it got, and what it sent upstream. */
async function runFor(
  token: string,
  more: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
) {
  const watch = bench.watch();
  const from = bench.upstream.requests.length;
  const { code, answer } = await runClaude(bench, {
    ...more,
    env: { ANTHROPIC_AUTH_TOKEN: token, ...more.env },
  });
  const statuses = watch.to(MESSAGES).map(({ status }) => status);
  return { code, answer, statuses, upstream: bench.upstream.requests.slice(from) };
}

test.each([
  [
    'tokens',
    { monthly_tokens: ONE_CALL_TOKENS },
    'monthly token limit reached',
    `limit ${ONE_CALL_TOKENS} tokens`,
  ],
  ['money', { monthly_cost_cents: ONE_CALL_CENTS }, 'monthly spend limit reached', 'limit $0.06'],
])(
  "tells the user that the month's %s are used up, after one request",
  async (_name, plan, reason, limit) => {
    const { user, token } = await bench.gateway.customer({ plan });
    expect((await runFor(token)).answer.result).toBe(ANSWER);
    const [paid] = await bench.rows(user, 1);
    const used =
      'monthly_tokens' in plan
        ? `used ${String(paid?.['counted_tokens'])} tokens`
        : `used $${(Number(paid?.['cost_nano_usd']) / 1e9).toFixed(2)}`;

    const { code, answer, statuses, upstream } = await runFor(token);
    expect({ code, statuses, upstream }).toEqual({ code: 1, statuses: [429], upstream: [] });
    for (const part of [reason, limit, used, 'resets 20', `upgrade: ${UPGRADE_URL}`]) {
      expect(answer.result).toContain(part);
    }
    const rows = await bench.rows(user, 2);
    expect(rows).toHaveLength(2);
    expect(rows[1]).toMatchObject({
      ending: 'refused',
      status: 429,
      session: answer.session_id,
      cost_nano_usd: 0,
      attempts: 0,
    });
  },
);

test('waits for the per-minute limit as long as it says, and succeeds', async () => {
  const { user, token } = await bench.gateway.customer({ plan: { rate_limit_tpm: MINUTE_TOKENS } });
  await bench.spend(token, MINUTE_TOKENS + 10_000);

  const { code, answer, statuses, upstream } = await runFor(token);
  expect({ code, result: answer.result, statuses }).toEqual({
    code: 0,
    result: ANSWER,
    statuses: [429, 200],
  });
  expect(upstream).toHaveLength(1);
  const rows = await bench.rows(user, 3);
  expect(rows.map((row) => row['ending'])).toEqual(['complete', 'refused', 'complete']);
  expect(rows[1]).toMatchObject({ error_code: 'rate_limited_tokens' });
});

test.each<
  [string, CustomerOptions, ((user: string, tokenId: string) => string) | null, number[], number, string]
>([
  [
    'a revoked token',
    {},
    (_user, tokenId) => `/api/admin/tokens/${tokenId}/revoke`,
    [401],
    0,
    'The gateway token was revoked.',
  ],
  [
    'a suspended account',
    {},
    (user) => `/api/admin/users/${user}/suspend`,
    [403],
    0,
    'This account is suspended.',
  ],
  [
    'a model outside the plan',
    { plan: { models: ['claude-haiku-5-5'] } },
    null,
    [400],
    1,
    `does not include the model ${MODEL}. Upgrade: ${UPGRADE_URL}`,
  ],
])('shows the refusal of %s and stops', async (_name, options, close, expected, kept, text) => {
  const { user, token, tokenId } = await bench.gateway.customer(options);
  if (close !== null) await bench.gateway.admin('POST', close(user, tokenId));
  const { code, answer, statuses, upstream } = await runFor(token);
  expect({ code, statuses, upstream }).toEqual({ code: 1, statuses: expected, upstream: [] });
  expect(answer.result).toContain(text);
  expect(await bench.rows(user, kept)).toHaveLength(kept);
});

test('a key helper whose token was revoked ends with its retries', async () => {
  const { token, tokenId } = await bench.gateway.customer();
  await bench.gateway.admin('POST', `/api/admin/tokens/${tokenId}/revoke`);
  const watch = bench.watch();
  // It asks the helper again after every 401, whatever the answer says: ten times by default, for two minutes.
  const { code, answer } = await runClaude(bench, {
    env: { CLAUDE_CODE_MAX_RETRIES: '2' },
    settings: { apiKeyHelper: `echo ${token}` },
  });
  expect(code).toBe(1);
  expect(answer.result).toContain('The gateway token was revoked.');
  const statuses = watch.to(MESSAGES).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([401]));
  expect(statuses.length).toBeLessThanOrEqual(6);
});

test('takes an unknown model for one it may not use', async () => {
  const { token } = await bench.gateway.customer({ plan: { monthly_cost_cents: 1_000 } });
  const { code, answer, statuses } = await runFor(token, { args: ['--model', 'claude-nonesuch-9'] });
  expect({ code, statuses }).toEqual({ code: 1, statuses: [404, 404] });
  expect(answer.result).toContain('issue with the selected model (claude-nonesuch-9)');
});

test("accepts the headers that warn of the month's cap", async () => {
  const { user, token } = await bench.gateway.customer({ plan: { monthly_tokens: 1_000_000 } });
  await bench.spend(token, 955_000);
  const free = await fetch(`${bench.gateway.url}/v1/models`, { headers: { 'x-api-key': token } });
  expect(Object.fromEntries(free.headers)).toMatchObject({
    'anthropic-ratelimit-unified-status': 'allowed_warning',
    'anthropic-ratelimit-unified-overage-surpassed-threshold': '0.95',
    'anthropic-ratelimit-unified-overage-utilization': '0.95',
  });
  await free.text();
  const { code, answer, statuses } = await runFor(token);
  expect({ code, result: answer.result, statuses }).toEqual({ code: 0, result: ANSWER, statuses: [200] });
  expect(await bench.rows(user, 2)).toMatchObject([{ ending: 'complete' }, { ending: 'complete' }]);
});

test.each<[string, Behaviour]>([
  ['resets the connection in its thinking', { stopAfterEvents: IN_THINKING, end: 'reset' }],
  ['resets the connection in its text', { stopAfterEvents: IN_TEXT, end: 'reset' }],
  ['ends its stream too early', { stopAfterEvents: IN_TEXT, end: 'clean' }],
])('asks again when the provider %s', async (_name, behaviour) => {
  const { user, token } = await bench.gateway.customer();
  bench.upstream.script(behaviour);
  const { code, answer, statuses, upstream } = await runFor(token);
  expect({ code, statuses, is_error: answer.is_error }).toEqual({
    code: 0,
    statuses: [200, 200],
    is_error: false,
  });
  expect(upstream).toHaveLength(2);
  const [broken, whole] = await bench.rows(user, 2);
  expect(broken).toMatchObject({ ending: 'broken', grade: 'estimated', error_code: 'upstream_broken' });
  expect(broken?.['input_tokens']).toBeGreaterThan(0);
  expect(whole).toMatchObject({ ending: 'complete', grade: 'exact', session: broken?.['session'] });
});

test('asks again when the provider breaks before its answer', async () => {
  const { user, token } = await bench.gateway.customer();
  bench.upstream.script({ before: 'reset' });
  const { answer, statuses } = await runFor(token);
  expect({ result: answer.result, statuses }).toEqual({ result: ANSWER, statuses: [502, 200] });
  expect(await bench.rows(user, 2)).toMatchObject([
    { ending: 'broken', grade: 'floor', status: 502 },
    { ending: 'complete', grade: 'exact' },
  ]);
});

test("does not ask for a new login when the provider refuses the operator's key", async () => {
  const { user, token } = await bench.gateway.customer();
  bench.upstream.script({ status: 401 });
  const { code, answer, statuses } = await runFor(token);
  expect({ code, statuses }).toEqual({ code: 1, statuses: [502] });
  expect(answer.result).toContain('your token is fine');
  expect(answer.result).not.toContain(UPSTREAM_KEY);
  expect(await bench.rows(user, 1)).toMatchObject([{ cost_nano_usd: 0, error_code: 'upstream_key_refused' }]);
});

test("acts on the provider's own error text", async () => {
  const { user, token } = await bench.gateway.customer();
  const message = 'prompt is too long: 1000001 tokens > 1000000 maximum';
  const error = { type: 'error', error: { type: 'invalid_request_error', message } };
  bench.upstream.script({ status: 400, body: JSON.stringify(error) });
  const { answer, statuses } = await runFor(token);
  expect(statuses).toEqual([400]);
  expect(answer.result).toContain('Prompt is too long');
  expect(await bench.rows(user, 1)).toMatchObject([{ status: 400, cost_nano_usd: 0 }]);
});
