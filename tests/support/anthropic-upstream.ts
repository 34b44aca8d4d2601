/** A local stand-in for Anthropic's API, written from its public wire documentation, with misbehaviour on demand. */
import {
  answerTo,
  eventsOf,
  inputTokens,
  type AnthropicUsage,
  type MessagesRequest,
} from '@/tests/support/anthropic-messages';
import type { Answer } from '@/tests/support/upstream-answer';
import {
  selfSignedCertificate,
  startUpstreamServer,
  type Certificate,
  type RecordedRequest,
  type Upstream,
} from '@/tests/support/upstream-server';

export interface AnthropicUpstreamOptions {
  /** The operator's key; a request with another one gets the native 401. */
  readonly apiKey?: string;
  /** Also take the key as a bearer token, as @anthropic-ai/sdk 1.x sends it. Off: only `x-api-key` counts. */
  readonly acceptBearer?: boolean;
  /** Usage fields every message reports instead of the computed ones. */
  readonly usage?: Partial<AnthropicUsage>;
}

export const UPSTREAM_KEY = 'sk-ant-test-operator-key';

/** Newest first, as the API lists them. */
const UPSTREAM_MODELS = [
  { id: 'claude-haiku-5-5', display_name: 'Claude Haiku 5.5', created_at: '2026-10-07T00:00:00Z' },
  { id: 'claude-sonnet-5-5', display_name: 'Claude Sonnet 5.5', created_at: '2026-09-28T00:00:00Z' },
  { id: 'claude-opus-5-5', display_name: 'Claude Opus 5.5', created_at: '2026-09-22T00:00:00Z' },
] as const;

const ERROR_TYPES: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'The request was invalid.'],
  401: ['authentication_error', 'invalid x-api-key'],
  402: ['billing_error', 'Your credit balance is too low to access the Anthropic API.'],
  403: ['permission_error', 'Your API key does not have permission to use the specified resource.'],
  404: ['not_found_error', 'Not Found'],
  405: ['invalid_request_error', 'Method Not Allowed'],
  413: ['request_too_large', 'Request exceeds the maximum size'],
  429: ['rate_limit_error', 'This request would exceed your organization’s rate limit.'],
  500: ['api_error', 'Internal server error'],
  504: ['timeout_error', 'Request timed out'],
  529: ['overloaded_error', 'Overloaded'],
};

export function startAnthropicUpstream(options: AnthropicUpstreamOptions = {}): Promise<Upstream> {
  return start(options);
}

/** The same over TLS, with a certificate that no client trusts (given back as PEM for those that should). */
export async function startTlsUpstream(
  options: AnthropicUpstreamOptions = {},
): Promise<Upstream & { certificate: string }> {
  const certificate = selfSignedCertificate();
  return { ...(await start(options, certificate)), certificate: certificate.cert };
}

function start(options: AnthropicUpstreamOptions, certificate?: Certificate): Promise<Upstream> {
  let answers = 0;
  const nextId = (): string => String(++answers).padStart(24, '0');
  const api = {
    answer: (request: RecordedRequest) => answerRequest(request, options, nextId()),
    error: (status: number) => errorAnswer(status, nextId()),
  };
  return startUpstreamServer(api, certificate);
}

function answerRequest(request: RecordedRequest, options: AnthropicUpstreamOptions, id: string): Answer {
  const problem = headerProblem(request, options);
  if (problem !== null) return errorAnswer(problem[0], id, problem[1]);
  const [, resource, name, ...rest] = request.path.split('/').slice(1);
  const { method } = request;
  if (!request.path.startsWith('/v1/') || rest.length > 0) return errorAnswer(404, id);
  if (resource === 'models' && method === 'GET') return answerModels(request, name, id);
  if (resource !== 'messages' || (name !== undefined && name !== 'count_tokens')) return errorAnswer(404, id);
  if (method !== 'POST') return errorAnswer(405, id);
  let body: Partial<MessagesRequest>;
  try {
    body = request.json() as Partial<MessagesRequest>;
  } catch {
    return errorAnswer(400, id, 'The request body is not valid JSON: unexpected end of data');
  }
  const counting = name === 'count_tokens';
  const invalid = bodyProblem(body, counting, request.headers['anthropic-version']);
  if (invalid !== null) return errorAnswer(400, id, invalid);
  const call = body as MessagesRequest;
  if (!call.model.startsWith('claude-')) return errorAnswer(404, id, `model: ${call.model}`);
  if (counting) return jsonAnswer(200, { input_tokens: inputTokens(call) }, id);
  const message = answerTo(call, `msg_${id}`, options.usage);
  if (call.stream !== true) return jsonAnswer(200, message, id);
  return {
    status: 200,
    headers: {
      ...accountHeaders(id),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
    },
    body: eventsOf(message),
  };
}

