/** Runs one suite against both mounts of the gateway: the self-hosted server in this process, and `next start`. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import {
  startAnthropicUpstream,
  UPSTREAM_KEY,
  type AnthropicUpstreamOptions,
} from '@/tests/support/anthropic-upstream';
import {
  BEDROCK_KEY,
  startBedrockUpstream,
  type BedrockUpstreamOptions,
} from '@/tests/support/bedrock-upstream';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import { GEMINI_KEY, startGeminiUpstream, type GeminiUpstreamOptions } from '@/tests/support/gemini-upstream';
import { startNextGateway } from '@/tests/support/next-gateway';
import {
  OPENAI_KEY,
  startOpenAiUpstream,
  type OpenAiUpstream,
  type OpenAiUpstreamOptions,
} from '@/tests/support/openai-upstream';
import { testServiceAccount } from '@/tests/support/google-token';
import { open, send, type OpenAnswer, type RawAnswer, type RawRequest } from '@/tests/support/raw-http';
import type { Upstream } from '@/tests/support/upstream-server';
import {
  startVertexUpstream,
  type VertexUpstream,
  type VertexUpstreamOptions,
} from '@/tests/support/vertex-upstream';

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
  /** Left out: OpenAI is unconfigured. */
  readonly openai?: OpenAiUpstreamOptions;
  /** Left out: OpenRouter is unconfigured. */
  readonly openrouter?: OpenAiUpstreamOptions;
  /** Left out: Bedrock is unconfigured. With `credentials` the gateway signs, else it sends an API key. */
  readonly bedrock?: BedrockUpstreamOptions;
  /** Left out: Vertex is unconfigured. */
  readonly vertex?: VertexUpstreamOptions;
  /** Variables that need an upstream's address, over all others. */
  readonly variablesFor?: (upstreams: RigUpstreams) => Readonly<Record<string, string>>;
}

/** The fake upstreams of a rig; those that were not asked for are not there. */
export interface RigUpstreams {
  readonly anthropic: Upstream;
  readonly gemini: Upstream;
  readonly openai?: OpenAiUpstream;
  readonly openrouter?: OpenAiUpstream;
  readonly bedrock?: Upstream;
  readonly vertex?: VertexUpstream;
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
  /** Only in a rig that was started with it. */
  readonly openai: OpenAiUpstream;
  /** Only in a rig that was started with it. */
  readonly openrouter: OpenAiUpstream;
  /** Only in a rig that was started with it. */
  readonly bedrock: Upstream;
  /** Only in a rig that was started with it. */
  readonly vertex: VertexUpstream;
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

/** Starts the upstreams a rig asks for. */
async function startUpstreams(options: RigOptions): Promise<RigUpstreams> {
  const { openai, openrouter, bedrock, vertex } = options;
  return {
    anthropic: await startAnthropicUpstream(options.anthropic),
    gemini: await startGeminiUpstream(options.gemini ?? {}),
    ...(openai === undefined ? {} : { openai: await startOpenAiUpstream(openai) }),
    ...(openrouter === undefined
      ? {}
      : { openrouter: await startOpenAiUpstream({ flavour: 'openrouter', ...openrouter }) }),
    ...(bedrock === undefined ? {} : { bedrock: await startBedrockUpstream(bedrock) }),
    ...(vertex === undefined ? {} : { vertex: await startVertexUpstream(vertex) }),
  };
}

/** What makes a gateway use them. */
function upstreamVariables(upstreams: RigUpstreams, options: RigOptions): Record<string, string> {
  const { anthropic, gemini, openai, openrouter, bedrock, vertex } = upstreams;
  return {
    ANTHROPIC_API_KEY: UPSTREAM_KEY,
    ANTHROPIC_UPSTREAM_URL: anthropic.url,
    ...(options.gemini === null ? {} : { GEMINI_API_KEY: GEMINI_KEY, GEMINI_UPSTREAM_URL: gemini.url }),
    ...(openai === undefined
      ? {}
      : { OPENAI_API_KEY: options.openai?.apiKey ?? OPENAI_KEY, OPENAI_UPSTREAM_URL: openai.apiUrl }),
    ...(openrouter === undefined
      ? {}
      : {
          OPENROUTER_API_KEY: options.openrouter?.apiKey ?? OPENAI_KEY,
          OPENROUTER_UPSTREAM_URL: openrouter.apiUrl,
        }),
    ...(bedrock === undefined ? {} : bedrockVariables(bedrock, options.bedrock)),
    ...(vertex === undefined ? {} : vertexVariables(vertex)),
  };
}

function bedrockVariables({ url }: Upstream, options: BedrockUpstreamOptions = {}): Record<string, string> {
  const { apiKey = BEDROCK_KEY, credentials, region } = options;
  return {
    BEDROCK_UPSTREAM_URL: url,
    ...(region === undefined ? {} : { BEDROCK_REGION: region }),
    ...(credentials === undefined
      ? { BEDROCK_API_KEY: apiKey }
      : {
          BEDROCK_ACCESS_KEY_ID: credentials.accessKeyId,
          BEDROCK_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          ...(credentials.sessionToken === undefined
            ? {}
            : { BEDROCK_SESSION_TOKEN: credentials.sessionToken }),
        }),
  };
}

/** The operator's project and location differ from those that any test's caller names. */
export function vertexVariables({ url, tokenUrl }: VertexUpstream): Record<string, string> {
  return {
    VERTEX_UPSTREAM_URL: url,
    VERTEX_SERVICE_ACCOUNT: JSON.stringify(testServiceAccount(tokenUrl)),
    VERTEX_PROJECT: 'operator-project',
    VERTEX_LOCATION: 'europe-west4',
  };
}

/** Registers the rig's start and end with the suite it is called in; upstream scripts last for one test. */
export function useRig(mount: Mount, options: RigOptions = {}): Rig {
  let running: { gateway: TestGateway; upstreams: RigUpstreams } | null = null;
  const rig = () => {
    if (running === null) throw new Error('the rig is not running');
    return running;
  };
  const upstream = <Name extends keyof RigUpstreams>(name: Name): NonNullable<RigUpstreams[Name]> => {
    const started = rig().upstreams[name];
    if (started === undefined) throw new Error(`the rig was started without ${name}`);
    return started;
  };
  beforeAll(async () => {
    const upstreams = await startUpstreams(options);
    const gateway = await mount.start({
      ...upstreamVariables(upstreams, options),
      TOLLGATE_UPGRADE_URL: UPGRADE_URL,
      ...options.variables,
      ...options.variablesFor?.(upstreams),
    });
    running = { gateway, upstreams };
  });
  afterEach(() => {
    for (const one of Object.values(running?.upstreams ?? {}) as Upstream[]) one.script();
  });
  afterAll(async () => {
    await running?.gateway.stop();
    await Promise.all(Object.values(running?.upstreams ?? {}).map((one: Upstream) => one.stop()));
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
      return upstream('anthropic');
    },
    get gemini() {
      return upstream('gemini');
    },
    get openai() {
      return upstream('openai');
    },
    get openrouter() {
      return upstream('openrouter');
    },
    get bedrock() {
      return upstream('bedrock');
    },
    get vertex() {
      return upstream('vertex');
    },
    send: (request) => send(rig().gateway.url, request),
    open: (request) => open(rig().gateway.url, request),
    ask: (ask) => send(rig().gateway.url, asked(ask)),
    openAsk: (ask) => open(rig().gateway.url, asked(ask)),
    forwardedHeaders() {
      const newest = upstream('anthropic').requests.at(-1);
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
