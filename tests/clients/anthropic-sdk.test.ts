/** The official SDK (@anthropic-ai/sdk) works through the gateway with nothing changed but base URL and key, in both lines in use. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runSdk, SDKS } from '@/tests/support/anthropic-sdk';
import type { AnthropicMessage } from '@/tests/support/anthropic-messages';
import { MODEL, startClientBench, type ClientBench } from '@/tests/support/client-bench';

const MESSAGES = '/v1/messages';
const PROMPT = { model: MODEL, max_tokens: 100, messages: [{ role: 'user', content: 'say hi' }] };
const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';

let bench: ClientBench;
beforeAll(async () => {
  bench = await startClientBench();
});
afterEach(() => {
  expect(bench.afterTest()).toEqual([]);
});
afterAll(() => bench.stop());

interface Created {
  readonly message: AnthropicMessage;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
}

const textOf = (message: AnthropicMessage | undefined) => {
  const block = message?.content.find(({ type }) => type === 'text');
  return block?.type === 'text' ? block.text : null;
};

describe.each(SDKS)('@anthropic-ai/sdk $line', (sdk) => {
  test('messages.create', async () => {
    const { user, token } = await bench.gateway.customer({
      plan: { monthly_tokens: 1_000_000 },
      token: { agent: 'sdk' },
    });
    const watch = bench.watch();
    const { value } = await runSdk<Created>(bench, sdk, 'create', { token, params: PROMPT });
    expect(textOf(value?.message)).toBe(ANSWER);

    const [call] = watch.to(MESSAGES);
    const others = ['authorization', 'x-api-key'].filter((name) => name !== sdk.keyHeader);
    expect(call?.headers[sdk.keyHeader]).toContain(token);
    for (const name of others) expect(call?.headers).not.toHaveProperty(name);
    const upstream = bench.upstream.requests.at(-1);
    expect(upstream?.headers).toMatchObject({ 'anthropic-version': sdk.version });
    expect(upstream?.headers).not.toHaveProperty('authorization');

    const rows = await bench.rows(user, 1);
    expect(rows).toMatchObject([
      {
        agent: 'sdk',
        stream: false,
        ending: 'complete',
        grade: 'exact',
        upstream_request_id: value?.requestId,
        input_tokens: value?.message.usage.input_tokens,
        output_tokens: value?.message.usage.output_tokens,
      },
    ]);
    expect(value?.headers).toMatchObject({
      'x-request-id': rows[0]?.['id'],
      'x-tollgate-provider': 'anthropic',
      'anthropic-ratelimit-unified-status': 'allowed',
      'anthropic-ratelimit-unified-overage-utilization': '0.00',
    });
    expect(value?.headers).not.toHaveProperty('anthropic-organization-id');
  });

  test('the stream helper', async () => {
    const { user, token } = await bench.gateway.customer();
    const outcome = await runSdk<{ text: string; message: AnthropicMessage }>(bench, sdk, 'helper', {
      token,
      params: PROMPT,
    });
    expect(outcome.value?.text).toBe(ANSWER);
    expect(outcome.value?.message).toMatchObject({ stop_reason: 'end_turn', model: MODEL });
    const { input_tokens, output_tokens } = outcome.value?.message.usage ?? {};
    expect(await bench.rows(user, 1)).toMatchObject([
      { stream: true, ending: 'complete', grade: 'exact', input_tokens, output_tokens },
    ]);
  });

  test('iterating over a stream', async () => {
    const { user, token } = await bench.gateway.customer();
    const { value } = await runSdk<string[]>(bench, sdk, 'iterate', { token, params: PROMPT });
    expect(value?.at(0)).toBe('message_start');
    expect(value?.at(-1)).toBe('message_stop');
    expect(await bench.rows(user, 1)).toMatchObject([{ ending: 'complete', grade: 'exact' }]);
  });

  test('leaving a stream in the middle', async () => {
    const { user, token } = await bench.gateway.customer();
    bench.upstream.script({ stopAfterEvents: 5, end: 'silence' });
    const { value } = await runSdk<string>(bench, sdk, 'leave', { token, params: PROMPT });
    expect(value).toBe('The');
    expect(await bench.rows(user, 1)).toMatchObject([{ ending: 'cancelled', grade: 'estimated' }]);
  });

  test('beta messages', async () => {
    const { user, token } = await bench.gateway.customer();
    const params = { ...PROMPT, betas: ['context-management-2025-06-27'] };
    const { value } = await runSdk<AnthropicMessage>(bench, sdk, 'beta', { token, params });
    expect(textOf(value)).toBe(ANSWER);
    const upstream = bench.upstream.requests.at(-1);
    expect(upstream?.url).toBe(`${MESSAGES}${sdk.betaSearch}`);
    expect(upstream?.headers['anthropic-beta']).toBe('context-management-2025-06-27');
    expect(await bench.rows(user, 1)).toHaveLength(1);
  });

  test('countTokens, free of charge', async () => {
    const { user, token } = await bench.gateway.customer();
    const { model, messages } = PROMPT;
    const { value } = await runSdk<{ input_tokens: number }>(bench, sdk, 'count', {
      token,
      params: { model, messages },
    });
    expect(value?.input_tokens).toBeGreaterThan(0);
    expect(await bench.rows(user)).toEqual([]);
  });

  test('models.list pages through the models of the plan, and retrieve shows one', async () => {
    const models = ['claude-sonnet-5-5', 'claude-haiku-5-5'];
    const { token } = await bench.gateway.customer({ plan: { models } });
    const list = await runSdk<string[]>(bench, sdk, 'models', { token });
    expect(list.value?.toSorted()).toEqual(models.toSorted());
    const one = await runSdk(bench, sdk, 'retrieve', { token, params: MODEL });
    expect(one.value).toMatchObject({ type: 'model', id: MODEL });
    const other = await runSdk(bench, sdk, 'retrieve', { token, params: 'claude-opus-5-5' });
    expect(other.error).toMatchObject({ class: 'NotFoundError', status: 404 });
  });

  test('a token as authToken, on the prefixed base URL', async () => {
    const { token } = await bench.gateway.customer();
    const options = {
      baseURL: `${bench.gateway.url}/api/llm/anthropic`,
      apiKey: null,
      authToken: token,
    };
    const { value } = await runSdk<Created>(bench, sdk, 'create', { token, params: PROMPT, options });
    expect(textOf(value?.message)).toBe(ANSWER);
  });
});
