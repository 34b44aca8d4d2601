/** Claude Code works in its Foundry mode, and in its plain one where a cloud alone serves Claude behind the gateway. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BEDROCK_KEY, startBedrockUpstream } from '@/tests/support/bedrock-upstream';
import { runClaude, type ClaudeOptions } from '@/tests/support/claude-code';
import { startClientBench, type ClientBench } from '@/tests/support/client-bench';
import { vertexVariables } from '@/tests/support/mounts';
import type { Upstream } from '@/tests/support/upstream-server';
import { startVertexUpstream } from '@/tests/support/vertex-upstream';

const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';
const MODEL = 'claude-sonnet-4-5';
const NO_ANTHROPIC = { ANTHROPIC_API_KEY: '' };

interface Cloud {
  readonly name: string;
  /** Where the calls of models arrive. */
  readonly path: RegExp;
  readonly start: () => Promise<{
    readonly upstream: Upstream;
    readonly variables: Readonly<Record<string, string>>;
  }>;
}

const CLOUDS: readonly Cloud[] = [
  {
    name: 'vertex',
    path: /\/publishers\/anthropic\/models\/claude-sonnet-4-5[^:]*:streamRawPredict$/,
    start: async () => {
      const upstream = await startVertexUpstream();
      return { upstream, variables: vertexVariables(upstream) };
    },
  },
  {
    name: 'bedrock',
    path: /^\/model\/[^/]*anthropic\.claude-sonnet-4-5[^/]*\/invoke-with-response-stream$/,
    start: async () => {
      const upstream = await startBedrockUpstream();
      return { upstream, variables: { BEDROCK_API_KEY: BEDROCK_KEY, BEDROCK_UPSTREAM_URL: upstream.url } };
    },
  },
];

describe.each(CLOUDS)('with $name alone behind the gateway', ({ name, path, start }) => {
  let upstream: Upstream;
  let bench: ClientBench;
  beforeAll(async () => {
    const cloud = await start();
    upstream = cloud.upstream;
    bench = await startClientBench({ ...cloud.variables, ...NO_ANTHROPIC });
  });
  afterEach(() => {
    expect(bench.afterTest()).toEqual([]);
  });
  afterAll(async () => {
    await bench.stop();
    await upstream.stop();
  });

  const claude = (token: string, options: Partial<ClaudeOptions>) =>
    runClaude(bench, { args: ['--model', MODEL], env: { ANTHROPIC_AUTH_TOKEN: token }, ...options });

  test('it calls a tool and answers; both calls are rows of its session, counted as it counts', async () => {
    const { user, token } = await bench.gateway.customer({ plan: {} });
    const seen = upstream.requests.length;
    // The fake calls the tool that a prompt names.
    const { code, answer } = await claude(token, {
      prompt: 'Read it.',
      args: ['--model', MODEL, '--allowedTools', 'Read'],
    });
    expect([code, answer.is_error, answer.num_turns]).toEqual([0, false, 2]);
    expect(answer.result).toContain('The upstream answers');
    const calls = upstream.requests.slice(seen).filter((request) => request.path !== '/token');
    expect(calls.map((request) => path.test(request.path))).toEqual([true, true]);
    const rows = await bench.rows(user, 2);
    const settled = {
      session: answer.session_id,
      session_source: 'claude-code',
      provider: name,
      model: MODEL,
      endpoint: 'messages',
      stream: true,
      ending: 'complete',
      grade: 'exact',
    };
    expect(rows).toMatchObject([settled, settled]);
    const sum = (field: string) => rows.reduce((total, row) => total + Number(row[field]), 0);
    expect(answer.usage).toMatchObject({
      input_tokens: sum('input_tokens'),
      output_tokens: sum('output_tokens'),
    });
  });

  test('it shows its context', async () => {
    const { user, token } = await bench.gateway.customer({ plan: {} });
    const { answer } = await claude(token, { prompt: '/context' });
    expect(answer.result).toContain('Context Usage');
    expect(await bench.rows(user)).toEqual([]);
  });

  test('it discovers the models, and takes one by the name that the list gives it', async () => {
    const { user, token } = await bench.gateway.customer({ plan: { models: [MODEL] } });
    const headers = { 'x-api-key': token, 'anthropic-version': '2023-06-01' };
    const listed = await fetch(`${bench.gateway.url}/v1/models?limit=1000`, { headers });
    const { data } = (await listed.json()) as { readonly data: readonly { readonly id: string }[] };
    expect(data).toHaveLength(1);
    const watch = bench.watch();
    const { answer } = await claude(token, {
      args: ['--model', data[0]?.id ?? ''],
      env: { ANTHROPIC_AUTH_TOKEN: token, CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1' },
    });
    expect(answer.result).toBe(ANSWER);
    expect(watch.to('/v1/models')).toMatchObject([{ method: 'GET', status: 200 }]);
    expect(await bench.rows(user, 1)).toMatchObject([{ provider: name, ending: 'complete', grade: 'exact' }]);
  });
});

describe('in its Foundry mode', () => {
  let bench: ClientBench;
  beforeAll(async () => {
    bench = await startClientBench();
  });
  afterAll(() => bench.stop());

  test('it answers, metered and attributed', async () => {
    const { user, token } = await bench.gateway.customer({ plan: {}, token: { agent: 'foundry' } });
    const watch = bench.watch();
    const { code, answer } = await runClaude(bench, {
      env: {
        CLAUDE_CODE_USE_FOUNDRY: '1',
        ANTHROPIC_FOUNDRY_BASE_URL: `${bench.gateway.url}/foundry`,
        ANTHROPIC_FOUNDRY_API_KEY: token,
      },
    });
    expect([code, answer.result]).toEqual([0, ANSWER]);
    expect(watch.to('/foundry/v1/messages')).toMatchObject([{ method: 'POST', status: 200 }]);
    expect(bench.upstream.requests.at(-1)?.path).toBe('/v1/messages');
    expect(await bench.rows(user, 1)).toMatchObject([
      {
        session: answer.session_id,
        agent: 'foundry',
        provider: 'anthropic',
        ending: 'complete',
        grade: 'exact',
        input_tokens: answer.usage.input_tokens,
        output_tokens: answer.usage.output_tokens,
      },
    ]);
    expect(bench.afterTest()).toEqual([]);
  });
});
