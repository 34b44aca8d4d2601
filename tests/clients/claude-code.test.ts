/** The Claude Code CLI works through the gateway with nothing changed but base URL and credential. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventsOf } from '@/tests/support/anthropic-messages';
import { runClaude } from '@/tests/support/claude-code';
import { MODEL, startClientBench, type ClientBench } from '@/tests/support/client-bench';

const MESSAGES = '/v1/messages';
const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';

let bench: ClientBench;
beforeAll(async () => {
  bench = await startClientBench();
});
afterEach(() => {
  expect(bench.afterTest()).toEqual([]);
});
afterAll(() => bench.stop());

function upstreamCalls() {
  return bench.upstream.requests.filter((request) => request.path === MESSAGES);
}

test.each([
  ['ANTHROPIC_AUTH_TOKEN', ['authorization'], (token: string) => ({ env: { ANTHROPIC_AUTH_TOKEN: token } })],
  ['ANTHROPIC_API_KEY', ['x-api-key'], (token: string) => ({ env: { ANTHROPIC_API_KEY: token } })],
  [
    'both at once',
    ['authorization', 'x-api-key'],
    (token: string) => ({ env: { ANTHROPIC_AUTH_TOKEN: token, ANTHROPIC_API_KEY: token } }),
  ],
  [
    'apiKeyHelper',
    ['authorization', 'x-api-key'],
    (token: string) => ({ env: {}, settings: { apiKeyHelper: `echo ${token}` } }),
  ],
])('answers with %s, metered and attributed', async (_name, headers, configure) => {
  const { user, token, tokenId } = await bench.gateway.customer({ token: { agent: 'claude-code' } });
  const watch = bench.watch();
  const { code, stderr, answer } = await runClaude(bench, configure(token));
  expect({ code, stderr, is_error: answer.is_error }).toEqual({ code: 0, stderr: '', is_error: false });
  expect(answer.result).toBe(ANSWER);

  const calls = watch.to(MESSAGES);
  expect(calls.map(({ method, status }) => ({ method, status }))).toEqual([{ method: 'POST', status: 200 }]);
  const sent = ['authorization', 'x-api-key'].filter((name) => calls[0]?.headers[name] !== undefined);
  expect(sent).toEqual(headers);

  const upstream = upstreamCalls().at(-1);
  expect(upstream?.query.get('beta')).toBe('true');
  expect(upstream?.headers).not.toHaveProperty('authorization');
  for (const name of ['anthropic-beta', 'anthropic-version', 'user-agent', 'x-claude-code-session-id']) {
    expect(upstream?.headers[name], name).toBe(calls[0]?.headers[name]);
  }

  const rows = await bench.rows(user);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({
    session: answer.session_id,
    agent: 'claude-code',
    token_id: tokenId,
    model: MODEL,
    stream: true,
    status: 200,
    ending: 'complete',
    grade: 'exact',
    input_tokens: answer.usage.input_tokens,
    output_tokens: answer.usage.output_tokens,
  });
});

test('works on the prefixed base URL', async () => {
  const { user, token } = await bench.gateway.customer();
  const base = `${bench.gateway.url}/api/llm/anthropic`;
  const { answer } = await runClaude(bench, {
    env: { ANTHROPIC_BASE_URL: base, ANTHROPIC_AUTH_TOKEN: token },
  });
  expect(answer.result).toBe(ANSWER);
  expect(await bench.rows(user)).toMatchObject([{ ending: 'complete', grade: 'exact' }]);
});

test('runs a tool and sends its result in the same session', async () => {
  const { user, token } = await bench.gateway.customer();
  const from = upstreamCalls().length;
  bench.upstream.script({ body: toolCallEvents('Read', { file_path: 'secret.txt' }) });
  const { answer } = await runClaude(bench, {
    prompt: 'what does the file say?',
    args: ['--allowedTools', 'Read'],
    files: { 'secret.txt': 'flamingos-at-dawn' },
    env: { ANTHROPIC_AUTH_TOKEN: token },
  });
  expect(answer).toMatchObject({ is_error: false, num_turns: 2 });
  const calls = upstreamCalls().slice(from);
  expect(calls).toHaveLength(2);
  expect(calls[1]?.body.toString()).toContain('flamingos-at-dawn');
  const rows = await bench.rows(user);
  expect(rows.map((row) => [row['session'], row['ending']])).toEqual([
    [answer.session_id, 'complete'],
    [answer.session_id, 'complete'],
  ]);
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);
  expect(sum('input_tokens')).toBe(answer.usage.input_tokens);
  expect(sum('output_tokens')).toBe(answer.usage.output_tokens);
});

test('counts tokens in parallel, free of charge', async () => {
  const { user, token } = await bench.gateway.customer();
  const watch = bench.watch();
  const { answer } = await runClaude(bench, { prompt: '/context', env: { ANTHROPIC_AUTH_TOKEN: token } });
  expect(answer.result).toContain('Context Usage');
  const counts = watch.to('/v1/messages/count_tokens');
  expect(counts.length).toBeGreaterThan(10);
  expect(new Set(counts.map(({ status }) => status))).toEqual(new Set([200]));
  expect(watch.to(MESSAGES)).toEqual([]);
  expect(await bench.rows(user)).toEqual([]);
});

test('discovers the models of the gateway', async () => {
  const { token } = await bench.gateway.customer();
  const watch = bench.watch();
  const { answer } = await runClaude(bench, {
    env: { ANTHROPIC_AUTH_TOKEN: token, CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1' },
  });
  expect(answer.result).toBe(ANSWER);
  expect(watch.to('/v1/models')).toMatchObject([
    { method: 'GET', url: '/v1/models?limit=1000', status: 200 },
  ]);
});

test('the trap would tell: with its extra traffic on, Claude Code is caught', async () => {
  const { token } = await bench.gateway.customer();
  const { answer } = await runClaude(bench, {
    env: { ANTHROPIC_AUTH_TOKEN: token, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '' },
  });
  expect(answer.result).toBe(ANSWER);
  const caught = bench.trap.release();
  expect(caught.length).toBeGreaterThan(0);
  expect(caught.filter((line) => line.includes('127.0.0.1'))).toEqual([]);
});

/** A streamed answer that does nothing but call a tool. */
function toolCallEvents(name: string, input: unknown): string {
  return eventsOf({
    id: 'msg_tool_call',
    type: 'message',
    role: 'assistant',
    model: MODEL,
    content: [{ type: 'tool_use', id: 'toolu_01', name, input }],
    stop_reason: 'tool_use',
    stop_sequence: null,
    usage: {
      input_tokens: 12_000,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: 31,
    },
  }).join('');
}
