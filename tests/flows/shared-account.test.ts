/** What customers share at a provider keeps them apart: answers, keys of retries, prices of models that bear one name. */
import { describe, expect, it } from 'vitest';
import { startGateway } from '@/tests/support/gateway';
import { type Mount, useRig } from '@/tests/support/mounts';

const MOUNT: Mount = { name: 'self-hosted', start: startGateway };
const PLAN = { monthly_cost_cents: 100_000 };
const LIMITS = { contextTokens: 32_768, maxOutputTokens: 8_192 };
const MESSAGES = [{ role: 'user', content: 'hi' }];
const JSON_TYPE = { 'content-type': 'application/json' };

/** A server of the operator's own whose callers choose the ids, and one named like a maker whose models a router has. */
const ownProviders = (baseUrl: string) =>
  JSON.stringify([
    {
      name: 'local',
      baseUrl,
      apiKeyEnv: 'LOCAL_KEY',
      formats: ['openai-responses'],
      models: [{ id: 'small', upstreamId: 'gpt-4o', price: { input: '1', output: '1' }, ...LIMITS }],
    },
    {
      name: 'qwen',
      baseUrl,
      apiKeyEnv: 'LOCAL_KEY',
      formats: ['openai-chat'],
      models: [{ id: 'qwen9-own', upstreamId: 'gpt-4o', price: { input: '3', output: '0' }, ...LIMITS }],
    },
  ]);

describe('customers of one account', () => {
  const rig = useRig(MOUNT, {
    openai: {},
    openrouter: {},
    variablesFor: ({ openai }) => ({
      LOCAL_KEY: 'sk-proj-test-operator-key',
      TOLLGATE_PROVIDERS: ownProviders(`${openai!.url}/v1`),
    }),
  });
  const customer = () => rig.gateway.customer({ plan: PLAN });

  function send(token: string, method: string, path: string, body?: object, headers = {}) {
    return rig.send({
      method,
      path,
      headers: { ...JSON_TYPE, authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  it('an answer stays with who made it, though another is given the same id', async () => {
    const [first, second] = await Promise.all([customer(), customer()]);
    const made = await send(first.token, 'POST', '/v1/responses', { model: 'gpt-5.1', input: 'x' });
    const id = String(made.json()['id']);
    await rig.gateway.settledRow(made.headers['x-request-id'] ?? '');
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    const answer = { id, object: 'response', status: 'completed', model: 'small', output: [], usage };
    rig.openai.script({ headers: JSON_TYPE, body: JSON.stringify(answer) });
    const again = await send(second.token, 'POST', '/v1/responses', { model: 'local/small', input: 'x' });
    await rig.gateway.settledRow(again.headers['x-request-id'] ?? '');
    rig.openai.script();
    expect(again.status).toBe(200);
    expect((await send(first.token, 'GET', `/v1/responses/${id}`)).status).toBe(200);
    expect((await send(second.token, 'GET', `/v1/responses/${id}`)).status).toBe(404);
  });

  it('keys of retries stay here, and bodies go out as the JSON they were read as', async () => {
    const { token } = await customer();
    const headers = { 'idempotency-key': 'same-for-everyone', 'content-type': 'text/plain' };
    await send(token, 'POST', '/v1/chat/completions', { model: 'gpt-4o', messages: MESSAGES }, headers);
    const sent = rig.openai.requests.at(-1)?.headers ?? {};
    expect([sent['idempotency-key'], sent['content-type']]).toEqual([undefined, 'application/json']);
  });

  it('an own model’s price is not that of a router’s model of the same name', async () => {
    const { token } = await customer();
    const body = { model: 'qwen/qwen9-own', max_tokens: 8, messages: MESSAGES };
    const routed = await send(token, 'POST', '/v1/native/openrouter/v1/chat/completions', body);
    expect(routed.status).toBe(404);
    expect(routed.text).toContain('has no price');
    const own = await send(token, 'POST', '/v1/chat/completions', body);
    expect(own.status).toBe(200);
    const row = await rig.gateway.settledRow(own.headers['x-request-id'] ?? '');
    expect(row).toMatchObject({
      provider: 'qwen',
      price_version: expect.stringContaining('configured:qwen/'),
    });
  });

  it('an own model is named as `provider/model` by plans and prices', async () => {
    const { token } = await rig.gateway.customer({ plan: { ...PLAN, models: ['qwen/qwen9-own'] } });
    const body = { model: 'qwen9-own', max_tokens: 8, messages: MESSAGES };
    expect((await send(token, 'POST', '/v1/chat/completions', body)).status).toBe(200);
  });

  it('embeddings of objects hold what their text may come to', async () => {
    const { token } = await customer();
    const text = 'x'.repeat(100_000);
    for (const input of [[{ type: 'text', text }], { content: [{ type: 'text', text }] }, [[[text]]]]) {
      const answer = await send(token, 'POST', '/v1/embeddings', { model: 'text-embedding-3-large', input });
      const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
      expect(row['hold_tokens']).toBeGreaterThan(100_000);
    }
  });
});
