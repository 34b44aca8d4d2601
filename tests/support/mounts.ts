/** Runs one suite against both mounts of the gateway: the self-hosted server in this process, and `next start`. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import {
  startAnthropicUpstream,
  UPSTREAM_KEY,
  type AnthropicUpstreamOptions,
} from '@/tests/support/anthropic-upstream';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import { GEMINI_KEY, startGeminiUpstream, type GeminiUpstreamOptions } from '@/tests/support/gemini-upstream';
import { startNextGateway } from '@/tests/support/next-gateway';
import { open, send, type OpenAnswer, type RawAnswer, type RawRequest } from '@/tests/support/raw-http';
import type { Upstream } from '@/tests/support/upstream-server';

export interface Mount {
  readonly name: 'self-hosted' | 'next';
  start(variables: Readonly<Record<string, string>>): Promise<TestGateway>;
}

const MOUNTS: readonly Mount[] = [
  { name: 'self-hosted', start: startGateway },
  { name: 'next', start: startNextGateway },
];

export const UPGRADE_URL = 'https://tollgate.example/upgrade';

/** The suite, once per mount. */
export function describeMounts(name: string, suite: (mount: Mount) => void): void {
  for (const mount of MOUNTS) describe(`${name} (${mount.name})`, () => suite(mount));
}

export interface RigOptions {
  readonly variables?: Readonly<Record<string, string>>;
  readonly anthropic?: AnthropicUpstreamOptions;
  /** `null` leaves Google unconfigured. */
  readonly gemini?: GeminiUpstreamOptions | null;
}

export interface Ask extends Partial<RawRequest> {
  readonly token?: string;
  /** Fields over those of a small valid call. */
  readonly call?: Readonly<Record<string, unknown>>;
}

/** A gateway between fake upstreams, alive for the suite it is made in. */
export interface Rig {
  readonly gateway: TestGateway;
  readonly anthropic: Upstream;
  readonly gemini: Upstream;
  send(request: RawRequest): Promise<RawAnswer>;
  open(request: RawRequest): Promise<OpenAnswer>;
  /** A Messages call with a customer's token. */
  ask(ask: Ask): Promise<RawAnswer>;
  openAsk(ask: Ask): Promise<OpenAnswer>;
  /** Headers of the newest request that reached the Anthropic upstream. */
  forwardedHeaders(): Readonly<Record<string, string>>;
  /** GET /api/user/usage as the customer sees it. */
  usage(token: string): Promise<UsageAnswer>;
}

export interface UsageAnswer {
  readonly user: string;
  readonly plan: string;
  readonly month: {
    readonly tokens: Readonly<Record<'limit' | 'used' | 'held' | 'remaining', number>>;
    readonly cost: Readonly<
      Record<'limit_nano_usd' | 'used_nano_usd' | 'held_nano_usd' | 'remaining_nano_usd', number>
    >;
    readonly resets_at: string;
  };
  readonly minute: Readonly<
    Record<'requests' | 'tokens', { limit: number; remaining: number; resets_at: string }>
  >;
  readonly days: readonly Readonly<Record<string, unknown>>[];
  readonly models: readonly Readonly<Record<string, unknown>>[];
}

export const SMALL_CALL = {
  model: 'claude-sonnet-5-5',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Say hello.' }],
} as const;

/** The body of a small valid call, with fields over it. */
export function callBody(call: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...SMALL_CALL, ...call });
}

/** Registers the rig's start and end with the suite it is called in; upstream scripts last for one test. */
export function useRig(mount: Mount, options: RigOptions = {}): Rig {
  let running: { gateway: TestGateway; anthropic: Upstream; gemini: Upstream } | null = null;
  const rig = () => {
    if (running === null) throw new Error('the rig is not running');
    return running;
  };
  beforeAll(async () => {
    const anthropic = await startAnthropicUpstream(options.anthropic);
    const gemini = await startGeminiUpstream(options.gemini ?? {});
    const google =
      options.gemini === null ? {} : { GEMINI_API_KEY: GEMINI_KEY, GEMINI_UPSTREAM_URL: gemini.url };
    const gateway = await mount.start({
      ANTHROPIC_API_KEY: UPSTREAM_KEY,
      ANTHROPIC_UPSTREAM_URL: anthropic.url,
      TOLLGATE_UPGRADE_URL: UPGRADE_URL,
      ...google,
      ...options.variables,
    });
    running = { gateway, anthropic, gemini };
  });
  afterEach(() => {
    running?.anthropic.script();
    running?.gemini.script();
  });
  afterAll(async () => {
    await running?.gateway.stop();
    await Promise.all([running?.anthropic.stop(), running?.gemini.stop()]);
  });

  const asked = ({ token, call, ...request }: Ask): RawRequest => ({
    path: '/v1/messages',
    method: 'POST',
    body: callBody(call),
    ...request,
    headers: {
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      ...(token === undefined ? {} : { 'x-api-key': token }),
      ...request.headers,
    },
  });
  return {
    get gateway() {
      return rig().gateway;
    },
    get anthropic() {
      return rig().anthropic;
    },
    get gemini() {
      return rig().gemini;
    },
    send: (request) => send(rig().gateway.url, request),
    open: (request) => open(rig().gateway.url, request),
    ask: (ask) => send(rig().gateway.url, asked(ask)),
    openAsk: (ask) => open(rig().gateway.url, asked(ask)),
    forwardedHeaders() {
      const newest = rig().anthropic.requests.at(-1);
      if (newest === undefined) throw new Error('nothing reached the upstream');
      return newest.headers;
    },
    async usage(token) {
      const answer = await send(rig().gateway.url, {
        path: '/api/user/usage',
        headers: { 'x-api-key': token },
      });
      return answer.json() as unknown as UsageAnswer;
    },
  };
}
