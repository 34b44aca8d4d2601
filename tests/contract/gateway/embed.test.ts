/** Embeddings: the gateway's own endpoint over Google's SDK, metered and priced. */
import { beforeAll, expect, it } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { GEMINI_KEY, geminiTokens, geminiVector, quotaError } from '@/tests/support/gemini-upstream';
import { describeMounts, useRig } from '@/tests/support/mounts';

const MODEL = 'gemini-embedding-001';
/** $0.15 per million tokens. */
const NANO_USD_PER_TOKEN = 150;

interface Embedded {
  readonly model: string;
  readonly embeddings: readonly (readonly number[])[];
  readonly usage: { readonly input_tokens: number; readonly estimated?: boolean };
}

describeMounts('embeddings', (mount) => {
  const rig = useRig(mount);
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: {} });
  });
  const embed = (body: unknown) =>
    rig.ask({ token: customer.token, path: '/api/llm/embed', body: JSON.stringify(body) });
  const rowOf = (headers: Readonly<Record<string, string>>) =>
    rig.gateway.settledRow(headers['x-request-id'] ?? '');

  it.each([
    ['a string', 'naïve 日本語 🦩', ['naïve 日本語 🦩']],
    ['a list', ['one', 'two words', 'three'], ['one', 'two words', 'three']],
    ['a list of one', ['one'], ['one']],
  ])('%s is embedded; what Google counts goes on the row as an estimate', async (_name, content, texts) => {
    const seen = rig.gemini.requests.length;
    const answer = await embed({ model: MODEL, content });
    const tokens = texts.reduce((total, text) => total + geminiTokens(text), 0);
    expect([answer.status, answer.headers['x-tollgate-provider']]).toEqual([200, 'google']);
    expect(answer.json() as unknown as Embedded).toEqual({
      model: MODEL,
      embeddings: texts.map((text) => geminiVector(text)),
      usage: { input_tokens: tokens, estimated: true },
    });
    expect(await rowOf(answer.headers)).toMatchObject({
      user_id: customer.user,
      provider: 'google',
      model: MODEL,
      endpoint: 'embed',
      stream: false,
      ending: 'complete',
      grade: 'estimated',
      input_tokens: tokens,
      output_tokens: 0,
      counted_tokens: tokens,
      cost_nano_usd: tokens * NANO_USD_PER_TOKEN,
    });
    const calls = rig.gemini.requests.slice(seen);
    const task = texts.length === 1 ? 'embedContent' : 'batchEmbedContents';
    expect(calls.map(({ path }) => path)).toEqual([
      `/v1beta/models/${MODEL}:${task}`,
      `/v1beta/models/${MODEL}:countTokens`,
    ]);
    for (const { headers } of calls) {
      expect(headers['x-goog-api-key']).toBe(GEMINI_KEY);
      expect(JSON.stringify(headers)).not.toContain(customer.token);
    }
  });

  it('usage that Google reports is exact and needs no counting', async () => {
    const seen = rig.gemini.requests.length;
    rig.gemini.script({
      body: JSON.stringify({ embedding: { values: [0.25, -0.5] }, usageMetadata: { promptTokenCount: 7 } }),
    });
    const answer = await embed({ model: MODEL, content: 'hello' });
    expect(answer.json()).toEqual({ model: MODEL, embeddings: [[0.25, -0.5]], usage: { input_tokens: 7 } });
    expect(await rowOf(answer.headers)).toMatchObject({
      grade: 'exact',
      input_tokens: 7,
      cost_nano_usd: 1_050,
    });
    expect(rig.gemini.requests).toHaveLength(seen + 1);
  });

  it.each([
    ['no JSON', '{', '`content`|JSON'],
    ['no model', '{"content":"x"}', 'model'],
    ['no content', `{"model":"${MODEL}"}`, 'content'],
    ['empty content', `{"model":"${MODEL}","content":""}`, 'content'],
    ['an empty list', `{"model":"${MODEL}","content":[]}`, 'content'],
    ['a list with a number', `{"model":"${MODEL}","content":["a",1]}`, 'content'],
  ])('a body with %s is a 400 that says so, and nothing goes upstream', async (_name, body, about) => {
    const seen = rig.gemini.requests.length;
    const answer = await rig.ask({ token: customer.token, path: '/api/llm/embed', body });
    expect([answer.status, answer.json()['error']]).toEqual([
      400,
      {
        code: 'body_invalid',
        message: expect.stringMatching(about) as string,
        request_id: answer.headers['x-request-id'],
      },
    ]);
    expect(rig.gemini.requests).toHaveLength(seen);
  });

  it('a chat model, a foreign one and an unknown one are 404', async () => {
    for (const model of ['gemini-2.5-flash', 'claude-sonnet-4-5', 'text-embedding-3-small']) {
      const answer = await embed({ model, content: 'x' });
      expect([answer.status, answer.json()['error']]).toMatchObject([404, { code: 'model_unknown' }]);
    }
  });

  it('Google’s own errors come with their status and body, cost nothing and keep their wait', async () => {
    rig.gemini.script({ status: 429, body: quotaError('37s') });
    const answer = await embed({ model: MODEL, content: 'x' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '37']);
    expect(answer.json()['error']).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
    expect(await rowOf(answer.headers)).toMatchObject({ status: 429, ending: 'refused', cost_nano_usd: 0 });
  });

  it('a key that Google refuses becomes a 502, not the caller’s problem', async () => {
    const body = { error: { code: 403, message: `bad ${GEMINI_KEY}`, status: 'PERMISSION_DENIED' } };
    rig.gemini.script({ status: 403, body: JSON.stringify(body) });
    const answer = await embed({ model: MODEL, content: 'x' });
    expect([answer.status, answer.json()['error']]).toMatchObject([502, { code: 'upstream_key_refused' }]);
    expect(answer.text).not.toContain(GEMINI_KEY);
  });

  it('the money cap holds for embeddings too', async () => {
    const capped = await rig.gateway.customer({ plan: { monthly_cost_cents: 0 } });
    const body = JSON.stringify({ model: MODEL, content: 'x' });
    const answer = await rig.ask({ token: capped.token, path: '/api/llm/embed', body });
    expect([answer.status, answer.json()['error']]).toMatchObject([
      429,
      { code: 'monthly_cost_used_up', limit: 0, used: 0, remaining: 0 },
    ]);
    expect(answer.headers['x-should-retry']).toBe('false');
  });
});
