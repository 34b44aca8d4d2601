/** What the tests of SDKs' errors stand on: a gateway over every fake upstream, a watch at its door, a trap for stray traffic. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { BEDROCK_KEY, startBedrockUpstream } from '@/tests/support/bedrock-upstream';
import { startTrap, watchRequests, type Trap, type Watch } from '@/tests/support/clients';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import { GEMINI_KEY, startGeminiUpstream } from '@/tests/support/gemini-upstream';
import { vertexVariables } from '@/tests/support/mounts';
import { OPENAI_KEY, startOpenAiUpstream } from '@/tests/support/openai-upstream';
import type { Behaviour } from '@/tests/support/upstream-answer';
import type { Upstream } from '@/tests/support/upstream-server';
import { startVertexUpstream } from '@/tests/support/vertex-upstream';

export const UPGRADE_URL = 'https://gateway.example/upgrade';

export type UpstreamName = 'openai' | 'gemini' | 'bedrock' | 'vertex';

export interface RefusingBench {
  readonly gateway: TestGateway;
  readonly trap: Trap;
  readonly upstreams: Readonly<Record<UpstreamName, Upstream>>;
  /** How an upstream answers calls of models until the test's end. */
  script(name: UpstreamName, behaviour: Behaviour): void;
  /** What arrives at the gateway from now on. */
  watch(): Watch;
}

/** Where Google's access tokens come from. */
const TOKEN_PATH = '/token';

/** Registers its start and end with the file it is called in; nothing of a client may go anywhere but to the gateway. */
export function useRefusingBench(variables: Readonly<Record<string, string>> = {}): RefusingBench {
  let running: { gateway: TestGateway; trap: Trap; upstreams: RefusingBench['upstreams'] } | null = null;
  let watches: Watch[] = [];
  const bench = () => {
    if (running === null) throw new Error('the bench is not running');
    return running;
  };
  beforeAll(async () => {
    const openai = await startOpenAiUpstream();
    const gemini = await startGeminiUpstream();
    const bedrock = await startBedrockUpstream();
    const vertex = await startVertexUpstream();
    const gateway = await startGateway({
      OPENAI_API_KEY: OPENAI_KEY,
      OPENAI_UPSTREAM_URL: openai.apiUrl,
      GEMINI_API_KEY: GEMINI_KEY,
      GEMINI_UPSTREAM_URL: gemini.url,
      BEDROCK_API_KEY: BEDROCK_KEY,
      BEDROCK_UPSTREAM_URL: bedrock.url,
      ...vertexVariables(vertex),
      TOLLGATE_UPGRADE_URL: UPGRADE_URL,
      ...variables,
    });
    running = { gateway, trap: await startTrap(), upstreams: { openai, gemini, bedrock, vertex } };
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
    script: (name, behaviour) =>
      bench().upstreams[name].script(({ path }) => (path === TOKEN_PATH ? null : behaviour)),
    watch() {
      const watch = watchRequests(bench().gateway.url);
      watches.push(watch);
      return watch;
    },
  };
}
