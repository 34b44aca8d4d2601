/** The agent opencode works through the gateway by each kind of provider it knows; its title and its answer are rows of one session. */
import { expect, test } from 'vitest';
import { LLAMA } from '@/tests/support/llama-upstream';
import { runOpencode } from '@/tests/support/opencode';
import { useWorkingBench } from '@/tests/support/working-bench';

const bench = useWorkingBench();

test.each([
  ['anthropic', 'claude-sonnet-4-5', 'anthropic', 'messages'],
  ['openai', 'gpt-5.1', 'openai', 'responses'],
  ['google', 'gemini-2.5-flash', 'google', 'streamGenerateContent'],
  ['gw', LLAMA.chat, LLAMA.provider, 'chat_completions'],
])('by its provider %s, with %s', async (name, model, provider, endpoint) => {
  const customer = await bench.gateway.customer({ plan: {}, token: { agent: 'coder' } });
  const run = await runOpencode(bench, { token: customer.token, model: `${name}/${model}` });
  expect([run.code, run.errors]).toEqual([0, []]);
  expect(run.text).toContain('The upstream answers');
  const rows = await bench.rowsOf(customer);
  const session = { session: run.sessionId, session_source: 'opencode', agent: 'coder' };
  // Meanwhile it asks a small model of its own choice, which not every fake has, for the session's title.
  expect(rows).toMatchObject(rows.map(() => ({ provider, endpoint, ...session })));
  // The title's prompt is a small part of the other: it has none of the tools.
  const answer = rows.toSorted((a, b) => Number(b['input_tokens']) - Number(a['input_tokens']))[0];
  expect(answer).toMatchObject({
    model,
    ending: 'complete',
    grade: 'exact',
    input_tokens: run.tokens.input,
    output_tokens: run.tokens.output,
  });
});
