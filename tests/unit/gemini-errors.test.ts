/** Refusals, broken streams and model lists as Google's clients know them. */
import { describe, expect, it } from 'vitest';
import { ERRORS, GatewayError, type ErrorCode, type ErrorFacts } from '@/lib/domain/errors';
import { decodeUtf8 } from '@/lib/std/bytes';
import type { ListedModel } from '@/lib/wire/format';
import { gemini } from '@/lib/wire/gemini/format';

interface Status {
  readonly code: number;
  readonly message: string;
  readonly status: string;
  readonly details: readonly Readonly<Record<string, unknown>>[];
}

function render(code: ErrorCode, facts: ErrorFacts = {}) {
  const { status, headers, body } = gemini.renderError(
    new GatewayError(code, 'what happened', facts),
    'req_1',
  );
  const { error } = JSON.parse(body) as { error: Status };
  const detail = (type: string) =>
    error.details.find((one) => one['@type'] === `type.googleapis.com/google.rpc.${type}`);
  return { status, headers, error, detail };
}

describe('an error', () => {
  it.each(Object.keys(ERRORS) as ErrorCode[])(
    '%s is a status of Google’s with a reason and the request’s id',
    (code) => {
      const { status, error, detail, headers } = render(code);
      expect([status, error.code]).toEqual([ERRORS[code].status, ERRORS[code].status]);
      expect(error.message).toContain('what happened');
      expect(error.status).toMatch(/^[A-Z_]+$/);
      expect(detail('ErrorInfo')).toMatchObject({
        reason: expect.stringMatching(/^[A-Z_]+$/) as string,
        domain: 'googleapis.com',
      });
      expect(detail('RequestInfo')).toMatchObject({ requestId: 'req_1' });
      expect(headers['x-should-retry']).toBe(String(ERRORS[code].retryable));
    },
  );

  it('of a bad token has the reason that clients look for', () => {
    const { status, error, detail } = render('unauthenticated');
    expect([status, error.status, detail('ErrorInfo')?.['reason']]).toEqual([
      401,
      'UNAUTHENTICATED',
      'API_KEY_INVALID',
    ]);
  });

  it('of a minute that is used up tells the true seconds, in the body and in the header', () => {
    const { error, detail, headers } = render('rate_limited_tokens', { retryAfterMs: 11_200, limit: 1_000 });
    expect(error.status).toBe('RESOURCE_EXHAUSTED');
    expect(detail('RetryInfo')).toMatchObject({ retryDelay: '12s' });
    expect(detail('QuotaFailure')).toMatchObject({
      violations: [{ quotaId: 'TokensPerMinutePerCustomer', quotaValue: '1000' }],
    });
    expect(headers['retry-after']).toBe('12');
  });

  it.each([
    'monthly_tokens_used_up',
    'monthly_cost_used_up',
    'token_tokens_used_up',
    'token_cost_used_up',
  ] as const)('%s makes the Gemini CLI stop at once, with every figure in its message', (code) => {
    const facts = {
      limit: 5e9,
      used: 5e9,
      remaining: 0,
      resetsAtMs: Date.UTC(2026, 11, 1),
      upgradeUrl: 'https://u.example/',
    };
    const { error, detail, headers } = render(code, facts);
    expect(detail('RetryInfo')).toMatchObject({ retryDelay: '3600s' });
    expect(detail('Help')).toMatchObject({ links: [{ url: 'https://u.example/' }] });
    expect(error.message).toContain('resets 2026-12-01T00:00:00Z');
    expect(error.message).toContain(code.endsWith('_cost_used_up') ? 'limit $5' : 'limit 5000000000 tokens');
    // The CLI takes a limit of 0 in the text, or a day in the quota's name, for other things.
    expect(error.message).not.toMatch(/limit:\s*0(?!\d|\.\d)/);
    expect(JSON.stringify(detail('QuotaFailure'))).not.toMatch(/PerDay|Daily/);
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('that waiting doesn’t help names no delay', () => {
    for (const code of ['body_invalid', 'upstream_key_refused', 'forbidden'] as const)
      expect(render(code, { retryAfterMs: 1_000 }).detail('RetryInfo')).toBeUndefined();
    expect(render('rate_limited_requests', { retryAfterMs: 600_000 }).headers).not.toHaveProperty(
      'retry-after',
    );
    expect(render('draining').detail('RetryInfo')).toMatchObject({ retryDelay: '1s' });
  });
});

describe('a broken stream', () => {
  const error = new GatewayError('upstream_broken', 'broke');
  const head = (contentType: string) => ({ status: 200, contentType, headers: new Headers() });

  it('says so in an event of its own kind, which ends as Google’s do', () => {
    const text = decodeUtf8(gemini.renderStreamError(error, 'req_1', head('text/event-stream'))!);
    expect(text).toMatch(/^data: \{"error":.*\}\r\n\r\n$/);
    expect((JSON.parse(text.slice(6)) as { error: Status }).error).toMatchObject({
      code: 503,
      status: 'UNAVAILABLE',
    });
  });

  it('has no place for it in the array form', () => {
    expect(gemini.renderStreamError(error, 'req_1', head('application/json; charset=UTF-8'))).toBeNull();
  });

  it('is never filled with anything else', () => {
    expect(gemini.keepAlive).toBeNull();
  });
});

describe('request headers', () => {
  it.each(['x-goog-api-client', 'user-agent', 'X-Vertex-AI-LLM-Shared-Request-Type', 'x-server-timeout'])(
    '%s passes',
    (name) => {
      expect(gemini.passesRequestHeader(name)).toBe(true);
    },
  );

  it.each([
    'x-goog-fieldmask',
    'x-goog-user-project',
    'x-http-method-override',
    'accept',
    'x-goog-request-params',
    'x-goog-spatula',
  ])('%s stays: it would change what is done, what is told or who pays', (name) =>
    expect(gemini.passesRequestHeader(name)).toBe(false),
  );
});

describe('model lists', () => {
  const models: ListedModel[] = Array.from({ length: 120 }, (_, at) => ({
    id: `m-${at}`,
    aliases: [],
    displayName: `M ${at}`,
    createdAt: new Date(Date.UTC(2026, 0, 1) - at * 1_000).toISOString(),
    contextTokens: 10,
    maxOutputTokens: 5,
    kind: at === 0 ? 'embedding' : 'chat',
    provider: 'google',
    compat: false,
  }));
  const list = (query: string) =>
    gemini.renderModels(models, new URLSearchParams(query)) as {
      models: Readonly<Record<string, unknown>>[];
      nextPageToken?: string;
    };

  it('are paged as Google’s, to the last model', () => {
    const seen: unknown[] = [];
    let token = '';
    for (let page = 0; page < 9; page += 1) {
      const { models: some, nextPageToken } = list(`pageSize=50&pageToken=${token}`);
      seen.push(...some.map(({ name }) => name));
      if (nextPageToken === undefined) break;
      token = nextPageToken;
    }
    expect(seen).toEqual(models.map(({ id }) => `models/${id}`));
    expect(list('').models).toHaveLength(50);
    expect(list('pageSize=5000').models).toHaveLength(120);
  });

  it('say what each can do', () => {
    const [first, second] = list('').models;
    expect(first).toMatchObject({ name: 'models/m-0', inputTokenLimit: 10, outputTokenLimit: 5 });
    expect(first?.['supportedGenerationMethods']).toContain('embedContent');
    expect(second?.['supportedGenerationMethods']).toEqual(['generateContent', 'countTokens']);
  });

  it.each(['pageSize=x', 'pageSize=-1', 'pageToken=nobody'])('refuse %s', (query) => {
    expect(() => list(query)).toThrow(GatewayError);
  });
});
