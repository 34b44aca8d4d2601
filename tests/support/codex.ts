/** Runs the Codex CLI without a terminal, in a fresh home, by either of its two ways to a gateway. */
import { jsonLines, withClientHome, type ClientSide } from '@/tests/support/client-home';
import { clientFile, CLIENT_NODE, runClient, type ClientRun } from '@/tests/support/clients';

export interface CodexOptions {
  readonly token: string;
  /** A provider of its own (the default), or the built-in one with another base URL: that tries a WebSocket first. */
  readonly provider?: 'custom' | 'built-in';
  readonly model?: string;
  /** More lines for the custom provider in config.toml, e.g. `supports_websockets = true`. */
  readonly providerLines?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface CodexRun extends ClientRun {
  readonly events: readonly CodexEvent[];
  readonly threadId: string | null;
  /** Its last message; `null` when it gave none. */
  readonly text: string | null;
  readonly usage: CodexUsage | null;
  /** What it told about failing; reconnects are told one by one. */
  readonly errors: readonly string[];
}

export interface CodexUsage {
  readonly input_tokens: number;
  readonly cached_input_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_output_tokens: number;
}

export interface CodexEvent {
  readonly type: string;
  readonly thread_id?: string;
  readonly message?: string;
  readonly error?: { readonly message: string };
  readonly usage?: CodexUsage;
  readonly item?: { readonly type: string; readonly text?: string; readonly message?: string };
}

/** Codex in one home, so that sessions can be taken up again. */
export interface Codex {
  exec(prompt?: string, ...args: readonly string[]): Promise<CodexRun>;
  resume(threadId: string, prompt: string): Promise<CodexRun>;
}

const MODEL = 'gpt-5.1-codex';
const TOKEN_VARIABLE = 'GW_TOKEN';

/** It warns of every model it doesn't know, in the form of an error. */
const UNKNOWN_MODEL = /^Model metadata for .* not found/;

export function withCodex<T>(
  side: ClientSide,
  options: CodexOptions,
  work: (codex: Codex) => Promise<T>,
): Promise<T> {
  return withClientHome(side, async (home) => {
    await home.write('.codex/config.toml', configOf(side, options));
    const custom = (options.provider ?? 'custom') === 'custom';
    // The built-in provider reads only this variable: with OPENAI_API_KEY alone no credential is sent.
    const key = { [custom ? TOKEN_VARIABLE : 'CODEX_API_KEY']: options.token };
    const start = async (args: readonly string[]): Promise<CodexRun> => {
      const all = [
        clientFile('@openai/codex/bin/codex.js'),
        'exec',
        '--json',
        '--skip-git-repo-check',
        ...args,
      ];
      const env = { ...home.env, ...key, ...options.env };
      return outcomeOf(await runClient(CLIENT_NODE, all, { cwd: home.work, env }));
    };
    return work({
      exec: (prompt = 'say hi', ...args) => start([...args, prompt]),
      resume: (threadId, prompt) => start(['resume', threadId, prompt]),
    });
  });
}

/** One prompt in a home of its own. */
export function runCodex(side: ClientSide, options: CodexOptions, prompt?: string): Promise<CodexRun> {
  return withCodex(side, options, (codex) => codex.exec(prompt));
}

function configOf(side: ClientSide, options: CodexOptions): string {
  const { provider = 'custom', model = MODEL, providerLines = [] } = options;
  const base = `${side.gateway.url}/v1`;
  const way =
    provider === 'custom'
      ? {
          top: 'model_provider = "gw"',
          table: ['[model_providers.gw]', ...customLines(base), ...providerLines],
        }
      : { top: `openai_base_url = "${base}"`, table: [] };
  return [
    `model = "${model}"`,
    way.top,
    // Without these it asks for updates, sends analytics and fetches its maker's plugins.
    'check_for_update_on_startup = false',
    '[analytics]',
    'enabled = false',
    '[features]',
    'plugins = false',
    ...way.table,
    '',
  ].join('\n');
}

function customLines(base: string): string[] {
  return [
    'name = "Gateway"',
    `base_url = "${base}"`,
    `env_key = "${TOKEN_VARIABLE}"`,
    'wire_api = "responses"',
  ];
}

function outcomeOf(run: ClientRun): CodexRun {
  const events = jsonLines<CodexEvent>(run.stdout);
  const messages = events.filter(({ item }) => item?.type === 'agent_message');
  const told = events.map(({ type, item, error, message }) => {
    if (type === 'error') return message;
    return error?.message ?? (item?.type === 'error' ? item.message : undefined);
  });
  return {
    ...run,
    events,
    threadId: events.find(({ thread_id }) => thread_id !== undefined)?.thread_id ?? null,
    text: messages.at(-1)?.item?.text ?? null,
    usage: events.findLast(({ usage }) => usage !== undefined)?.usage ?? null,
    errors: told.filter((text) => text !== undefined).filter((text) => !UNKNOWN_MODEL.test(text)),
  };
}
