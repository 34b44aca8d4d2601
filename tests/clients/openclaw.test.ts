/** OpenClaw works through the gateway by providers of its own and by its plugin for managed gateways, each call metered and attributed. */
import { expect, test } from 'vitest';
import type { Customer } from '@/tests/support/gateway-verbs';
import { LLAMA } from '@/tests/support/llama-upstream';
import { withOpenclaw, type OpenclawAnswer, type OpenclawOptions } from '@/tests/support/openclaw';
import { useWorkingBench } from '@/tests/support/working-bench';

/** It takes seconds of a processor to start. */
const TIMEOUT_MS = 240_000;
/** Nano-dollars in a dollar. */
const NANO_PER_DOLLAR = 1_000_000_000;

const bench = useWorkingBench();

/** Each model asked once, in one home, since the first run in a fresh one takes longest: what OpenClaw told, beside the call's row. */
async function ask(way: NonNullable<OpenclawOptions['way']>, models: readonly string[]) {
  const customer = await bench.gateway.customer({ plan: {}, token: { may_attribute: true } });
  const answers: OpenclawAnswer[] = [];
  await withOpenclaw(bench, { token: customer.token, way }, async (openclaw) => {
    for (const model of models) {
      const { code, answer } = await openclaw.exec(model);
      expect([model, code, answer]).toMatchObject([model, 0, { ok: true }]);
      if (answer !== null) answers.push(answer);
    }
  });
  const rows = await bench.rowsOf(customer);
  expect(rows).toHaveLength(models.length);
  return answers.map((answer, index) => {
    const row = rows[index];
    expect(answer.final).toContain('The upstream answers');
    expect(row).toMatchObject({
      stream: true,
      ending: 'complete',
      grade: 'exact',
      input_tokens: answer.usage?.input,
      output_tokens: answer.usage?.output,
    });
    return { answer, row };
  });
}

test(
  'by providers of its own it speaks all four formats, and its sessions are recognised',
  { timeout: TIMEOUT_MS },
  async () => {
    const models = ['gwa/claude-sonnet-4-5', 'gwc/gpt-4o', 'gwr/gpt-5.1', 'gwg/gemini-2.5-flash'];
    const done = await ask('providers', models);
    // It sends no header of its own, but writes the session into its prompt.
    const written = (index: number) => ({
      session: `agent:main:explicit:${done[index]?.answer.sessionId}`,
      session_source: 'openclaw',
    });
    expect(done.map(({ row }) => row)).toMatchObject([
      { provider: 'anthropic', endpoint: 'messages', ...written(0) },
      { provider: 'openai', endpoint: 'chat_completions', ...written(1) },
      { provider: 'openai', endpoint: 'responses', ...written(2) },
      { provider: 'google', endpoint: 'streamGenerateContent', ...written(3) },
    ]);
  },
);

test(
  'by its plugin it uses each transport of the catalogue, at the catalogue’s prices, and says whose call it is',
  { timeout: TIMEOUT_MS },
  async () => {
    const watch = bench.watch();
    const transports = [
      ['anthropic/claude-sonnet-4-5', '/v1/native/anthropic/v1/messages'],
      ['google/gemini-2.5-flash', '/v1/native/google/v1beta/models/gemini-2.5-flash:streamGenerateContent'],
      ['openai/gpt-5.1', '/v1/responses'],
      [`${LLAMA.provider}/${LLAMA.chat}`, '/v1/chat/completions'],
    ] as const;
    const done = await ask(
      'clawrouter',
      transports.map(([model]) => `clawrouter/${model}`),
    );
    for (const [index, [model, path]] of transports.entries()) {
      const { answer, row } = done[index] ?? {};
      expect(watch.to(path)).toMatchObject([{ method: 'POST', status: 200 }]);
      expect(row).toMatchObject({
        provider: model.split('/')[0],
        session: answer?.sessionId,
        session_source: 'openclaw',
        agent: 'main',
        campaign: 'proj1',
        client_request_id: `${answer?.sessionId}:model:1`,
        cost_nano_usd: Math.round((answer?.usage?.cost.total ?? 0) * NANO_PER_DOLLAR),
      });
    }
  },
);

test('its plugin discovers the models of the plan and no others', { timeout: TIMEOUT_MS }, async () => {
  const models = ['claude-sonnet-4-5', 'gemini-2.5-flash', LLAMA.chat];
  const { token } = await bench.gateway.customer({ plan: { models } });
  const listed = await withOpenclaw(bench, { token, way: 'clawrouter' }, (openclaw) =>
    openclaw.models('clawrouter'),
  );
  expect(listed.map(({ key, available }) => [key, available])).toEqual([
    ['clawrouter/anthropic/claude-sonnet-4-5', true],
    ['clawrouter/google/gemini-2.5-flash', true],
    [`clawrouter/${LLAMA.provider}/${LLAMA.chat}`, true],
  ]);
  expect(listed.at(-1)?.contextWindow).toBe(32_768);
});

/** The customer spends about a third of three dollars. */
async function spend({ token }: Customer): Promise<void> {
  const usage = { input_tokens: 300_000, output_tokens: 2_000 };
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
  };
  bench.upstreams.anthropic.script({ body: JSON.stringify({ ...message, usage }) });
  const answer = await fetch(`${bench.gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model: message.model,
      max_tokens: 64,
      messages: [{ role: 'user', content: 'spend' }],
    }),
  });
  await answer.text();
  await bench.gateway.settledRow(answer.headers.get('x-request-id') ?? '');
}

interface Usage {
  readonly month: {
    readonly cost: { readonly limit_nano_usd: number; readonly used_nano_usd: number };
    readonly tokens: { readonly used: number };
  };
  readonly days: readonly { readonly requests: number }[];
}

test('its plugin shows the budget that the gateway tells', { timeout: TIMEOUT_MS }, async () => {
  const customer = await bench.gateway.customer({ plan: { monthly_cost_cents: 300 } });
  await spend(customer);
  const told = await withOpenclaw(bench, { token: customer.token, way: 'clawrouter' }, (openclaw) =>
    openclaw.usage(),
  );
  const asked = await fetch(`${bench.gateway.url}/api/user/usage`, {
    headers: { 'x-api-key': customer.token },
  });
  const { month, days } = (await asked.json()) as Usage;
  const dollars = (nano: number) => `$${(nano / NANO_PER_DOLLAR).toFixed(2)}`;
  const [used, limit] = [month.cost.used_nano_usd, month.cost.limit_nano_usd];
  expect(used).toBeGreaterThan(limit / 4);
  const tokens = month.tokens.used.toLocaleString('en-US');
  expect(told).toContain(`${days[0]?.requests} requests · ${tokens} tokens · ${dollars(used)} used`);
  expect(told).toContain(`Budget: ${dollars(used)} / ${dollars(limit)}`);
  expect(told).toContain(`Monthly budget: ${Math.round(100 - (used / limit) * 100)}% left`);
});
