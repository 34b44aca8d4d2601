/** Runs the Claude Code CLI in print mode with a fresh home, as an operator would tell a user to configure it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MODEL, type ClientBench } from '@/tests/support/client-bench';
import { clientFile, runClient, type ClientRun } from '@/tests/support/clients';

export interface ClaudeOptions {
  readonly prompt?: string;
  readonly args?: readonly string[];
  /** Credentials; `ANTHROPIC_BASE_URL` is always set. */
  readonly env: Readonly<Record<string, string>>;
  /** Its settings.json. */
  readonly settings?: unknown;
  /** Files in its working folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The parts of its JSON output that tests read. */
export interface ClaudeResult {
  readonly result: string;
  readonly session_id: string;
  readonly is_error: boolean;
  readonly api_error_status: number | null;
  readonly num_turns: number;
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number };
}

/** Without them it talks to its maker about updates, errors and features (clients.md §1). */
const QUIET = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_TELEMETRY: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_AUTOUPDATER: '1',
} as const;

/** A home of its own for one run: environment and working folder. */
export async function withClaudeHome<T>(
  bench: ClientBench,
  work: (home: { folder: string; env: Readonly<Record<string, string>> }) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-claude-'));
  const config = path.join(folder, 'config');
  const temporary = path.join(folder, 'tmp');
  await mkdir(config);
  await mkdir(temporary);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    CLAUDE_CONFIG_DIR: config,
    TMPDIR: temporary,
    ...QUIET,
    ...bench.trap.env,
    ANTHROPIC_BASE_URL: bench.gateway.url,
  };
  try {
    return await work({ folder, env });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function runClaude(
  bench: ClientBench,
  options: ClaudeOptions,
): Promise<ClientRun & { readonly answer: ClaudeResult }> {
  const { prompt = 'say hi', args = [], settings, files = {} } = options;
  return withClaudeHome(bench, async ({ folder, env }) => {
    const cwd = path.join(folder, 'work');
    await mkdir(cwd);
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text);
    if (settings !== undefined)
      await writeFile(path.join(folder, 'config/settings.json'), JSON.stringify(settings));
    const command = clientFile('@anthropic-ai/claude-code/bin/claude.exe');
    const all = ['-p', prompt, '--model', MODEL, '--output-format', 'json', ...args];
    const run = await runClient(command, all, { cwd, env: { ...env, ...options.env } });
    return { ...run, answer: JSON.parse(run.stdout) as ClaudeResult };
  });
}
