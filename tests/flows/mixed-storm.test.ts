/** Whatever callers and providers do, in every dialect at once: one row a call, and months, days and sessions sum the rows. */
import { expect, it } from 'vitest';
import { DIALECTS } from '@/tests/support/dialects';
import { startGateway, type InProcessGateway } from '@/tests/support/gateway';
import { expectSettledBooks } from '@/tests/support/ledger';
import { useRig } from '@/tests/support/mounts';
import type { Behaviour } from '@/tests/support/upstream-answer';
import type { RecordedRequest } from '@/tests/support/upstream-server';

const CALLS = 204;
const AT_ONCE = 12;
const UPSTREAMS = ['openai', 'anthropic', 'gemini', 'vertex', 'bedrock'] as const;

/** How an upstream behaves, in turn; `null` is natively. */
const BEHAVIOURS: readonly (Behaviour | null)[] = [
  null,
  { cut: { sizes: [37, 200, 5] } },
  { stopAfterEvents: 2, end: 'reset' },
  { status: 500 },
  { encoding: 'gzip' },
  { stopAfterBytes: 150, end: 'clean' },
  { before: 'reset' },
  { status: 429 },
  null,
];

/** How a caller behaves, in turn. */
const CALLERS = ['reads', 'reads', 'leaves at once', 'reads', 'leaves after a piece'] as const;

const rig = useRig({ name: 'self-hosted', start: startGateway }, { openai: {}, vertex: {}, bedrock: {} });

const SESSION_SUMS = `SELECT
  (SELECT coalesce(sum(cost_nano_usd), 0) FROM llm_usage WHERE user_id = :u AND session_key IS NOT NULL) AS cost,
  (SELECT coalesce(sum(counted_tokens), 0) FROM llm_usage WHERE user_id = :u AND session_key IS NOT NULL) AS tokens,
  (SELECT count(*) FROM llm_usage WHERE user_id = :u AND session_key IS NOT NULL AND ending <> 'refused') AS calls,
  (SELECT coalesce(sum(cost_nano_usd), 0) FROM sessions WHERE user_id = :u) AS session_cost,
  (SELECT coalesce(sum(counted_tokens), 0) FROM sessions WHERE user_id = :u) AS session_tokens,
  (SELECT coalesce(sum(requests), 0) FROM sessions WHERE user_id = :u) AS session_calls,
  (SELECT coalesce(sum(running), 0) FROM sessions WHERE user_id = :u) AS running`;

it('a storm of calls, breaks and leaving leaves books that agree', async () => {
  const customers = await Promise.all([0, 1].map(() => rig.gateway.customer({ plan: {} })));
  let answered = 0;
  const behave = (request: RecordedRequest): Behaviour | null => {
    if (request.path.endsWith('/token')) return null;
    answered += 1;
    return BEHAVIOURS[answered % BEHAVIOURS.length] ?? null;
  };
  for (const name of UPSTREAMS) rig[name].script(behave);

  async function call(at: number): Promise<void> {
    const customer = customers[at % customers.length];
    const dialect = DIALECTS[at % DIALECTS.length];
    if (customer === undefined || dialect === undefined) throw new Error('nobody calls nothing');
    const request = dialect.call({ token: customer.token, text: `${at % 90} words` });
    const named = at % 2 === 0 ? {} : { 'x-tollgate-session': `run-${at % 5}` };
    const coding = at % 3 === 0 ? { 'accept-encoding': 'gzip' } : {};
    const answer = await rig.open({ ...request, headers: { ...request.headers, ...named, ...coding } });
    const behaviour = CALLERS[at % CALLERS.length];
    if (behaviour === 'leaves after a piece') await answer.next().catch(() => null);
    // A broken answer is an error for who reads it, and it is meant to be.
    if (behaviour === 'reads') await answer.rest().catch(() => null);
    else answer.leave();
  }

  let next = 0;
  const worker = async () => {
    while (next < CALLS) {
      next += 1;
      await call(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  const { client } = (rig.gateway as InProcessGateway).server.database;
  for (const { user } of customers) {
    await expectSettledBooks(client, user);
    const [sums] = (await client.execute({ sql: SESSION_SUMS, args: { u: user } })).rows;
    expect([
      sums?.['session_cost'],
      sums?.['session_tokens'],
      sums?.['session_calls'],
      sums?.['running'],
    ]).toEqual([sums?.['cost'], sums?.['tokens'], sums?.['calls'], 0]);
  }
  const [rows] = (await client.execute('SELECT count(*) AS n FROM llm_usage')).rows;
  expect(rows?.['n']).toBe(CALLS);
});

it.each([Number.MAX_SAFE_INTEGER, 9_000_000_000_000])(
  'one absurd figure of a provider (%d tokens) locks nobody out',
  async (figure) => {
    const { token } = await rig.gateway.customer({ plan: { monthly_cost_cents: 100_000 } });
    const ask = () =>
      rig.send({
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ model: 'gpt-4o', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] }),
      });
    const usage = { prompt_tokens: figure, completion_tokens: 1, total_tokens: figure };
    rig.openai.script({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: 'x', model: 'gpt-4o', choices: [], usage }),
    });
    const absurd = await ask();
    await rig.gateway.settledRow(absurd.headers['x-request-id'] ?? '');
    expect((await ask()).status).toBe(200);
    for (const path of ['/api/admin/requests', '/api/admin/usage'])
      expect((await rig.gateway.admin('GET', path)).status).toBe(200);
  },
);