function headerProblem(
  request: RecordedRequest,
  options: AnthropicUpstreamOptions,
): readonly [status: number, message: string] | null {
  const { authorization, 'x-api-key': apiKey, 'anthropic-version': version } = request.headers;
  const bearer = options.acceptBearer === true ? authorization?.replace(/^Bearer /, '') : undefined;
  const key = apiKey ?? bearer;
  // A gateway that lets the caller's own credential through must not pass for a working one.
  const stray = authorization !== undefined && bearer === undefined;
  if (key === undefined) return [401, 'x-api-key header is required'];
  if (stray || key !== (options.apiKey ?? UPSTREAM_KEY)) return [401, 'invalid x-api-key'];
  return version === undefined ? [400, 'anthropic-version: header is required'] : null;
}

function bodyProblem(body: Partial<MessagesRequest>, counting: boolean, version = ''): string | null {
  const { model, messages, max_tokens: maxTokens, thinking } = body;
  if (typeof model !== 'string') return 'model: Field required';
  if (!counting && maxTokens === undefined) return 'max_tokens: Field required';
  if (!counting && !(Number(maxTokens) >= 1)) return 'max_tokens: must be greater than or equal to 1';
  if (!Array.isArray(messages)) return 'messages: Field required';
  if (messages.length === 0) return 'messages: at least one message is required';
  if (!counting && Number(maxTokens) <= (thinking?.budget_tokens ?? 0)) {
    return '`max_tokens` must be greater than `thinking.budget_tokens`.';
  }
  const removed = ['temperature', 'top_p', 'top_k'].find((name) => name in body);
  if (removed !== undefined && version >= '2026-10-21') return `${removed}: Extra inputs are not permitted`;
  return null;
}

function answerModels(request: RecordedRequest, id: string | undefined, requestId: string): Answer {
  const all = UPSTREAM_MODELS.map((model) => ({ type: 'model', ...model, max_tokens: 64_000 }));
  if (id !== undefined) {
    const one = all.find((model) => model.id === decodeURIComponent(id));
    return one === undefined ? errorAnswer(404, requestId, `model: ${id}`) : jsonAnswer(200, one, requestId);
  }
  const after = request.query.get('after_id');
  const from = after === null ? 0 : all.findIndex((model) => model.id === after) + 1;
  const data = all.slice(from, from + Number(request.query.get('limit') ?? 20));
  const has_more = from + data.length < all.length;
  return jsonAnswer(
    200,
    { data, has_more, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null },
    requestId,
  );
}

function jsonAnswer(status: number, body: unknown, id: string): Answer {
  return {
    status,
    headers: { ...accountHeaders(id), 'content-type': 'application/json' },
    body: [JSON.stringify(body)],
  };
}

function errorAnswer(status: number, id: string, message?: string): Answer {
  const [type, usual] = ERROR_TYPES[status] ?? ['api_error', 'Unexpected error'];
  const error = { type: 'error', error: { type, message: message ?? usual }, request_id: `req_${id}` };
  const answer = jsonAnswer(status, error, id);
  const hints = { 'x-should-retry': String(status === 429 || status >= 500) };
  if (status !== 429) return { ...answer, headers: { ...answer.headers, ...hints } };
  return { ...answer, headers: { ...answer.headers, ...hints, 'retry-after': '1' } };
}

/** What the real API tells about the account and its own edge: nothing of it but the request id may reach a caller. */
function accountHeaders(id: string): Record<string, string> {
  const limits = { requests: 20_000, tokens: 2_400_000, 'input-tokens': 2_000_000, 'output-tokens': 400_000 };
  const headers: Record<string, string> = {
    'request-id': `req_${id}`,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    'strict-transport-security': 'max-age=31536000; includeSubDomains; preload',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'x-envoy-upstream-service-time': '889',
    'x-robots-tag': 'none',
    'set-cookie': '_cfuvid=fake; HttpOnly; Secure; Path=/; Domain=api.anthropic.com',
    'cf-ray': '8f00ba5-FRA',
    'cf-cache-status': 'DYNAMIC',
    via: '1.1 google',
    server: 'cloudflare',
  };
  for (const [kind, limit] of Object.entries(limits)) {
    headers[`anthropic-ratelimit-${kind}-limit`] = String(limit);
    headers[`anthropic-ratelimit-${kind}-remaining`] = String(limit - 1);
    headers[`anthropic-ratelimit-${kind}-reset`] = new Date(Date.now() + 60_000).toISOString();
  }
  return headers;
}
