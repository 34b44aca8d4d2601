/** Runs the Gemini CLI without a terminal, in a fresh home, as an operator would tell a user to configure it. */
import { withClientHome, type ClientSide } from '@/tests/support/client-home';
import { clientFile, CLIENT_NODE, runClient, type ClientRun } from '@/tests/support/clients';

export interface GeminiCliOptions {
  readonly token: string;
  readonly prompt?: string;
  /** `auto` makes it ask a small model first which one to use, for minutes unless that answers with the JSON it wants. */
  readonly model?: string;
  /** Sends the token as a bearer as well as in its own header. */
  readonly bearer?: boolean;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The parts of its JSON output that tests read. */
export interface GeminiCliResult {
  readonly session_id?: string;
  readonly response?: string;
  readonly error?: { readonly type: string; readonly message: string; readonly code?: number | string };
  readonly stats?: {
    readonly models: Readonly<
      Record<
        string,
        {
          readonly api: { readonly totalRequests: number; readonly totalErrors: number };
          readonly tokens: { readonly input: number; readonly candidates: number; readonly total: number };
        }
      >
    >;
  };
}

export interface GeminiCliRun extends ClientRun {
  /** `null` when it printed none. */
  readonly answer: GeminiCliResult | null;
}

/** Without them it asks for updates and sends statistics. */
const SETTINGS = {
  security: { auth: { selectedType: 'gemini-api-key' } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
} as const;

export function runGeminiCli(side: ClientSide, options: GeminiCliOptions): Promise<GeminiCliRun> {
  const { token, prompt = 'say hi', model = 'gemini-2.5-flash', bearer = false, args = [] } = options;
  return withClientHome(side, async (home) => {
    await home.write('.gemini/settings.json', SETTINGS);
    const command = [clientFile('@google/gemini-cli/bundle/gemini.js'), '-p', prompt, '-m', model];
    const run = await runClient(CLIENT_NODE, [...command, '-o', 'json', ...args], {
      cwd: home.work,
      env: {
        ...home.env,
        GOOGLE_GEMINI_BASE_URL: side.gateway.url,
        GEMINI_API_KEY: token,
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
        ...(bearer ? { GEMINI_API_KEY_AUTH_MECHANISM: 'bearer' } : {}),
        ...options.env,
      },
    });
    return { ...run, answer: resultOf(run.stdout) ?? resultOf(run.stderr) };
  });
}

/** Its result is one indented object, after warnings; failures go to the error output. */
function resultOf(output: string): GeminiCliResult | null {
  const at = output.search(/^\{$/m);
  if (at < 0) return null;
  const end = output.slice(at).search(/^\}$/m);
  return end < 0 ? null : (JSON.parse(output.slice(at, at + end + 1)) as GeminiCliResult);
}
