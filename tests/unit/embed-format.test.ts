/** The gateway's own embedding format: what it accepts, counts and says. */
import { describe, expect, it } from 'vitest';
import { GatewayError } from '@/lib/domain/errors';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { LimitView, UsageReading } from '@/lib/wire/format';
import { embed } from '@/lib/wire/embed/format';

const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

function readCall(body: unknown) {
  const [endpoint] = embed.endpoints;
  if (endpoint === undefined) throw new Error('no endpoint');
  return embed.readCall({ endpoint, params: {}, body: bytes(body), headers: new Headers() });
}

function read(answer: string, status = 200, cut = answer.length): UsageReading {
  const reader = embed.usageReader(readCall({ model: 'm', content: 'x' }), {
    status,
    contentType: 'application/json',
    headers: new Headers(),
  });
  const all = bytes(answer);
  reader.push(all.subarray(0, cut));
  expect(() => reader.read()).not.toThrow();
  reader.push(all.subarray(cut));
  return reader.read();
}

describe('readCall', () => {
  it('takes one content or several', () => {
    expect(readCall({ model: 'gemini-embedding-001', content: 'four' })).toMatchObject({
      model: 'gemini-embedding-001',
      stream: false,
      maxOutputTokens: 0,
      promptTokensLikely: 1,
    });
    expect(readCall({ model: 'm', content: ['four', 'more text'] }).promptTokensLikely).toBe(4);
  });

  it('has a ceiling that holds for any script', () => {
    expect(readCall({ model: 'm', content: '日本語' }).promptTokensCeiling).toBeGreaterThanOrEqual(9);
  });

  it.each([
    ['{', 'not a valid JSON object'],
    ['[1]', 'not a valid JSON object'],
    ['null', 'not a valid JSON object'],
    [{ content: 'x' }, '`model`'],
    [{ model: '', content: 'x' }, '`model`'],
    [{ model: 'm' }, '`content`'],
    [{ model: 'm', content: '' }, '`content`'],
    [{ model: 'm', content: [] }, '`content`'],
    [{ model: 'm', content: ['x', 1] }, '`content`'],
    [{ model: 'm', content: { text: 'x' } }, '`content`'],
  ])('refuses %j with a clear message', (body, message) => {
    expect(() => readCall(body)).toThrow(
      expect.objectContaining({ code: 'body_invalid', message: expect.stringContaining(message) as string }),
    );
  });
});

describe('prepare', () => {
  it('leaves the bytes alone without edits, and edits the model only', () => {
    const body = bytes('{ "content" : "x",  "model": "alias" }');
    expect(embed.prepare(body, {})).toBe(body);
    const edited = embed.prepare(body, { model: 'real' });
    expect(new TextDecoder().decode(edited)).toBe('{ "content" : "x",  "model": "real" }');
  });
});

describe('usageReader', () => {
  it('reads reported and estimated counts, however the answer is cut', () => {
    const answer = JSON.stringify({ model: 'm', embeddings: [[0.1]], usage: { input_tokens: 7 } });
    for (let cut = 0; cut <= answer.length; cut += 1) {
      expect(read(answer, 200, cut)).toMatchObject({
        parts: [{ model: null, usage: { ...UNKNOWN_USAGE, inputTokens: 7, outputTokens: 0 } }],
        terminal: true,
        final: true,
        estimated: false,
        model: 'm',
      });
    }
    const counted = JSON.stringify({ embeddings: [], usage: { input_tokens: 0, estimated: true } });
    expect(read(counted)).toMatchObject({ parts: [{ usage: { inputTokens: 0 } }], estimated: true });
  });

  it('reports nothing for errors, torn answers and foreign bodies', () => {
    expect(read('{"error":{"code":429}}', 429)).toMatchObject({ parts: [], terminal: true, final: false });
    expect(read('{"usage":{"input_tok')).toMatchObject({ parts: [], terminal: false });
    for (const body of ['null', '3', '[]', '{"usage":{"input_tokens":"7"}}']) {
      expect(read(body)).toMatchObject({ parts: [], raw: null });
    }
  });
});

describe('errors and limits', () => {
  it('renders the facts it knows and no others', () => {
    const refusal = new GatewayError('monthly_tokens_used_up', 'Used up.', {
      limit: 10,
      used: 10,
      remaining: 0,
      resetsAtMs: Date.UTC(2026, 11, 1),
      upgradeUrl: 'https://example.com/upgrade',
    });
    const { status, headers, body } = embed.renderError(refusal, 'req_1');
    expect(status).toBe(429);
    expect(headers).toEqual({
      'content-type': 'application/json',
      'x-request-id': 'req_1',
      'x-should-retry': 'false',
    });
    expect(JSON.parse(body)).toEqual({
      error: {
        code: 'monthly_tokens_used_up',
        message: 'Used up.',
        request_id: 'req_1',
        limit: 10,
        used: 10,
        remaining: 0,
        resets_at: '2026-12-01T00:00:00.000Z',
        upgrade_url: 'https://example.com/upgrade',
      },
    });
  });

  it('tells when to come back', () => {
    const { headers, body } = embed.renderError(
      new GatewayError('rate_limited_requests', 'Slow down.', { retryAfterMs: 1_200 }),
      'req_2',
    );
    expect(headers).toMatchObject({ 'retry-after': '2', 'x-should-retry': 'true' });
    expect(JSON.parse(body)).toEqual({
      error: { code: 'rate_limited_requests', message: 'Slow down.', request_id: 'req_2' },
    });
  });

  it('shows both per-minute windows', () => {
    const limits: LimitView = {
      requests: { limit: 20, remaining: 19, resetsAtMs: 61_000 },
      tokens: null,
      monthUtilization: null,
      monthResetsAtMs: 0,
      nowMs: 1_500,
    };
    expect(embed.limitHeaders(limits, null)).toEqual({
      'x-ratelimit-limit-requests': '20',
      'x-ratelimit-remaining-requests': '19',
      'x-ratelimit-reset-requests': '1m0s',
    });
  });
});
