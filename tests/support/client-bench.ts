/** What every client test stands on: a gateway over a fake Anthropic, a watch at its door, and a trap for stray traffic. */
import { vi } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { startTrap, watchRequests, type Trap, type Watch } from '@/tests/support/clients';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import type { Upstream } from '@/tests/support/upstream-server';

export const UPGRADE_URL = 'https://gateway.example/upgrade';
export const MODEL = 'claude-sonnet-5-5';

/** Rows are written at once; only a broken settlement takes this long. */
const ROWS_DEADLINE_MS = 10_000;

export interface ClientBench {
  readonly gateway: TestGateway;
  readonly upstream: Upstream;
  readonly trap: Trap;
  watch(): Watch;
  /** Makes a call for which the provider reports so many input tokens. */
  spend(token: string, inputTokens: number): Promise<void>;
  /** A customer's settled rows, oldest first, once there are so many: refusals are kept after their answer. */
  rows(user: string, atLeast?: number): Promise<Record<string, unknown>[]>;
  /** The upstream goes back to native answers; gives back what the trap caught. */
  afterTest(): readonly string[];
  stop(): Promise<void>;
}

export async function startClientBench(
  variables: Readonly<Record<string, string>> = {},
): Promise<ClientBench> {
  const upstream = await startAnthropicUpstream();
  const gateway = await startGateway({
    ANTHROPIC_UPSTREAM_URL: upstream.url,
    ANTHROPIC_API_KEY: UPSTREAM_KEY,
    TOLLGATE_UPGRADE_URL: UPGRADE_URL,
    ...variables,
  });
  const trap = await startTrap();
  let watches: Watch[] = [];
  return {
    gateway,
    upstream,
    trap,
    watch() {
      const watch = watchRequests(gateway.url);
      watches.push(watch);
      return watch;
    },
    async spend(token, inputTokens) {
      const usage = { input_tokens: inputTokens, output_tokens: 1 };
      const answer = { id: 'msg_1', type: 'message', role: 'assistant', model: MODEL, content: [], usage };
      upstream.script({ body: JSON.stringify(answer) });
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': token, 'anthropic-version': '2023-06-01' },
        body: JSON.stringify({
          model: MODEL,
          max_tokens: 64,
          messages: [{ role: 'user', content: 'spend' }],
        }),
      });
      await response.text();
      if (response.status !== 200) throw new Error(`spending was answered with ${response.status}`);
      await gateway.settledRow(response.headers.get('x-request-id') ?? '');
    },
    async rows(user, atLeast = 0) {
      const lines = await vi.waitFor(async () => {
        const { body } = await gateway.admin('GET', `/api/admin/requests?user=${user}`);
        const found = body['data'] as { readonly id: string }[];
        if (found.length < atLeast) throw new Error(`${found.length} rows instead of ${atLeast}`);
        return found;
      }, ROWS_DEADLINE_MS);
      return Promise.all(lines.toReversed().map(({ id }) => gateway.settledRow(id)));
    },
    afterTest() {
      upstream.script();
      for (const watch of watches) watch.stop();
      watches = [];
      return trap.release();
    },
    async stop() {
      await gateway.stop();
      await upstream.stop();
      await trap.stop();
    },
  };
}
