/** OpenAI's native errors and the headers its answers bear, and those of OpenRouter and Azure. */
import type { Answer } from '@/tests/support/upstream-answer';

export type OpenAiFlavour = 'openai' | 'openrouter' | 'azure';

export interface OpenAiErrorFields {
  readonly message?: string;
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

type Usual = readonly [type: string, code: string | null, message: string];

const ERRORS: Readonly<Record<number, Usual>> = {
  400: ['invalid_request_error', null, 'The request was invalid.'],
  401: ['invalid_request_error', 'invalid_api_key', 'Incorrect API key provided: sk-proj-***.'],
  403: ['invalid_request_error', null, 'You have insufficient permissions for this operation.'],
  404: [
    'invalid_request_error',
    'model_not_found',
    'The model `x` does not exist or you do not have access to it.',
  ],
  409: ['invalid_request_error', 'conflict', 'The resource was changed by another request.'],
  413: ['invalid_request_error', null, 'The data you passed is larger than the capacity limit.'],
  429: [
    'tokens',
    'rate_limit_exceeded',
    'Rate limit reached on tokens per min (TPM). Please try again in 1s.',
  ],
  500: ['server_error', null, 'The server had an error while processing your request. Sorry about that!'],
  503: ['server_error', null, 'The engine is currently overloaded, please try again later'],
};

const AZURE_MESSAGES: Readonly<Record<number, string>> = {
  401: 'Access denied due to invalid subscription key or wrong API endpoint.',
  404: 'Resource not found',
  429: 'Requests have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 1 second.',
};

/** Statuses whose Azure errors come from the front door, which puts the number where OpenAI has a code. */
const AZURE_FRONT_DOOR = new Set([401, 404, 429]);

export function openAiError(
  flavour: OpenAiFlavour,
  id: string,
  status: number,
  fields: OpenAiErrorFields = {},
): Answer {
  const headers: Record<string, string> = {
    ...openAiHeaders(flavour, id),
    'content-type': flavour === 'openai' ? 'application/json; charset=utf-8' : 'application/json',
  };
  if (status === 429) Object.assign(headers, { 'retry-after': '1', 'retry-after-ms': '1000' });
  return { status, headers, body: [JSON.stringify({ error: errorBody(flavour, status, fields) }, null, 2)] };
}

/** The body of the 429 an account without credit gets: no retry will help. */
export function openAiQuotaError(): string {
  const message = 'You exceeded your current quota, please check your plan and billing details.';
  const error = { message, type: 'insufficient_quota', param: null, code: 'insufficient_quota' };
  return JSON.stringify({ error });
}

function errorBody(flavour: OpenAiFlavour, status: number, fields: OpenAiErrorFields): object {
  const [type, code, message] = ERRORS[status] ?? ERRORS[500] ?? ['server_error', null, 'Unexpected error'];
  if (flavour === 'openrouter') return { message: fields.message ?? message, code: status };
  if (flavour === 'azure' && AZURE_FRONT_DOOR.has(status) && fields.message === undefined) {
    return { code: String(status), message: AZURE_MESSAGES[status] };
  }
  return { message, type, param: null, code, ...fields };
}

/** What the real API tells about the account and its own edge. */
export function openAiHeaders(flavour: OpenAiFlavour, id: string): Record<string, string> {
  if (flavour === 'openrouter') {
    return {
      'access-control-allow-origin': '*',
      'referrer-policy': 'no-referrer, strict-origin-when-cross-origin',
      'permissions-policy': 'payment=(self "https://checkout.stripe.com")',
      'cf-ray': '8f00ba5-FRA',
      server: 'cloudflare',
    };
  }
  const limits: Record<string, string> = {
    'x-request-id': flavour === 'azure' ? `66b28ee8-30de-423e-8c46-${id.slice(-12)}` : `req_${id}`,
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '10000000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-remaining-tokens': '9999992',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-reset-tokens': '0s',
    'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
    'x-content-type-options': 'nosniff',
  };
  if (flavour === 'azure') {
    return {
      ...limits,
      'apim-request-id': `d32bb19e-6dd2-4cb1-94fb-${id.slice(-12)}`,
      'azureml-model-session': 'd20260330170902-0e618f323d34',
      'x-accel-buffering': 'no',
      'x-ms-deployment-name': 'test-deployment',
      'x-ms-rai-invoked': 'true',
      'x-ms-region': 'East US 2',
    };
  }
  return {
    ...limits,
    'access-control-expose-headers': 'X-Request-ID',
    'openai-organization': 'org-test',
    'openai-project': 'proj_test',
    'openai-processing-ms': '433',
    'openai-version': '2020-10-01',
    'alt-svc': 'h3=":443"; ma=86400',
    'cf-cache-status': 'DYNAMIC',
    'cf-ray': '8f00ba5-FRA',
    server: 'cloudflare',
    'set-cookie': '__cf_bm=fake; path=/; HttpOnly; Secure; SameSite=None; Domain=api.openai.com',
  };
}
