/** What OpenClaw's plugin for managed gateways needs: the catalogue with prices, the budget, native routes, and its headers on the row. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeMounts, SMALL_CALL, useRig } from '@/tests/support/mounts';
import type { TestGateway } from '@/tests/support/gateway';
import type { Customer } from '@/tests/support/gateway-verbs';

interface Catalog {
  readonly providers: readonly {
    readonly id: string;
    readonly displayName: string;
    readonly openaiCompatible: boolean;
    readonly nativeBaseUrl: string;
    readonly routes: readonly { readonly path: string; readonly requestFormat: string }[];
    readonly models: readonly {
      readonly id: string;
      readonly upstream: string;
      readonly capabilities: readonly string[];
      readonly pricing: Readonly<Record<string, number>>;
    }[];
  }[];
}

interface Budget {
  readonly budget: Readonly<Record<string, unknown>>;
  readonly usage: { readonly summary: Readonly<Record<string, number>> };
}

const catalogOf = (answer: { status: number; body: unknown }) => ({
  ...answer,
  body: answer.body as Catalog,
});
const budgetOf = (answer: { status: number; body: unknown }) => ({ ...answer, body: answer.body as Budget });

/** Nano-dollars in a micro-dollar. */
const NANO_PER_MICRO = 1_000;
const HAIKU = 'claude-haiku-4-5';
const DEARER = { model: SMALL_CALL.model, input: 7_000_000_000, output: 70_000_000_000 };

