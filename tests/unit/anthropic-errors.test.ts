/** Bodies and headers of refusals, limits and model lists in Anthropic's shape, pinned literally. */
import { describe, expect, it } from 'vitest';
import { type ErrorCode, ERRORS, type ErrorFacts, GatewayError } from '@/lib/domain/errors';
import type { ListedModel } from '@/lib/wire/format';
import { decodeUtf8 } from '@/lib/std/bytes';
import { anthropicMessages } from '@/lib/wire/anthropic-messages/format';
import type { LimitView } from '@/lib/wire/format';

const render = (code: ErrorCode, message: string, facts: ErrorFacts = {}) =>
  anthropicMessages.renderError(new GatewayError(code, message, facts), 'req_1');

const RESETS = Date.UTC(2026, 11, 1);

describe('renderError', () => {
  it('tells everything about a monthly token cap and asks for no retry', () => {
    const facts = {
      limit: 1_000_000,
      used: 1_000_250,
      remaining: 0,
      resetsAtMs: RESETS,
      retryAfterMs: 864_000_000,
      upgradeUrl: 'https://gw.example/upgrade',
    };
    expect(render('monthly_tokens_used_up', 'Monthly token limit reached', facts)).toEqual({
      status: 429,
      headers: { 'content-type': 'application/json', 'request-id': 'req_1', 'x-should-retry': 'false' },
      body:
        '{"type":"error","error":{"type":"billing_error","message":"Monthly token limit reached · ' +
        'limit 1000000 tokens · used 1000250 tokens · remaining 0 tokens · resets 2026-12-01T00:00:00Z · ' +
        'upgrade: https://gw.example/upgrade"},"request_id":"req_1"}',
    });
  });

  it('shows a monthly money cap in dollars', () => {
    const facts = { limit: 50_000_000_000, used: 49_990_000_000, remaining: 10_000_000, resetsAtMs: RESETS };
    expect(render('monthly_cost_used_up', 'Monthly budget used up', facts).body).toBe(
      '{"type":"error","error":{"type":"billing_error","message":"Monthly budget used up · limit $50.00 · ' +
        'used $49.99 · remaining $0.01 · resets 2026-12-01T00:00:00Z"},"request_id":"req_1"}',
    );
  });

  it('gives true whole seconds on a per-minute limit and adds nothing to its message', () => {
    const facts = { limit: 60, used: 60, remaining: 0, resetsAtMs: RESETS, retryAfterMs: 12_345 };
    expect(render('rate_limited_requests', 'Too many requests per minute', facts)).toEqual({
      status: 429,
      headers: {
        'content-type': 'application/json',
        'request-id': 'req_1',
        'x-should-retry': 'true',
        'retry-after': '13',
        'retry-after-ms': '12345',
      },
      body: '{"type":"error","error":{"type":"rate_limit_error","message":"Too many requests per minute"},"request_id":"req_1"}',
    });
    expect(render('rate_limited_tokens', 'm', { retryAfterMs: 0 }).headers['retry-after']).toBe('1');
    expect(render('rate_limited_tokens', 'm', { retryAfterMs: 65_000 }).headers['retry-after']).toBe('65');
    expect(render('rate_limited_tokens', 'm', { retryAfterMs: 65_001 }).headers).not.toHaveProperty(
      'retry-after',
    );
    expect(render('rate_limited_tokens', 'm').headers).not.toHaveProperty('retry-after');
  });

  it('keeps facts headers such as allow', () => {
    const { headers } = render('method_not_allowed', 'm', {
      headers: { allow: 'POST', 'x-should-retry': 'maybe' },
    });
    expect(headers).toMatchObject({ allow: 'POST', 'x-should-retry': 'false' });
  });

  const TABLE: Record<ErrorCode, string> = {
    body_invalid: '400 invalid_request_error false -',
    policy_blocked: '400 policy_blocked false -',
    unauthenticated: '401 authentication_error false -',
    token_revoked: '401 authentication_error false -',
    forbidden: '403 permission_error false -',
    model_unknown: '404 not_found_error false -',
    route_unknown: '404 not_found_error false -',
    not_found: '404 not_found_error false -',
    method_not_allowed: '405 invalid_request_error false -',
    conflict: '409 invalid_request_error false -',
    body_too_large: '413 request_too_large false -',
    encoding_unsupported: '415 invalid_request_error false -',
    rate_limited_requests: '429 rate_limit_error true -',
    rate_limited_tokens: '429 rate_limit_error true -',
    month_held: '429 rate_limit_error true -',
    monthly_tokens_used_up: '429 billing_error false -',
    monthly_cost_used_up: '429 billing_error false -',
    token_tokens_used_up: '429 billing_error false -',
    token_cost_used_up: '429 billing_error false -',
    internal: '500 api_error true -',
    upstream_unreachable: '502 api_error true -',
    upstream_broken: '502 api_error true -',
    upstream_key_refused: '502 api_error false -',
    store_unavailable: '503 api_error true 1',
    provider_unconfigured: '503 api_error false -',
    draining: '503 api_error true 1',
    upstream_timeout: '504 timeout_error true -',
  };
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    it(`maps ${code}`, () => {
      const { status, headers, body } = render(code, 'm');
      const { error } = JSON.parse(body) as { error: { type: string } };
      expect(`${status} ${error.type} ${headers['x-should-retry']} ${headers['retry-after'] ?? '-'}`).toBe(
        TABLE[code],
      );
    });
  }

  it('writes the in-band event', () => {
    const bytes = anthropicMessages.renderStreamError(
      new GatewayError('upstream_broken', 'cut\noff'),
      'req_2',
    );
    expect(decodeUtf8(bytes ?? new Uint8Array())).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"cut\\noff"},"request_id":"req_2"}\n\n',
    );
  });
});

