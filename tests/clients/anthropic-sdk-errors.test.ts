/** Every refusal reaches @anthropic-ai/sdk's callers as the right error class, after the right number of attempts. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runSdk, SDKS, type SdkError } from '@/tests/support/anthropic-sdk';
import { MODEL, startClientBench, type ClientBench } from '@/tests/support/client-bench';
import type { CustomerOptions } from '@/tests/support/gateway';

const MESSAGES = '/v1/messages';
const PROMPT = { model: MODEL, max_tokens: 100, messages: [{ role: 'user', content: 'say hi' }] };
const MAX_BODY_BYTES = 20_000;
const MINUTE_TOKENS = 60_000;
/** The SDK's own default: a first attempt and two more. */
const ALL_ATTEMPTS = 3;

let bench: ClientBench;
beforeAll(async () => {
  bench = await startClientBench({ TOLLGATE_MAX_BODY_BYTES: String(MAX_BODY_BYTES) });
});
afterEach(() => {
  expect(bench.afterTest()).toEqual([]);
});
afterAll(() => bench.stop());

interface Case {
  readonly name: string;
  readonly customer?: CustomerOptions;
  /** Management call before the test's. */
  readonly close?: (user: string, tokenId: string) => string;
  readonly token?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly error: Partial<SdkError>;
  readonly text: string;
}

const CASES: readonly Case[] = [
  {
    name: 'a strange key',
    token: 'sk-ant-api03-of-somebody',
    error: { class: 'AuthenticationError', status: 401, type: 'authentication_error' },
    text: 'not a gateway token',
  },
  {
    name: 'a revoked token',
    close: (_user, tokenId) => `/api/admin/tokens/${tokenId}/revoke`,
    error: { class: 'AuthenticationError', status: 401, type: 'authentication_error' },
    text: 'The gateway token was revoked.',
  },
  {
    name: 'a suspended account',
    close: (user) => `/api/admin/users/${user}/suspend`,
    error: { class: 'PermissionDeniedError', status: 403, type: 'permission_error' },
    text: 'This account is suspended.',
  },
  {
    name: 'an unknown model',
    customer: { plan: { monthly_cost_cents: 1_000 } },
    params: { model: 'claude-nonesuch-9' },
    error: { class: 'NotFoundError', status: 404, type: 'not_found_error' },
    text: 'model: claude-nonesuch-9',
  },
  {
    name: 'a model outside the plan',
    customer: { plan: { models: ['claude-haiku-5-5'] } },
    error: { class: 'BadRequestError', status: 400, type: 'policy_blocked' },
    text: `does not include the model ${MODEL}`,
  },
  {
    name: 'a body without a model',
    params: { model: undefined },
    error: { class: 'BadRequestError', status: 400, type: 'invalid_request_error' },
    text: 'model: Field required',
  },
  {
    name: 'a body the provider refuses',
    params: { max_tokens: 0 },
    error: { class: 'BadRequestError', status: 400, type: 'invalid_request_error' },
    text: 'max_tokens: must be greater than or equal to 1',
  },
  {
    name: "a used-up month's tokens",
    customer: { plan: { monthly_tokens: 10 } },
    error: { class: 'RateLimitError', status: 429, type: 'billing_error' },
    text: 'limit 10 tokens',
  },
  {
    name: "a used-up month's money",
    customer: { plan: { monthly_cost_cents: 0 } },
    error: { class: 'RateLimitError', status: 429, type: 'billing_error' },
    text: 'limit $0.00',
  },
];

describe.each(SDKS)('@anthropic-ai/sdk $line', (sdk) => {
  test.each(CASES)('$name', async (refusal) => {
    const { user, token, tokenId } = await bench.gateway.customer(refusal.customer);
    if (refusal.close !== undefined) await bench.gateway.admin('POST', refusal.close(user, tokenId));
    const watch = bench.watch();
    const { error } = await runSdk(bench, sdk, 'create', {
      token: refusal.token ?? token,
      params: { ...PROMPT, ...refusal.params },
    });
    expect(error).toMatchObject(refusal.error);
    expect(error?.message).toContain(refusal.text);
    expect(error?.requestId).toMatch(/^req_/);
    expect(watch.to(MESSAGES)).toHaveLength(1);
  });

  test('a body that is too large', async () => {
    const { token } = await bench.gateway.customer();
    const watch = bench.watch();
    const params = { ...PROMPT, system: 'x'.repeat(MAX_BODY_BYTES) };
    const { error } = await runSdk(bench, sdk, 'create', { token, params });
    expect(error).toMatchObject({ class: sdk.tooLargeClass, status: 413, type: 'request_too_large' });
    expect(watch.to(MESSAGES)).toHaveLength(1);
  });

  test('the per-minute limit: an error without retries, a wait with them', async () => {
    // One token a millisecond comes back to the emptied minute; the call after it wants about 4,000.
    const { token } = await bench.gateway.customer({ plan: { rate_limit_tpm: MINUTE_TOKENS } });
    const params = { ...PROMPT, max_tokens: 4_096 };
    await bench.spend(token, MINUTE_TOKENS + 1_000);
    const hasty = bench.watch();
    const { error } = await runSdk(bench, sdk, 'create', { token, params, options: { maxRetries: 0 } });
    expect(error).toMatchObject({ class: 'RateLimitError', status: 429, type: 'rate_limit_error' });
    expect(hasty.to(MESSAGES)).toHaveLength(1);
    hasty.stop();

    const patient = bench.watch();
    const { value } = await runSdk(bench, sdk, 'create', { token, params });
    expect(value).toBeDefined();
    expect(patient.to(MESSAGES).map(({ status }) => status)).toEqual([429, 200]);
  });

  test('a provider that cannot be reached: all attempts', async () => {
    const { user, token } = await bench.gateway.customer();
    const watch = bench.watch();
    await bench.upstream.refuse();
    const { error } = await runSdk(bench, sdk, 'create', { token, params: PROMPT });
    await bench.upstream.accept();
    expect(error).toMatchObject({ class: 'InternalServerError', status: 502, type: 'api_error' });
    expect(watch.to(MESSAGES)).toHaveLength(ALL_ATTEMPTS);
    const rows = await bench.rows(user, ALL_ATTEMPTS);
    expect(rows.map((row) => row['cost_nano_usd'])).toEqual([0, 0, 0]);
  });

  test("a provider that refuses the operator's key: one attempt, and no login", async () => {
    const { token } = await bench.gateway.customer();
    const watch = bench.watch();
    bench.upstream.script({ status: 401 });
    const { error } = await runSdk(bench, sdk, 'create', { token, params: PROMPT });
    expect(error).toMatchObject({ class: 'InternalServerError', status: 502, type: 'api_error' });
    expect(watch.to(MESSAGES)).toHaveLength(1);
  });

  test('a stream that breaks: an error, not a short answer', async () => {
    const { user, token } = await bench.gateway.customer();
    bench.upstream.script({ stopAfterEvents: 6, end: 'reset' });
    const { error } = await runSdk(bench, sdk, 'helper', { token, params: PROMPT });
    expect(error?.class).toMatch(
      /^(APIError|APIConnectionError|AnthropicError|InternalServerError|TypeError)$/,
    );
    expect(await bench.rows(user, 1)).toMatchObject([{ ending: 'broken', grade: 'estimated' }]);
  });
});
