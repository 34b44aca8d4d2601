/** The Claude Agent SDK, with the Claude Code it brings, works through the gateway. */
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withClaudeHome, type ClaudeResult } from '@/tests/support/claude-code';
import { MODEL, startClientBench, type ClientBench } from '@/tests/support/client-bench';
import { clientFile, CLIENT_NODE, runClient } from '@/tests/support/clients';

const PROGRAM = new URL('programs/agent-sdk.mjs', import.meta.url).pathname;

let bench: ClientBench;
beforeAll(async () => {
  bench = await startClientBench();
});
afterAll(() => bench.stop());

test('answers a prompt, metered under its session', async () => {
  const { user, token } = await bench.gateway.customer({ token: { agent: 'agent-sdk' } });
  const watch = bench.watch();
  const entry = pathToFileURL(clientFile('@anthropic-ai/claude-agent-sdk/sdk.mjs')).href;
  const run = await withClaudeHome(bench, ({ folder, env }) => {
    const job = { entry, prompt: 'say hi', options: { model: MODEL, cwd: folder, maxTurns: 1 } };
    return runClient(CLIENT_NODE, [PROGRAM, JSON.stringify(job)], {
      cwd: folder,
      env: { ...env, ANTHROPIC_AUTH_TOKEN: token },
    });
  });
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  const answer = JSON.parse(run.stdout) as ClaudeResult;
  expect(answer).toMatchObject({
    is_error: false,
    result: 'The upstream answers: say hi – naïve, 日本語, 🦩.',
  });

  const calls = watch.to('/v1/messages');
  expect(calls).toHaveLength(1);
  expect(calls[0]?.headers['user-agent']).toContain('agent-sdk/');
  expect(await bench.rows(user, 1)).toMatchObject([
    {
      session: answer.session_id,
      agent: 'agent-sdk',
      ending: 'complete',
      grade: 'exact',
      input_tokens: answer.usage.input_tokens,
      output_tokens: answer.usage.output_tokens,
    },
  ]);
  expect(bench.afterTest()).toEqual([]);
});