describe('limitHeaders', () => {
  const view: LimitView = {
    requests: { limit: 60, remaining: 59, resetsAtMs: Date.UTC(2026, 10, 21, 12, 0, 30, 1) },
    tokens: { limit: 40_000, remaining: -3.5, resetsAtMs: Date.UTC(2026, 10, 21, 12, 0, 30) },
    monthUtilization: 0.829,
    monthResetsAtMs: RESETS,
    nowMs: Date.UTC(2026, 10, 21, 12),
  };
  const classic = {
    'anthropic-ratelimit-requests-limit': '60',
    'anthropic-ratelimit-requests-remaining': '59',
    'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:31Z',
    'anthropic-ratelimit-tokens-limit': '40000',
    'anthropic-ratelimit-tokens-remaining': '0',
    'anthropic-ratelimit-tokens-reset': '2026-11-21T12:00:30Z',
  };
  const resets = {
    'anthropic-ratelimit-unified-reset': '1796083200',
    'anthropic-ratelimit-unified-overage-reset': '1796083200',
  };

  it('shows limits and a warning', () => {
    expect(anthropicMessages.limitHeaders(view, null)).toEqual({
      ...classic,
      ...resets,
      'anthropic-ratelimit-unified-status': 'allowed_warning',
      'anthropic-ratelimit-unified-representative-claim': 'overage',
      'anthropic-ratelimit-unified-overage-status': 'allowed_warning',
      'anthropic-ratelimit-unified-overage-utilization': '0.82',
      'anthropic-ratelimit-unified-overage-surpassed-threshold': '0.75',
    });
  });

  it('steps through the thresholds', () => {
    const of = (monthUtilization: number): string => {
      const headers = anthropicMessages.limitHeaders({ ...view, monthUtilization }, null);
      return ['status', 'overage-utilization', 'overage-surpassed-threshold']
        .map((name) => headers[`anthropic-ratelimit-unified-${name}`] ?? '-')
        .join(' ');
    };
    expect(of(0)).toBe('allowed 0.00 -');
    expect(of(0.29)).toBe('allowed 0.29 -');
    expect(of(0.7499)).toBe('allowed 0.74 -');
    expect(of(0.75)).toBe('allowed_warning 0.75 0.75');
    expect(of(0.95)).toBe('allowed_warning 0.95 0.95');
    expect(of(0.9999)).toBe('allowed_warning 0.99 0.95');
    expect(of(1.03)).toBe('allowed_warning 1.03 0.95');
  });

  it('marks a monthly refusal as rejected, without claim and overage status', () => {
    const refusal = new GatewayError('monthly_cost_used_up', 'm');
    expect(anthropicMessages.limitHeaders({ ...view, monthUtilization: 1 }, refusal)).toEqual({
      ...classic,
      ...resets,
      'anthropic-ratelimit-unified-status': 'rejected',
      'anthropic-ratelimit-unified-overage-utilization': '1.00',
      'anthropic-ratelimit-unified-overage-disabled-reason': 'org_spend_cap_reached',
    });
  });

  it('keeps the month out of a per-minute refusal and out of an uncapped plan', () => {
    const refusal = new GatewayError('rate_limited_requests', 'm');
    const headers = anthropicMessages.limitHeaders({ ...view, monthUtilization: 0.1 }, refusal);
    expect(headers['anthropic-ratelimit-unified-status']).toBe('allowed');
    expect(anthropicMessages.limitHeaders({ ...view, monthUtilization: null }, refusal)).toEqual(classic);
    const bare = { ...view, requests: null, tokens: null, monthUtilization: null };
    expect(anthropicMessages.limitHeaders(bare, null)).toEqual({});
  });
});

