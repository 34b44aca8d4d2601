/** Every refusal: status, native body, headers, row, nothing held, and what @anthropic-ai/sdk makes of it. */
import { APIError } from '@anthropic-ai/sdk';
import { expect, it } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { heldOf, matching, reporting, sdkError, settledAsk } from '@/tests/support/gateway-calls';
import { type Ask, callBody, describeMounts, type Rig, UPGRADE_URL, useRig } from '@/tests/support/mounts';

const MAX_BODY_BYTES = 65_536;
const TOO_LARGE = `The request body is larger than the ${MAX_BODY_BYTES} bytes this gateway accepts.`;

/** The first instant of next month, as the refusal's text shows it. */
function nextMonth(): string {
  const now = new Date();
  return `${new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)).toISOString().slice(0, 19)}Z`;
}

const unixS = (instant: string): string => String(Date.parse(instant) / 1000);

interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly type: string;
  /** `…` stands for what differs from call to call. */
  readonly message: string | (() => string);
  readonly code: string;
  readonly retry: 'true' | 'false';
  /** Makes the customer and whatever must have happened before. */
  readonly given: (rig: Rig) => Promise<Customer>;
  readonly ask?: Ask;
  readonly headers?: () => Readonly<Record<string, string>>;
  /** What the SDK throws, and why it is not tried where it cannot send such a call. */
  readonly sdk?: string;
}

const open = (rig: Rig) => rig.gateway.customer({ plan: {} });

const REFUSALS: readonly Refusal[] = [
  {
    name: 'a model outside the plan',
    status: 400,
    type: 'policy_blocked',
    message: `The plan "…" does not include the model claude-sonnet-5-5. Upgrade: ${UPGRADE_URL}`,
    code: 'policy_blocked',
    retry: 'false',
    given: (rig) => rig.gateway.customer({ plan: { models: ['claude-haiku-4-5'] } }),
    sdk: 'BadRequestError',
  },
  {
    name: 'a model outside the token’s scope',
    status: 400,
    type: 'policy_blocked',
    message: 'This gateway token may not use the model claude-sonnet-5-5.',
    code: 'policy_blocked',
    retry: 'false',
    given: (rig) => rig.gateway.customer({ plan: {}, token: { scope_models: ['claude-haiku-4-5'] } }),
    sdk: 'BadRequestError',
  },
  {
    name: 'a format outside the token’s scope',
    status: 403,
    type: 'permission_error',
    message: 'This gateway token may not use the anthropic-messages format.',
    code: 'forbidden',
    retry: 'false',
    given: (rig) => rig.gateway.customer({ plan: {}, token: { scope_formats: ['embed'] } }),
    sdk: 'PermissionDeniedError',
  },
  {
    name: 'a suspended customer',
    status: 403,
    type: 'permission_error',
    message: 'This account is suspended. Ask your operator.',
    code: '',
    retry: 'false',
    given: async (rig) => {
      const customer = await open(rig);
      await rig.gateway.admin('POST', `/api/admin/users/${customer.user}/suspend`);
      return customer;
    },
    sdk: 'PermissionDeniedError',
  },
  {
    name: 'a revoked token',
    status: 401,
    type: 'authentication_error',
    message: 'The gateway token was revoked.',
    code: '',
    retry: 'false',
    given: async (rig) => {
      const customer = await open(rig);
      await rig.gateway.admin('POST', `/api/admin/tokens/${customer.tokenId}/revoke`);
      return customer;
    },
    sdk: 'AuthenticationError',
  },
  {
    name: 'a model of nobody',
    status: 404,
    type: 'not_found_error',
    message: 'model: gpt-4o is not known to this gateway',
    code: 'model_unknown',
    retry: 'false',
    given: open,
    ask: { call: { model: 'gpt-4o' } },
    sdk: 'NotFoundError',
  },
  {
    name: 'a model without a price where money is capped',
    status: 404,
    type: 'not_found_error',
    message: 'model: claude-of-the-future has no price on this gateway, and your plan caps money',
    code: 'model_unknown',
    retry: 'false',
    given: (rig) => rig.gateway.customer({ plan: { monthly_cost_cents: 1_000 } }),
    ask: { call: { model: 'claude-of-the-future' } },
    sdk: 'NotFoundError',
  },
  {
    name: 'a body that is no JSON',
    status: 400,
    type: 'invalid_request_error',
    message: 'The request body is not a valid JSON object.',
    code: 'body_invalid',
    retry: 'false',
    given: open,
    ask: { body: '{"model":' },
  },
  {
    name: 'a body without a model',
    status: 400,
    type: 'invalid_request_error',
    message: 'model: Field required',
    code: 'body_invalid',
    retry: 'false',
    given: open,
    ask: { body: '{"max_tokens":1,"messages":[]}' },
  },
  {
    name: 'a body that declares too many bytes',
    status: 413,
    type: 'request_too_large',
    message: TOO_LARGE,
    code: 'body_too_large',
    retry: 'false',
    given: open,
    ask: { body: callBody({ system: 'x'.repeat(MAX_BODY_BYTES) }) },
  },
  {
    name: 'a body that streams too many bytes',
    status: 413,
    type: 'request_too_large',
    message: TOO_LARGE,
    code: 'body_too_large',
    retry: 'false',
    given: open,
    ask: { body: callBody({ system: 'x'.repeat(MAX_BODY_BYTES) }), chunked: true },
  },
  {
    name: 'a content coding nobody reads',
    status: 415,
    type: 'invalid_request_error',
    message: 'Request bodies in "zstd-of-the-future" are not supported.',
    code: 'encoding_unsupported',
    retry: 'false',
    given: open,
    ask: { headers: { 'content-encoding': 'zstd-of-the-future' } },
  },
  {
    name: 'a month’s tokens used up',
    status: 429,
    type: 'billing_error',
    message: () =>
      `monthly token limit reached (this call needs at least … tokens) · limit 1000 tokens · used 990 tokens · remaining 10 tokens · resets ${nextMonth()} · upgrade: ${UPGRADE_URL}`,
    code: 'monthly_tokens_used_up',
    retry: 'false',
    given: async (rig) => {
      const customer = await rig.gateway.customer({ plan: { monthly_tokens: 1_000 } });
      rig.anthropic.script(reporting(900, 90));
      await settledAsk(rig, customer);
      return customer;
    },
    headers: () => ({
      'x-tollgate-remaining-tokens': '10',
      'x-tollgate-remaining-usd': 'unlimited',
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-reset': unixS(nextMonth()),
      'anthropic-ratelimit-unified-overage-reset': unixS(nextMonth()),
      'anthropic-ratelimit-unified-overage-utilization': '0.99',
      'anthropic-ratelimit-unified-overage-disabled-reason': 'org_spend_cap_reached',
    }),
    sdk: 'RateLimitError',
  },
  {
    name: 'a month’s money used up',
    status: 429,
    type: 'billing_error',
    message: () =>
      `monthly spend limit reached (this call needs at least $…) · limit $0.01 · used $0.0096 · remaining $0.0004 · resets ${nextMonth()} · upgrade: ${UPGRADE_URL}`,
    code: 'monthly_cost_used_up',
    retry: 'false',
    given: async (rig) => {
      const customer = await rig.gateway.customer({ plan: { monthly_cost_cents: 1 } });
      // 1,000 × $2 + 760 × $10 per million = $0.0096 of $0.01.
      rig.anthropic.script(reporting(1_000, 760));
      await settledAsk(rig, customer);
      return customer;
    },
    headers: () => ({
      'x-tollgate-remaining-tokens': 'unlimited',
      'x-tollgate-remaining-usd': '0.000400',
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-overage-utilization': '0.96',
    }),
    sdk: 'RateLimitError',
  },
];

