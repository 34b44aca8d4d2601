/** How refusals and failures read in the Responses format, for OpenAI's SDK and for Codex. */
import { describe, expect, it } from 'vitest';
import { ERRORS, type ErrorCode, type ErrorFacts, GatewayError } from '@/lib/domain/errors';
import { decodeUtf8 } from '@/lib/std/bytes';
import { openaiResponses } from '@/lib/wire/openai-responses/format';

const rendered = (code: ErrorCode, facts: ErrorFacts = {}) => {
  const { status, headers, body } = openaiResponses.renderError(
    new GatewayError(code, 'Said.', facts),
    'req_1',
  );
  return { status, headers, error: (JSON.parse(body) as { error: Record<string, unknown> }).error };
};

/** Codex asks again and again after these, measured with 0.169; 401 is native for bad tokens, 404 with a model's code is final. */
const CODEX_RETRIES = new Set([402, 403, 413, 415, 422]);

describe('a refusal', () => {
  it('has OpenAI’s shape for every code', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const { headers, error } = rendered(code);
      expect([code, Object.keys(error)]).toEqual([code, ['message', 'type', 'param', 'code']]);
      expect(headers).toMatchObject({
        'content-type': 'application/json',
        'x-should-retry': String(ERRORS[code].retryable),
      });
    }
  });

  it('that can’t be helped by asking again has no status that Codex asks again after', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[])
      expect([code, CODEX_RETRIES.has(rendered(code).status)]).toEqual([code, false]);
  });

  it('of a used-up month is the one whose reset Codex shows', () => {
    const resetsAtMs = Date.UTC(2026, 11, 1);
    const codes = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => code.endsWith('_used_up'));
    expect(codes).toHaveLength(4);
    for (const code of codes) {
      const { status, error, headers } = rendered(code, { resetsAtMs, limit: 5, used: 5 });
      expect([status, headers['x-should-retry'], headers['retry-after']]).toEqual([429, 'false', undefined]);
      expect(error).toMatchObject({
        type: 'usage_limit_reached',
        code: 'insufficient_quota',
        resets_at: resetsAtMs / 1000,
        message: expect.stringContaining('resets 2026-12-01T00:00:00Z') as string,
      });
      // With a plan's name Codex would advertise its maker's own plans.
      expect(error).not.toHaveProperty('plan_type');
    }
  });

  it('of a minute’s limit is told in plain words, with a wait', () => {
    const { status, error, headers } = rendered('rate_limited_tokens', { retryAfterMs: 1_500 });
    expect([status, error['type'], error['code']]).toEqual([429, 'tokens', 'rate_limit_exceeded']);
    expect(headers).toMatchObject({ 'retry-after': '2', 'retry-after-ms': '1500', 'x-should-retry': 'true' });
  });

  it('of a body that is too large lets Codex compact its conversation', () => {
    expect(rendered('body_too_large')).toMatchObject({
      status: 400,
      error: { type: 'invalid_request_error', code: 'context_length_exceeded', param: 'input' },
    });
  });

  it('of a scope is a 400 with a code', () => {
    expect(rendered('forbidden')).toMatchObject({ status: 400, error: { code: 'access_denied' } });
    expect(rendered('policy_blocked')).toMatchObject({ status: 400, error: { code: 'policy_blocked' } });
  });

  it('names the field at fault, with the code OpenAI gives for it', () => {
    expect(rendered('body_invalid', { param: 'previous_response_id' }).error).toMatchObject({
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    });
    expect(rendered('body_invalid', { param: 'model' }).error).toMatchObject({
      code: 'missing_required_parameter',
    });
    expect(rendered('body_invalid', { param: 'conversation' }).error).toMatchObject({
      param: 'conversation',
      code: null,
    });
    expect(rendered('body_invalid').error).toMatchObject({ param: null, code: null });
  });
});

it('a broken stream ends with an error event in both spellings clients read', () => {
  const error = new GatewayError('upstream_broken', 'The provider (openai) ended its answer too early.');
  const text = decodeUtf8(openaiResponses.renderStreamError(error, 'req_1') ?? new Uint8Array());
  const [, data] = /^event: error\ndata: (.+)\n\n$/.exec(text) ?? [];
  const inner = { message: error.message, type: 'server_error', param: null, code: null };
  expect(JSON.parse(data ?? '')).toEqual({
    type: 'error',
    sequence_number: 0,
    code: null,
    message: error.message,
    param: null,
    error: inner,
  });
});
