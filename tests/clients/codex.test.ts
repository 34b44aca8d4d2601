/** Codex works through the gateway by both of its ways to one: every call is a row of its thread, counted exactly. */
import { expect, test } from 'vitest';
import { withCodex, type CodexRun } from '@/tests/support/codex';
import type { Row } from '@/tests/support/gateway-verbs';
import { responseEvents, responseTo } from '@/tests/support/openai-responses';
import { ANSWER, useWorkingBench } from '@/tests/support/working-bench';

const MODEL = 'gpt-5.1-codex';
const COMMAND = 'echo flamingos | tr a-z A-Z';

const bench = useWorkingBench();

/** What Codex tells is the sum over its thread. */
function expectCounts({ usage }: CodexRun, rows: readonly Row[]): void {
  const sum = (name: string) => rows.reduce((total, row) => total + Number(row[name]), 0);
  expect(usage).toMatchObject({
    input_tokens: sum('input_tokens') + sum('cache_read_tokens'),
    cached_input_tokens: sum('cache_read_tokens'),
    output_tokens: sum('output_tokens'),
    reasoning_output_tokens: sum('reasoning_tokens'),
  });
}

const settledOf = (threadId: string | null) => ({
  session: threadId,
  session_source: 'codex',
  agent: 'coder',
  provider: 'openai',
  model: MODEL,
  endpoint: 'responses',
  stream: true,
  ending: 'complete',
  grade: 'exact',
});

test.each(['custom', 'built-in'] as const)(
  'by a %s provider it goes on with a thread, and its rows stay in one session',
  async (provider) => {
    const customer = await bench.gateway.customer({ plan: {}, token: { agent: 'coder' } });
    const watch = bench.watch();
    const { token } = customer;
    const [first, second] = await withCodex(bench, { token, provider }, async (codex) => {
      const run = await codex.exec();
      return [run, await codex.resume(run.threadId ?? '', 'and again')] as const;
    });
    expect([first.code, first.errors, first.text]).toEqual([0, [], ANSWER]);
    expect([second.code, second.errors, second.threadId]).toEqual([0, [], first.threadId]);
    const rows = await bench.rowsOf(customer);
    const settled = settledOf(first.threadId);
    expect(rows).toMatchObject([settled, settled]);
    expectCounts(first, rows.slice(0, 1));
    expectCounts(second, rows);
    expect(watch.to('/v1/responses').filter(({ method }) => method === 'POST')).toHaveLength(rows.length);
  },
);

test('runs the command that the model asks for; both calls are rows of one thread', async () => {
  const customer = await bench.gateway.customer({ plan: {}, token: { agent: 'coder' } });
  const properties = { cmd: { type: 'string', enum: [COMMAND] } };
  const tool = { type: 'function', name: 'exec_command', parameters: { type: 'object', properties } };
  const asking = { model: MODEL, input: 'Shout.', tools: [tool], tool_choice: { name: tool.name } };
  const answer = responseTo(asking, { id: '1', model: MODEL });
  bench.upstreams.openai.script({ body: responseEvents(answer) });
  const { openai } = bench.upstreams;
  const seen = openai.requests.length;
  const run = await withCodex(bench, { token: customer.token }, (codex) =>
    codex.exec('Shout.', '--dangerously-bypass-approvals-and-sandbox'),
  );
  expect([run.code, run.errors]).toEqual([0, []]);
  const [, after] = openai.requests.slice(seen);
  expect(after?.body.toString()).toContain('FLAMINGOS');
  const rows = await bench.rowsOf(customer);
  expect(rows).toMatchObject([settledOf(run.threadId), settledOf(run.threadId)]);
  expectCounts(run, rows);
});

test('leaves once it has the whole answer, and that is a complete call', async () => {
  const customer = await bench.gateway.customer({ plan: {}, token: { agent: 'coder' } });
  // Everything but the end of the connection.
  bench.upstreams.openai.script({ end: 'silence' });
  const run = await withCodex(bench, { token: customer.token }, (codex) => codex.exec());
  expect([run.code, run.errors, run.text]).toEqual([0, [], ANSWER]);
  const rows = await bench.rowsOf(customer);
  expect(rows).toMatchObject([settledOf(run.threadId)]);
  expectCounts(run, rows);
});