describeMounts('refusals', (mount) => {
  const variables = { TOLLGATE_MAX_BODY_BYTES: String(MAX_BODY_BYTES), TOLLGATE_TRUST_PROXY: '1' };
  const rig = useRig(mount, { variables, gemini: null });

  it.each(REFUSALS.map((refusal) => [refusal.status, refusal.name, refusal] as const))(
    '%i for %s: native body and headers, a row, nothing held, nothing sent upstream',
    async (status, _name, { type, code, retry, given, ask, ...refusal }) => {
      const customer = await given(rig);
      const seen = rig.anthropic.requests.length;
      const answer = await rig.ask({ token: customer.token, ...ask });
      expect(rig.anthropic.requests).toHaveLength(seen);
      const message = typeof refusal.message === 'string' ? refusal.message : refusal.message();
      expect(answer.json()).toEqual({
        type: 'error',
        error: { type, message: matching(message) },
        request_id: answer.headers['x-request-id'],
      });
      expect([answer.status, answer.headers]).toMatchObject([
        status,
        {
          'content-type': 'application/json',
          'request-id': answer.headers['x-request-id'],
          'x-should-retry': retry,
          ...refusal.headers?.(),
        },
      ]);
      expect(answer.headers['retry-after']).toBeUndefined();
      if (code !== '') {
        expect(await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '')).toMatchObject({
          user_id: customer.user,
          status,
          ending: 'refused',
          error_code: code,
          counted_tokens: 0,
          upstream_request_id: null,
        });
      }
      expect(await heldOf(rig.gateway, customer)).toEqual([0, 0]);
    },
  );

  it.each(
    REFUSALS.flatMap((refusal) => (refusal.sdk === undefined ? [] : [[refusal.name, refusal] as const])),
  )(
    'for %s the SDK throws its own error class after one request',
    async (_name, { given, ask, status, sdk }) => {
      const customer = await given(rig);
      const { error, requests } = await sdkError(rig.gateway.url, customer.token, ask?.call);
      expect(error).toBeInstanceOf(APIError);
      expect([error.constructor.name, (error as { status?: number }).status, requests]).toEqual([
        sdk,
        status,
        1,
      ]);
    },
  );

  it('an unconfigured provider is a 503 that is not worth trying again, in the embedding format’s own shape', async () => {
    const customer = await open(rig);
    const body = JSON.stringify({ model: 'gemini-embedding-001', content: 'Hello' });
    const answer = await rig.ask({ token: customer.token, path: '/api/llm/embed', body });
    expect([answer.status, answer.headers['x-should-retry'], answer.json()]).toEqual([
      503,
      'false',
      {
        error: {
          code: 'provider_unconfigured',
          message: 'The provider of gemini-embedding-001 is not configured on this gateway.',
          request_id: answer.headers['x-request-id'],
        },
      },
    ]);
  });
});
