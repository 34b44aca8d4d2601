/** What each family of clients is to read in a refusal: status, body and headers, written out apart from the product's own tables. */
import { expect } from 'vitest';
import { exceptionFrame } from '@/tests/support/event-stream-frames';

export type RefusalCode =
  | 'body_invalid'
  | 'body_too_large'
  | 'forbidden'
  | 'method_not_allowed'
  | 'model_unknown'
  | 'month_held'
  | 'monthly_cost_used_up'
  | 'monthly_tokens_used_up'
  | 'policy_blocked'
  | 'provider_unconfigured'
  | 'rate_limited_requests'
  | 'rate_limited_tokens'
  | 'route_unknown'
  | 'store_unavailable'
  | 'token_cost_used_up'
  | 'token_revoked'
  | 'token_tokens_used_up'
  | 'unauthenticated'
  | 'upstream_key_refused'
  | 'upstream_unreachable';

/** A refusal as the situation calls for it, whatever the dialect. */
export interface Refusal {
  readonly code: RefusalCode;
  /** `…` stands for what differs from call to call. */
  readonly message: string;
  readonly requestId: string;
  /** Whole seconds after which the call would be admitted. */
  readonly waitSeconds?: number;
  readonly upgradeUrl?: string;
  readonly limit?: number;
  readonly used?: number;
  readonly remaining?: number;
  /** RFC 3339, whole seconds. */
  readonly resetsAt?: string;
}

export interface RefusalShape {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

export interface Family {
  refusal(refusal: Refusal): RefusalShape;
  /** The in-band error of a stream whose provider failed. */
  broken(message: string, requestId: string): Buffer;
  /** Headers that tell the customer's own limits, beside the numbers the test made. */
  limits(requests: number): Readonly<Record<string, unknown>>;
}

const TRUE: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  'month_held',
  'rate_limited_requests',
  'rate_limited_tokens',
  'store_unavailable',
  'upstream_unreachable',
]);

