/** Runs OpenClaw in a fresh home, by either of its ways to a gateway: providers of one's own, or its plugin for gateways. */
import { withClientHome, type ClientSide } from '@/tests/support/client-home';
import { clientFile, CLIENT_NODE, runClient, type ClientRun } from '@/tests/support/clients';

export interface OpenclawOptions {
  readonly token: string;
  /** Providers `gwa`, `gwc`, `gwr` and `gwg`, one per wire format (the default), or the bundled plugin `clawrouter`. */
  readonly way?: 'providers' | 'clawrouter';
  /** Ids by provider, in place of the usual ones. */
  readonly models?: Readonly<Partial<Record<ProviderName, string>>>;
  readonly env?: Readonly<Record<string, string>>;
}

type ProviderName = keyof typeof FORMATS;

/** The parts of `agent exec --json` that tests read. */
export interface OpenclawAnswer {
  readonly ok: boolean;
  readonly status: string;
  readonly final?: string;
  readonly error?: { readonly message: string; readonly kind: string };
  readonly usage?: {
    readonly input: number;
    readonly output: number;
    readonly total: number;
    /** In dollars, by the prices it knows. */
    readonly cost: { readonly total: number };
  };
  readonly model?: string;
  readonly provider?: string;
  readonly sessionId?: string;
}

export interface OpenclawRun extends ClientRun {
  /** `null` when it printed none. */
  readonly answer: OpenclawAnswer | null;
}

export interface OpenclawModel {
  readonly key: string;
  readonly name: string;
  readonly contextWindow?: number;
  readonly available: boolean;
}

/** OpenClaw in one home: its failure memory goes over runs, as a user's does. */
export interface Openclaw {
  /** `model` as `provider/id`; without it the configuration's first. */
  exec(model?: string, prompt?: string, ...args: readonly string[]): Promise<OpenclawRun>;
  models(provider: string): Promise<readonly OpenclawModel[]>;
  /** What `status --usage` shows a user. */
  usage(): Promise<string>;
}

const FORMATS = {
  gwa: { api: 'anthropic-messages', base: '', id: 'claude-sonnet-4-5', reasoning: false },
  gwc: { api: 'openai-completions', base: '/v1', id: 'gpt-4o', reasoning: false },
  gwr: { api: 'openai-responses', base: '/v1', id: 'gpt-5.1', reasoning: true },
  gwg: { api: 'google-generative-ai', base: '/v1beta', id: 'gemini-2.5-flash', reasoning: true },
} as const;

const TOKEN_VARIABLE = 'CLAWROUTER_API_KEY';

/** The fakes would call one of them: OpenClaw's own words around a prompt speak of tools. */
const NO_TOOLS = { deny: ['*'] } as const;

/** Static headers of the two ways; the gateway can tell teams apart by them. */
const STATIC_HEADERS = { agent: 'a1', project: 'proj1' } as const;

/** Without them it asks for updates and looks for other machines on the network. */
const QUIET = {
  OPENCLAW_NO_AUTO_UPDATE: '1',
  OPENCLAW_DISABLE_BONJOUR: '1',
  OPENCLAW_SKIP_CRON: '1',
  DO_NOT_TRACK: '1',
} as const;

export function withOpenclaw<T>(
  side: ClientSide,
  options: OpenclawOptions,
  work: (openclaw: Openclaw) => Promise<T>,
): Promise<T> {
  const { token, way = 'providers' } = options;
  return withClientHome(side, async (home) => {
    const { url } = side.gateway;
    const config =
      way === 'providers' ? providersConfig(url, token, options.models ?? {}) : pluginConfig(url);
    await home.write('.openclaw/openclaw.json', config);
    const env = {
      ...home.env,
      ...QUIET,
      ...(way === 'clawrouter' ? { [TOKEN_VARIABLE]: token } : {}),
      ...options.env,
    };
    const run = (...args: readonly string[]): Promise<ClientRun> =>
      runClient(CLIENT_NODE, [clientFile('openclaw/openclaw.mjs'), ...args], { cwd: home.work, env });
    return work({
      async exec(model, prompt = 'say hi', ...args) {
        const picked = model === undefined ? [] : ['--model', model];
        // By itself every run has a state of its own, thrown away at its end.
        const state = ['--state-dir', `${home.folder}/.openclaw`];
        const done = await run('agent', 'exec', prompt, '--json', ...picked, ...state, ...args);
        return { ...done, answer: objectIn(done.stdout) as OpenclawAnswer | null };
      },
      async models(provider) {
        const done = await run('models', 'list', '--all', '--provider', provider, '--refresh', '--json');
        const listed = objectIn(done.stdout) as { readonly models: readonly OpenclawModel[] } | null;
        return listed?.models ?? [];
      },
      usage: async () => (await run('status', '--usage')).stdout,
    });
  });
}

function providersConfig(
  url: string,
  apiKey: string,
  ids: Readonly<Partial<Record<ProviderName, string>>>,
): unknown {
  const names = Object.keys(FORMATS) as ProviderName[];
  const providers = names.map((name) => {
    const { api, base, id: usual, reasoning } = FORMATS[name];
    const id = ids[name] ?? usual;
    const compat = api === 'openai-responses' ? { compat: { supportsPromptCacheKey: true } } : {};
    const model = {
      id,
      name: `${id} by the gateway`,
      reasoning,
      input: ['text'],
      contextWindow: 200_000,
      maxTokens: 32_000,
      ...compat,
    };
    const headers = { 'X-Agent': STATIC_HEADERS.agent };
    return [name, { baseUrl: `${url}${base}`, apiKey, api, headers, models: [model] }] as const;
  });
  return {
    tools: NO_TOOLS,
    models: { mode: 'merge', providers: Object.fromEntries(providers) },
    agents: { defaults: { model: { primary: `gwa/${ids.gwa ?? FORMATS.gwa.id}` } } },
  };
}

function pluginConfig(url: string): unknown {
  const clawrouter = {
    baseUrl: url,
    apiKey: { source: 'env', provider: 'default', id: TOKEN_VARIABLE },
    headers: { 'X-ClawRouter-Project-Id': STATIC_HEADERS.project },
  };
  return {
    tools: NO_TOOLS,
    plugins: { entries: { clawrouter: { enabled: true } } },
    models: { providers: { clawrouter } },
    agents: { defaults: { model: { primary: 'clawrouter/anthropic/claude-sonnet-4-5' } } },
  };
}

/** The one indented object in an output that has other lines before it. */
function objectIn(output: string): unknown {
  const at = output.search(/^\{/m);
  return at < 0 ? null : (JSON.parse(output.slice(at)) as unknown);
}