describe('models', () => {
  const entry = (id: string, createdAt: string): ListedModel => ({
    id,
    aliases: [`${id}-latest`],
    displayName: id.toUpperCase(),
    createdAt,
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    kind: 'chat' as const,
    provider: 'anthropic',
    compat: false,
  });
  const models = ['a', 'b', 'c', 'd', 'e'].map((id, i) => entry(id, `2026-0${i + 1}-01T00:00:00Z`));
  const page = (query: string) => {
    const { data, ...rest } = anthropicMessages.renderModels(models, new URLSearchParams(query)) as {
      data: { id: string }[];
    };
    return { ids: data.map(({ id }) => id).join(''), ...rest };
  };

  it('renders one model', () => {
    expect(anthropicMessages.renderModel(entry('x', '2026-01-01T00:00:00Z'))).toEqual({
      type: 'model',
      id: 'x',
      display_name: 'X',
      created_at: '2026-01-01T00:00:00Z',
      max_input_tokens: 200_000,
      max_tokens: 64_000,
    });
  });

  it('pages newest first in both directions', () => {
    expect(page('')).toEqual({ ids: 'edcba', has_more: false, first_id: 'e', last_id: 'a' });
    expect(page('limit=2')).toEqual({ ids: 'ed', has_more: true, first_id: 'e', last_id: 'd' });
    expect(page('limit=2&after_id=d')).toEqual({ ids: 'cb', has_more: true, first_id: 'c', last_id: 'b' });
    expect(page('limit=2&after_id=b')).toEqual({ ids: 'a', has_more: false, first_id: 'a', last_id: 'a' });
    expect(page('limit=2&before_id=b')).toEqual({ ids: 'dc', has_more: true, first_id: 'd', last_id: 'c' });
    expect(page('limit=2&before_id=c')).toEqual({ ids: 'ed', has_more: false, first_id: 'e', last_id: 'd' });
    expect(page('after_id=a')).toEqual({ ids: '', has_more: false, first_id: null, last_id: null });
    expect(page('limit=1000').ids).toBe('edcba');
  });

  it('has twenty to a page', () => {
    const many = Array.from({ length: 25 }, (_, i) => entry(`m${i}`, '2026-01-01T00:00:00Z'));
    const list = anthropicMessages.renderModels(many, new URLSearchParams()) as {
      data: unknown[];
      has_more: boolean;
    };
    expect([list.data.length, list.has_more]).toEqual([20, true]);
  });

  it('refuses bad paging values', () => {
    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=x',
      'limit=-1',
      'limit=1.5',
      'limit=',
      'after_id=zz',
      'after_id=a&before_id=b',
    ]) {
      expect(() => page(query), query).toThrow(expect.objectContaining({ code: 'body_invalid' }));
    }
  });
});
