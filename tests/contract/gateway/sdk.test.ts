/** The official SDK (@anthropic-ai/sdk) works through the gateway with nothing changed but its base URL and key. */
import Anthropic, {
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { beforeAll, expect, it } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { describeMounts, SMALL_CALL, useRig } from '@/tests/support/mounts';

const CALL = { ...SMALL_CALL, messages: [...SMALL_CALL.messages] };
/** Figures beyond plain input and output that the upstream reports for every call. */
const CACHE = {
  cache_read_input_tokens: 1_000,
  cache_creation_input_tokens: 300,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
};

describeMounts('@anthropic-ai/sdk', (mount) => {
  const rig = useRig(mount, { anthropic: { usage: CACHE } });
  let customer: Customer;
  let client: Anthropic;
  let requestId = '';
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: {} });
    client = new Anthropic({
      baseURL: rig.gateway.url,
      apiKey: customer.token,
      fetch: async (...args) => {
        const response = await fetch(...args);
        requestId = response.headers.get('x-request-id') ?? '';
        return response;
      },
    });
  });

  /** Expects the newest call's row to hold the figures the SDK was told. */
  async function expectRow(
    usage: Anthropic.Usage | Anthropic.Beta.BetaUsage,
    stream: boolean,
  ): Promise<void> {
    expect(await rig.gateway.settledRow(requestId)).toMatchObject({
      user_id: customer.user,
      endpoint: 'messages',
      stream,
      ending: 'complete',
      grade: 'exact',
      input_tokens: usage.input_tokens,
      output_tokens: usage.output_tokens,
      cache_read_tokens: usage.cache_read_input_tokens,
      cache_write_5m_tokens: CACHE.cache_creation.ephemeral_5m_input_tokens,
      cache_write_1h_tokens: CACHE.cache_creation.ephemeral_1h_input_tokens,
      counted_tokens: usage.input_tokens + usage.output_tokens + CACHE.cache_creation_input_tokens,
    });
  }

  it('messages.create returns the message, and its row holds the message’s usage', async () => {
    const message = await client.messages.create(CALL);
    expect(message).toMatchObject({ type: 'message', stop_reason: 'end_turn', usage: CACHE });
    expect(message._request_id).toMatch(/^req_/);
    await expectRow(message.usage, false);
    expect(rig.forwardedHeaders()['anthropic-version']).toBe('2026-10-21');
  });

  it('messages.create with stream: true yields every event', async () => {
    const types: string[] = [];
    for await (const event of await client.messages.create({ ...CALL, stream: true })) types.push(event.type);
    expect([types.at(0), types.at(-2), types.at(-1)]).toEqual([
      'message_start',
      'message_delta',
      'message_stop',
    ]);
    expect(await rig.gateway.settledRow(requestId)).toMatchObject({ ending: 'complete', grade: 'exact' });
  });

  it('the stream helper assembles the final message, and its row holds that usage', async () => {
    const stream = client.messages.stream({
      ...CALL,
      messages: [{ role: 'user', content: 'Give me 30 words.' }],
    });
    let text = '';
    stream.on('text', (delta) => (text += delta));
    const message = await stream.finalMessage();
    expect(message.content).toEqual([{ type: 'text', text }]);
    expect([text.split(' ').length, message.usage.output_tokens]).toEqual([30, 30]);
    await expectRow(message.usage, true);
  });

  it('a tool call and thinking come through the stream helper', async () => {
    const message = await client.messages
      .stream({
        ...CALL,
        max_tokens: 2_048,
        thinking: { type: 'enabled', budget_tokens: 1_024 },
        tools: [
          { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
        ],
        messages: [{ role: 'user', content: 'Use get_weather for Paris.' }],
      })
      .finalMessage();
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use']);
    expect(message.content.at(-1)).toMatchObject({ name: 'get_weather', input: { city: 'Paris' } });
    await expectRow(message.usage, true);
  });

  it('breaking off after the terminal event is a complete call', async () => {
    for await (const event of await client.messages.create({ ...CALL, stream: true })) {
      if (event.type === 'message_stop') break;
    }
    expect(await rig.gateway.settledRow(requestId)).toMatchObject({ ending: 'complete', grade: 'exact' });
  });

  it('beta messages pass their beta header on and are metered alike', async () => {
    const betas = ['context-management-2025-06-27', 'of-the-future-2027-01-01'];
    const message = await client.beta.messages.create({ ...CALL, betas });
    expect(rig.forwardedHeaders()['anthropic-beta']).toBe(betas.join(','));
    await expectRow(message.usage, false);
    const streamed = await client.beta.messages.stream({ ...CALL, betas }).finalMessage();
    await expectRow(streamed.usage, true);
  });

  it('countTokens is free: no row, no charge, no request of the minute', async () => {
    await rig.gateway.settledRow(requestId);
    const before = await rig.usage(customer.token);
    const { input_tokens } = await client.messages.countTokens({
      model: CALL.model,
      messages: CALL.messages,
    });
    expect(input_tokens).toBeGreaterThan(0);
    expect((await rig.gateway.admin('GET', `/api/admin/requests/${requestId}`)).status).toBe(404);
    const after = await rig.usage(customer.token);
    expect([after.month.tokens, after.month.cost, after.days]).toEqual([
      before.month.tokens,
      before.month.cost,
      before.days,
    ]);
    // Tokens refill and a new minute frees requests, so neither may only have shrunk.
    expect(after.minute.requests.remaining).toBeGreaterThanOrEqual(before.minute.requests.remaining);
    expect(after.minute.tokens.remaining).toBeGreaterThanOrEqual(before.minute.tokens.remaining);
  });

  it('models.list pages by itself through all models, and models.retrieve finds each', async () => {
    const all = (await client.models.list({ limit: 1_000 })).data.map(({ id }) => id);
    const walked: string[] = [];
    for await (const model of client.models.list({ limit: 3 })) walked.push(model.id);
    expect(walked).toEqual(all);
    expect(all).toContain('claude-opus-5-5');
    expect(await client.models.retrieve('claude-opus-5-5')).toMatchObject({
      type: 'model',
      id: 'claude-opus-5-5',
      display_name: 'Claude Opus 5.5',
    });
    await expect(client.models.retrieve('gpt-4o')).rejects.toBeInstanceOf(NotFoundError);
  });

  it('the provider’s own errors arrive as the SDK’s typed errors', async () => {
    const quiet = client.withOptions({ maxRetries: 0 });
    for (const [status, type] of [
      [400, BadRequestError],
      [404, NotFoundError],
      [429, RateLimitError],
      [529, InternalServerError],
    ] as const) {
      rig.anthropic.script({ status, headers: { 'x-should-retry': 'false' } });
      await expect(quiet.messages.create(CALL)).rejects.toBeInstanceOf(type);
    }
  });
});
