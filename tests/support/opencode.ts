/** Runs opencode without a terminal, in a fresh home, with every provider it knows pointed at the gateway. */
import { jsonLines, withClientHome, type ClientSide } from '@/tests/support/client-home';
import { clientFile, runClient, type ClientRun } from '@/tests/support/clients';

export interface OpencodeOptions {
  readonly token: string;
  /** `provider/model`: providers are `anthropic`, `openai`, `google`, and `gw` (chat format) and `gwa` (messages format). */
  readonly model: string;
  readonly prompt?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface OpencodeEvent {
  readonly type: string;
  readonly sessionID: string;
  readonly part?: {
    readonly text?: string;
    readonly reason?: string;
    /** What it thought is no part of its output. */
    readonly tokens?: {
      readonly input: number;
      readonly output: number;
      readonly reasoning: number;
      readonly cache: { readonly read: number };
    };
  };
  readonly error?: { readonly name: string; readonly data?: { readonly message?: string } };
}

export interface OpencodeRun extends ClientRun {
  readonly events: readonly OpencodeEvent[];
  readonly sessionId: string | null;
  readonly text: string;
  /** Of all its steps, cached input and thoughts included; the call for the title isn't among them. */
  readonly tokens: { readonly input: number; readonly output: number };
  readonly errors: readonly string[];
}

/** It installs this into its configuration folder unless that looks done. */
const PLUGIN = '@opencode-ai/plugin';
const CONFIG = '.config/opencode';

const QUIET = {
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  OPENCODE_DISABLE_SHARE: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
} as const;

export function runOpencode(side: ClientSide, options: OpencodeOptions): Promise<OpencodeRun> {
  const { token, model, prompt = 'say hi', args = [] } = options;
  return withClientHome(side, async (home) => {
    await home.write(`${CONFIG}/opencode.json`, configOf(side.gateway.url, token, model));
    await home.write(`${CONFIG}/package-lock.json`, {
      packages: { '': { dependencies: { [PLUGIN]: '*' } } },
    });
    await home.write(`${CONFIG}/node_modules/.keep`, '');
    const command = clientFile('opencode-ai/bin/opencode.exe');
    const all = ['run', '--format', 'json', '--model', model, ...args, prompt];
    const env = { ...home.env, ...QUIET, ...options.env };
    return outcomeOf(await runClient(command, all, { cwd: home.work, env }));
  });
}

function configOf(url: string, token: string, model: string): unknown {
  const name = model.slice(model.indexOf('/') + 1);
  const at = (base: string): unknown => ({ baseURL: `${url}${base}`, apiKey: token });
  const models = { [name]: { name } };
  return {
    autoupdate: false,
    share: 'disabled',
    provider: {
      anthropic: { options: at('/v1'), models },
      openai: { options: at('/v1'), models },
      google: { options: at('/v1beta'), models },
      gw: { npm: '@ai-sdk/openai-compatible', name: 'Gateway', options: at('/v1'), models },
      gwa: { npm: '@ai-sdk/anthropic', name: 'Gateway A', options: at('/v1'), models },
    },
  };
}

function outcomeOf(run: ClientRun): OpencodeRun {
  const events = jsonLines<OpencodeEvent>(run.stdout);
  const parts = events.map(({ part }) => part);
  const steps = parts.flatMap((part) => (part?.tokens === undefined ? [] : [part.tokens]));
  return {
    ...run,
    events,
    sessionId: events[0]?.sessionID ?? null,
    text: parts.map((part) => part?.text ?? '').join(''),
    tokens: {
      input: steps.reduce((total, { input, cache }) => total + input + cache.read, 0),
      output: steps.reduce((total, { output, reasoning }) => total + output + reasoning, 0),
    },
    errors: events.flatMap(({ error }) => (error === undefined ? [] : [error.data?.message ?? error.name])),
  };
}