describeMounts('the managed gateway of OpenClaw’s plugin', (mount) => {
  const rig = useRig(mount);
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: 'pro', token: { agent: 'own', may_attribute: true } });
  });

  const get = async (path: string, token?: string) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await rig.send({ path, headers });
    return { ...answer, body: answer.json() as unknown };
  };
  const native = (provider: string, headers: Record<string, string> = {}, call = {}) =>
    rig.ask({ path: `/v1/native/${provider}/v1/messages`, token: customer.token, headers, call });

  it('lists each provider with its models, the route that serves them, and the prices calls are billed by', async () => {
    const { status, body } = catalogOf(await get('/v1/catalog', customer.token));
    expect(status).toBe(200);
    const anthropic = body.providers.find(({ id }) => id === 'anthropic');
    expect(anthropic).toMatchObject({
      displayName: 'Anthropic',
      nativeBaseUrl: '/v1/native/anthropic',
      routes: [{ path: '/v1/messages', requestFormat: 'anthropic.messages', methods: ['POST'] }],
    });
    expect(anthropic?.models.find(({ upstream }) => upstream === HAIKU)).toMatchObject({
      id: `anthropic/${HAIKU}`,
      capabilities: ['llm.messages'],
      pricing: {
        inputMicrosPerMillion: 1_000_000,
        outputMicrosPerMillion: 5_000_000,
        cachedInputMicrosPerMillion: 100_000,
        cacheWrite5mInputMicrosPerMillion: 1_250_000,
        cacheWrite1hInputMicrosPerMillion: 2_000_000,
        maxInputTokens: expect.any(Number) as number,
        defaultMaxOutputTokens: expect.any(Number) as number,
      },
    });
    for (const { models } of body.providers) {
      const ids = models.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('shows an operator’s own price as soon as it is set', async () => {
    const set = await rig.gateway.admin('PUT', '/api/admin/prices', DEARER);
    const { body } = catalogOf(await get('/v1/catalog', customer.token));
    const gone = `/api/admin/prices?model=${DEARER.model}&effective_from=${String(set.body['effective_from'])}`;
    await rig.gateway.admin('DELETE', gone);
    const models = body.providers.flatMap((provider) => provider.models);
    expect(models.find(({ upstream }) => upstream === DEARER.model)?.pricing).toMatchObject({
      inputMicrosPerMillion: DEARER.input / NANO_PER_MICRO,
      outputMicrosPerMillion: DEARER.output / NANO_PER_MICRO,
    });
  });

  it('lists only what plan and token allow', async () => {
    const byPlan = await rig.gateway.customer({ plan: { models: [SMALL_CALL.model] } });
    const byToken = await rig.gateway.customer({ token: { scope_models: [HAIKU] } });
    for (const [{ token }, expected] of [
      [byPlan, [SMALL_CALL.model]],
      [byToken, [HAIKU]],
    ] as const) {
      const { body } = catalogOf(await get('/v1/catalog', token));
      const listed = new Set(
        body.providers.flatMap(({ models }) => models.map(({ upstream }) => upstream.replace(/^.*\//, ''))),
      );
      expect([...listed]).toEqual(expected);
    }
  });

  it('tells the same budget as the usage endpoint, after a call as before', async () => {
    const fresh = await rig.gateway.customer({ plan: 'pro' });
    const before = budgetOf(await get('/v1/usage', fresh.token));
    const month = new Date().toISOString().slice(0, 7);
    expect(before.body).toEqual({
      budget: { configured: true, limitMicros: 50_000_000, spentMicros: 0, windowKey: `pro/${month}` },
      usage: { summary: { requestCount: 0, totalTokens: 0, actualCostMicros: 0 } },
    });
    const answer = await rig.ask({ token: fresh.token });
    const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
    const { body } = budgetOf(await get('/v1/usage', fresh.token));
    const usage = await rig.usage(fresh.token);
    const spent = Math.round(usage.month.cost.used_nano_usd / NANO_PER_MICRO);
    expect(spent).toBeGreaterThan(0);
    expect(body.budget).toMatchObject({ spentMicros: spent });
    expect(body.usage.summary).toEqual({
      requestCount: 1,
      totalTokens: Number(row['input_tokens']) + Number(row['output_tokens']),
      actualCostMicros: spent,
    });
  });

  it('says that no budget is configured where the plan caps no money', async () => {
    const { token } = await rig.gateway.customer({ plan: {} });
    const { body } = budgetOf(await get('/v1/usage', token));
    expect(body.budget['configured']).toBe(false);
    expect(body.budget).not.toHaveProperty('limitMicros');
  });

  it('answers /v1/health to anybody, and catalogue and usage to no stranger', async () => {
    expect((await get('/v1/health')).body).toEqual({ status: 'ok', gateway: 'tollgate' });
    for (const path of ['/v1/catalog', '/v1/usage']) {
      const { status, body } = await get(path);
      expect(status).toBe(401);
      expect(body).toMatchObject({ error: { code: 'unauthenticated' } });
      expect((await rig.send({ path, method: 'POST', body: '{}' })).status).toBe(405);
    }
  });

  it('serves a native route by the provider it names and by no other', async () => {
    const seen = rig.anthropic.requests.length;
    const answer = await native('anthropic');
    expect(answer.status).toBe(200);
    expect(answer.headers['x-tollgate-provider']).toBe('anthropic');
    expect(rig.anthropic.requests).toHaveLength(seen + 1);
    // A model that Anthropic has, asked of providers that don't serve it here or don't exist.
    for (const provider of ['google', 'openrouter', 'nobody']) {
      const refused = await native(provider);
      expect({ provider, status: refused.status >= 400 }).toEqual({ provider, status: true });
    }
    expect(rig.anthropic.requests).toHaveLength(seen + 1);
  });

  it('keeps session, agent, project and request id of the plugin’s headers on the row', async () => {
    const answer = await native('anthropic', {
      'x-clawrouter-client': 'openclaw',
      'x-clawrouter-session-id': 'agent:main:explicit:1',
      'x-clawrouter-agent-id': 'main',
      'x-clawrouter-project-id': 'fly-eu',
      'x-request-id': 'run-1:model:1',
    });
    const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
    expect(row).toMatchObject({
      session: 'agent:main:explicit:1',
      session_source: 'openclaw',
      agent: 'main',
      campaign: 'fly-eu',
      client_request_id: 'run-1:model:1',
    });
    expect(answer.headers['x-request-id']).not.toBe('run-1:model:1');
    const forwarded = Object.keys(rig.forwardedHeaders()).filter((name) => /clawrouter|tollgate/.test(name));
    expect(forwarded).toEqual([]);
  });

  it('books to the token’s own agent where the token may not attribute, and to the campaign it leaves open', async () => {
    const own = await rig.gateway.customer({ token: { agent: 'own' } });
    const headers = { 'x-clawrouter-agent-id': 'main', 'x-clawrouter-project-id': 'fly-eu' };
    const answer = await rig.ask({ path: '/v1/native/anthropic/v1/messages', token: own.token, headers });
    const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
    expect(row).toMatchObject({ agent: 'own', campaign: 'fly-eu' });
  });
});

const SAY = 'Say hello.';

/** What the plugin sends by each transport: to the provider's own routes by the upstream's id, to OpenAI's by the catalogue's. */
const TRANSPORTS: Readonly<
  Record<string, (base: string, id: string, upstream: string) => readonly [path: string, body: unknown]>
> = {
  'llm.messages': (base, _id, model) => [
    `${base}/v1/messages`,
    { model, max_tokens: 8, messages: [{ role: 'user', content: SAY }] },
  ],
  'llm.stream': (base, _id, model) => [
    `${base}/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    { contents: [{ role: 'user', parts: [{ text: SAY }] }] },
  ],
  'llm.responses': (_base, model) => ['/v1/responses', { model, input: SAY }],
};

describeMounts('each transport of the catalogue', (mount) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await mount.start({});
  });
  afterAll(() => gateway.stop());

  it('answers for the models that are listed with it, as the plugin calls it', async () => {
    const { token } = await gateway.customer({ plan: {} });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const listed = await fetch(`${gateway.url}/v1/catalog`, { headers });
    const { providers } = (await listed.json()) as Catalog;
    const [sandbox] = providers;
    const offered = new Set(sandbox?.models.flatMap(({ capabilities }) => capabilities));
    expect([...offered].filter((one) => TRANSPORTS[one] === undefined && one !== 'llm.chat')).toEqual([]);
    expect(sandbox?.openaiCompatible).toBe(true);
    for (const [capability, callOf] of Object.entries(TRANSPORTS)) {
      const model = sandbox?.models.find(({ capabilities }) => capabilities.includes(capability));
      expect({ capability, listed: model !== undefined }).toEqual({ capability, listed: true });
      const [path, body] = callOf(sandbox?.nativeBaseUrl ?? '', model?.id ?? '', model?.upstream ?? '');
      const answer = await fetch(gateway.url + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      const told = await answer.text();
      expect({ path, status: answer.status, told }).toMatchObject({ path, status: 200 });
    }
  });
});
