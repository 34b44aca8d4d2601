/** What the tests of clients' working ways stand on: a gateway over fakes of the providers, a watch at its door, a trap for stray traffic. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { startTrap, watchRequests, type Trap, type Watch } from '@/tests/support/clients';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { GEMINI_KEY, startGeminiUpstream } from '@/tests/support/gemini-upstream';
import { llamaDefinition, startLlamaUpstream } from '@/tests/support/llama-upstream';
import { OPENAI_KEY, startOpenAiUpstream } from '@/tests/support/openai-upstream';
import type { Upstream } from '@/tests/support/upstream-server';

/** What every fake answers to "say hi". */
export const ANSWER = 'The upstream answers: say hi – naïve, 日本語, 🦩.';

export type WorkingProvider = 'anthropic' | 'openai' | 'google' | 'openrouter' | 'llama';

export interface WorkingOptions {
  /** Off by default: where it is configured, it serves other makers' models in OpenAI's formats before their own layers do. */
  readonly openrouter?: boolean;
}

export interface WorkingBench {
  readonly gateway: TestGateway;
  readonly trap: Trap;
  /** By the names of the gateway's providers. */
  readonly upstreams: Readonly<Record<WorkingProvider, Upstream>>;
  /** What arrives at the gateway from now on. */
  watch(): Watch;
  /** A customer's rows, settled, in the order of their calls. */
  rowsOf(customer: Customer): Promise<readonly Row[]>;
}

/** Registers its start and end with the file it is called in; nothing of a client may go anywhere but to the gateway. */
export function useWorkingBench({ openrouter: withOpenrouter = false }: WorkingOptions = {}): WorkingBench {
  let running: Pick<WorkingBench, 'gateway' | 'trap' | 'upstreams'> | null = null;
  let watches: Watch[] = [];
  const bench = () => {
    if (running === null) throw new Error('the bench is not running');
    return running;
  };
  beforeAll(async () => {
    const [anthropic, openai, google, openrouter, llama] = await Promise.all([
      startAnthropicUpstream(),
      startOpenAiUpstream(),
      startGeminiUpstream(),
      startOpenAiUpstream({ flavour: 'openrouter' }),
      startLlamaUpstream(),
    ]);
    const gateway = await startGateway({
      ANTHROPIC_API_KEY: UPSTREAM_KEY,
      ANTHROPIC_UPSTREAM_URL: anthropic.url,
      OPENAI_API_KEY: OPENAI_KEY,
      OPENAI_UPSTREAM_URL: openai.apiUrl,
      GEMINI_API_KEY: GEMINI_KEY,
      GEMINI_UPSTREAM_URL: google.url,
      ...(withOpenrouter
        ? { OPENROUTER_API_KEY: OPENAI_KEY, OPENROUTER_UPSTREAM_URL: openrouter.apiUrl }
        : {}),
      TOLLGATE_PROVIDERS: llamaDefinition(llama),
    });
    const upstreams = { anthropic, openai, google, openrouter, llama };
    running = { gateway, trap: await startTrap(), upstreams };
  });
  afterEach(() => {
    for (const upstream of Object.values(bench().upstreams)) upstream.script();
    for (const watch of watches) watch.stop();
    watches = [];
    expect(bench().trap.release()).toEqual([]);
  });
  afterAll(async () => {
    if (running === null) return;
    await running.gateway.stop();
    await running.trap.stop();
    await Promise.all(Object.values(running.upstreams).map((upstream) => upstream.stop()));
  });
  return {
    get gateway() {
      return bench().gateway;
    },
    get trap() {
      return bench().trap;
    },
    get upstreams() {
      return bench().upstreams;
    },
    watch() {
      const watch = watchRequests(bench().gateway.url);
      watches.push(watch);
      return watch;
    },
    async rowsOf({ user }) {
      const { gateway } = bench();
      const { body } = await gateway.admin('GET', `/api/admin/requests?user=${user}`);
      const lines = (body['data'] as readonly { readonly id: string }[]).toReversed();
      return Promise.all(lines.map(({ id }) => gateway.settledRow(id)));
    },
  };
}