/** The text itself, or what matches it where it holds `…`. */
function textLike(text: string): string {
  const parts = text.split('…').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`));
  return parts.length === 1
    ? text
    : (expect.stringMatching(new RegExp(`^${parts.join('[^·]*')}$`)) as string);
}

const isCap = ({ code }: Refusal) => code.endsWith('_used_up');

/** Money as users read it. The tests' caps are whole cents. */
const dollars = (nanoUsd: number) => `$${(nanoUsd / 1e9).toFixed(2)}`;

/** A cap's message carries every figure, for clients that show the text alone. */
function shownMessage(refusal: Refusal): string {
  const { message, limit, used, remaining, resetsAt, upgradeUrl } = refusal;
  if (!isCap(refusal)) return textLike(message);
  const show = refusal.code.endsWith('_cost_used_up')
    ? dollars
    : (tokens: number) => `${String(tokens)} tokens`;
  const figures = [
    `limit ${show(limit ?? 0)}`,
    `used ${show(used ?? 0)}`,
    `remaining ${show(remaining ?? 0)}`,
    `resets ${resetsAt ?? ''}`,
    ...(upgradeUrl === undefined ? [] : [`upgrade: ${upgradeUrl}`]),
  ];
  return textLike([message, ...figures].join(' · '));
}

function retryHeaders({ code, waitSeconds }: Refusal, withMs: boolean): Record<string, unknown> {
  const advice = { 'x-should-retry': String(TRUE.has(code)) };
  if (waitSeconds === undefined) return advice;
  const ms = withMs ? { 'retry-after-ms': expect.stringMatching(/^\d{1,5}$/) as unknown } : {};
  return { ...advice, 'retry-after': String(waitSeconds), ...ms };
}

const JSON_TYPE = 'application/json';

const ANTHROPIC: Readonly<Record<RefusalCode, readonly [status: number, type: string]>> = {
  unauthenticated: [401, 'authentication_error'],
  token_revoked: [401, 'authentication_error'],
  forbidden: [403, 'permission_error'],
  model_unknown: [404, 'not_found_error'],
  policy_blocked: [400, 'policy_blocked'],
  rate_limited_requests: [429, 'rate_limit_error'],
  rate_limited_tokens: [429, 'rate_limit_error'],
  month_held: [429, 'rate_limit_error'],
  monthly_tokens_used_up: [429, 'billing_error'],
  monthly_cost_used_up: [429, 'billing_error'],
  token_tokens_used_up: [429, 'billing_error'],
  token_cost_used_up: [429, 'billing_error'],
  body_too_large: [413, 'request_too_large'],
  body_invalid: [400, 'invalid_request_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  route_unknown: [404, 'not_found_error'],
  provider_unconfigured: [503, 'api_error'],
  upstream_unreachable: [502, 'api_error'],
  upstream_key_refused: [502, 'api_error'],
  store_unavailable: [503, 'api_error'],
};

const anthropic: Family = {
  refusal(refusal) {
    const [status, type] = ANTHROPIC[refusal.code];
    const { requestId } = refusal;
    return {
      status,
      headers: { 'content-type': JSON_TYPE, 'request-id': requestId, ...retryHeaders(refusal, true) },
      body: { type: 'error', error: { type, message: shownMessage(refusal) }, request_id: requestId },
    };
  },
  broken(message, requestId) {
    const body = { type: 'error', error: { type: 'api_error', message }, request_id: requestId };
    return Buffer.from(`event: error\ndata: ${JSON.stringify(body)}\n\n`);
  },
  limits: (requests) => ({
    'anthropic-ratelimit-requests-limit': String(requests),
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': expect.stringMatching(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    ) as unknown,
  }),
};

type OpenAiShape = readonly [status: number, type: string, code: string | null, param?: string];

const INVALID = 'invalid_request_error';

const OPENAI: Readonly<Record<RefusalCode, OpenAiShape>> = {
  unauthenticated: [401, INVALID, 'invalid_api_key'],
  token_revoked: [401, INVALID, 'invalid_api_key'],
  forbidden: [403, INVALID, 'insufficient_permissions'],
  model_unknown: [404, INVALID, 'model_not_found', 'model'],
  policy_blocked: [400, INVALID, 'policy_blocked'],
  rate_limited_requests: [429, 'requests', 'rate_limit_exceeded'],
  rate_limited_tokens: [429, 'tokens', 'rate_limit_exceeded'],
  month_held: [429, 'requests', 'rate_limit_exceeded'],
  monthly_tokens_used_up: [429, 'insufficient_quota', 'insufficient_quota'],
  monthly_cost_used_up: [429, 'insufficient_quota', 'insufficient_quota'],
  token_tokens_used_up: [429, 'insufficient_quota', 'insufficient_quota'],
  token_cost_used_up: [429, 'insufficient_quota', 'insufficient_quota'],
  body_too_large: [413, INVALID, 'request_too_large'],
  body_invalid: [400, INVALID, null],
  method_not_allowed: [405, INVALID, 'method_not_supported'],
  route_unknown: [404, INVALID, 'unknown_url'],
  provider_unconfigured: [503, 'server_error', null],
  upstream_unreachable: [502, 'server_error', null],
  upstream_key_refused: [502, 'server_error', null],
  store_unavailable: [503, 'server_error', null],
};

/** Codex asks again five times on 402, 403, 413 and 422, thirty times on a 5xx; it stops at a 400, and at this type of a 429. */
const RESPONSES: Readonly<Record<RefusalCode, OpenAiShape>> = {
  ...OPENAI,
  forbidden: [400, INVALID, 'access_denied'],
  monthly_tokens_used_up: [429, 'usage_limit_reached', 'insufficient_quota'],
  monthly_cost_used_up: [429, 'usage_limit_reached', 'insufficient_quota'],
  token_tokens_used_up: [429, 'usage_limit_reached', 'insufficient_quota'],
  token_cost_used_up: [429, 'usage_limit_reached', 'insufficient_quota'],
  body_too_large: [400, INVALID, 'context_length_exceeded', 'input'],
  provider_unconfigured: [400, 'server_error', null],
};

function openaiFamily(
  shapes: Readonly<Record<RefusalCode, OpenAiShape>>,
  event: (error: Readonly<Record<string, unknown>>) => string,
): Family {
  return {
    refusal(refusal) {
      const [status, type, code, param = null] = shapes[refusal.code];
      const message = shownMessage(refusal);
      const until = isCap(refusal) ? { resets_at: Date.parse(refusal.resetsAt ?? '') / 1000 } : {};
      return {
        status,
        headers: { 'content-type': JSON_TYPE, ...retryHeaders(refusal, true) },
        body: { error: { message, type, param, code, ...until } },
      };
    },
    broken: (message) => Buffer.from(event({ message, type: 'server_error', param: null, code: null })),
    limits: limitsOf,
  };
}

const limitsOf: Family['limits'] = (requests) => ({
  'x-ratelimit-limit-requests': String(requests),
  'x-ratelimit-remaining-requests': '0',
  'x-ratelimit-reset-requests': expect.stringMatching(/^(1m)?\d{1,3}(ms|s)$/) as unknown,
});

type GoogleShape = readonly [status: number, name: string, reason: string, quotaId?: string];

const GOOGLE: Readonly<Record<RefusalCode, GoogleShape>> = {
  unauthenticated: [401, 'UNAUTHENTICATED', 'API_KEY_INVALID'],
  token_revoked: [401, 'UNAUTHENTICATED', 'API_KEY_INVALID'],
  forbidden: [403, 'PERMISSION_DENIED', 'ACCESS_DENIED'],
  model_unknown: [404, 'NOT_FOUND', 'MODEL_NOT_FOUND'],
  policy_blocked: [400, 'FAILED_PRECONDITION', 'POLICY_BLOCKED'],
  rate_limited_requests: [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 'RequestsPerMinutePerCustomer'],
  rate_limited_tokens: [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 'TokensPerMinutePerCustomer'],
  month_held: [429, 'RESOURCE_EXHAUSTED', 'RATE_LIMIT_EXCEEDED', 'RunningCallsPerCustomer'],
  monthly_tokens_used_up: [429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXHAUSTED', 'TokensPerMonthPerCustomer'],
  monthly_cost_used_up: [429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXHAUSTED', 'SpendPerMonthPerCustomer'],
  token_tokens_used_up: [429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXHAUSTED', 'TokensPerMonthPerToken'],
  token_cost_used_up: [429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXHAUSTED', 'SpendPerMonthPerToken'],
  body_too_large: [413, 'INVALID_ARGUMENT', 'REQUEST_TOO_LARGE'],
  body_invalid: [400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
  method_not_allowed: [405, 'UNIMPLEMENTED', 'METHOD_NOT_ALLOWED'],
  route_unknown: [404, 'NOT_FOUND', 'ROUTE_NOT_FOUND'],
  provider_unconfigured: [503, 'UNAVAILABLE', 'PROVIDER_UNCONFIGURED'],
  upstream_unreachable: [502, 'UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
  upstream_key_refused: [502, 'UNAVAILABLE', 'UPSTREAM_KEY_REFUSED'],
  store_unavailable: [503, 'UNAVAILABLE', 'STORE_UNAVAILABLE'],
};

const RPC = 'type.googleapis.com/google.rpc.';
const errorInfo = (reason: string) => ({
  '@type': `${RPC}ErrorInfo`,
  reason,
  domain: 'googleapis.com',
  metadata: { service: 'tollgate' },
});

const google: Family = {
  refusal(refusal) {
    const [status, name, reason, quotaId] = GOOGLE[refusal.code];
    const { requestId, waitSeconds, limit, upgradeUrl } = refusal;
    const quotaValue = limit === undefined ? {} : { quotaValue: String(limit) };
    // Google's clients read the body's delay alone; above five minutes the Gemini CLI stops.
    const retryDelay = isCap(refusal) ? '3600s' : waitSeconds === undefined ? null : `${waitSeconds}s`;
    const details = [
      errorInfo(reason),
      ...(quotaId === undefined
        ? []
        : [
            {
              '@type': `${RPC}QuotaFailure`,
              violations: [{ quotaMetric: 'tollgate/usage', quotaId, ...quotaValue }],
            },
          ]),
      ...(retryDelay === null ? [] : [{ '@type': `${RPC}RetryInfo`, retryDelay }]),
      ...(upgradeUrl === undefined
        ? []
        : [{ '@type': `${RPC}Help`, links: [{ description: 'Upgrade', url: upgradeUrl }] }]),
      { '@type': `${RPC}RequestInfo`, requestId },
    ];
    const message = shownMessage(refusal);
    return {
      status,
      headers: { 'content-type': 'application/json; charset=UTF-8', ...retryHeaders(refusal, false) },
      body: { error: { code: status, message, status: name, details } },
    };
  },
  broken(message, requestId) {
    const details = [errorInfo('UPSTREAM_UNAVAILABLE'), { '@type': `${RPC}RequestInfo`, requestId }];
    const error = { code: 503, message, status: 'UNAVAILABLE', details };
    return Buffer.from(`data: ${JSON.stringify({ error })}\r\n\r\n`);
  },
  limits: limitsOf,
};

/** AWS's SDKs retry every 5xx and throttling, and nothing else; Claude Code takes 403 for stale AWS credentials and asks for minutes. */
const BEDROCK: Readonly<Record<RefusalCode, readonly [status: number, exception: string]>> = {
  unauthenticated: [401, 'UnrecognizedClientException'],
  token_revoked: [401, 'UnrecognizedClientException'],
  forbidden: [400, 'AccessDeniedException'],
  model_unknown: [404, 'ResourceNotFoundException'],
  policy_blocked: [400, 'AccessDeniedException'],
  rate_limited_requests: [429, 'ThrottlingException'],
  rate_limited_tokens: [429, 'ThrottlingException'],
  month_held: [429, 'ThrottlingException'],
  monthly_tokens_used_up: [400, 'ServiceQuotaExceededException'],
  monthly_cost_used_up: [400, 'ServiceQuotaExceededException'],
  token_tokens_used_up: [400, 'ServiceQuotaExceededException'],
  token_cost_used_up: [400, 'ServiceQuotaExceededException'],
  body_too_large: [413, 'ValidationException'],
  body_invalid: [400, 'ValidationException'],
  method_not_allowed: [405, 'UnknownOperationException'],
  route_unknown: [404, 'UnknownOperationException'],
  provider_unconfigured: [424, 'ModelErrorException'],
  upstream_unreachable: [503, 'ServiceUnavailableException'],
  upstream_key_refused: [424, 'ModelErrorException'],
  store_unavailable: [503, 'ServiceUnavailableException'],
};

const bedrock: Family = {
  refusal(refusal) {
    const [status, exception] = BEDROCK[refusal.code];
    return {
      status,
      headers: {
        'content-type': JSON_TYPE,
        'x-amzn-errortype': exception,
        'x-amzn-requestid': refusal.requestId,
        ...retryHeaders(refusal, false),
      },
      body: { message: shownMessage(refusal) },
    };
  },
  broken: (message, requestId) =>
    exceptionFrame('modelStreamErrorException', `${message} (request ${requestId})`, {
      originalStatusCode: 502,
    }),
  limits: () => ({}),
};

const own: Family = {
  refusal(refusal) {
    const { code, message, requestId, limit, used, remaining, resetsAt, upgradeUrl } = refusal;
    const [status] = ANTHROPIC[code];
    return {
      status,
      headers: { 'content-type': JSON_TYPE, ...retryHeaders(refusal, false) },
      body: {
        error: {
          code,
          message: textLike(message),
          request_id: requestId,
          ...(limit === undefined ? {} : { limit }),
          ...(used === undefined ? {} : { used }),
          ...(remaining === undefined ? {} : { remaining }),
          ...(resetsAt === undefined
            ? {}
            : {
                resets_at: resetsAt === '' ? (expect.any(String) as unknown) : resetsAt.replace('Z', '.000Z'),
              }),
          ...(upgradeUrl === undefined ? {} : { upgrade_url: upgradeUrl }),
        },
      },
    };
  },
  broken: () => Buffer.alloc(0),
  limits: limitsOf,
};

export const FAMILIES = {
  anthropic,
  openai: openaiFamily(OPENAI, (error) => `data: ${JSON.stringify({ error })}\n\n`),
  responses: openaiFamily(RESPONSES, (error) => {
    const { message, code, param } = error;
    const event = { type: 'error', sequence_number: 0, code, message, param, error };
    return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
  }),
  google,
  bedrock,
  own,
} as const;
