/** The connection guide's snippets as tests take them: filled in for a gateway, and found by their ids. */
import { execFile } from 'node:child_process';
import type { Reader, Snippet } from '@/lib/docs/snippet';
import { snippetsOf } from '@/lib/docs/snippets';

/** Far above what the sandbox takes for the longest answer. */
const SHELL_DEADLINE_MS = 60_000;

export function snippet(id: string, reader: Reader): Snippet {
  const found = snippetsOf(reader).find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no snippet ${id}`);
  return found;
}

/** What a snippet exports, by name. */
export function exportsOf({ text }: Snippet): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
}

export interface ShellRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs lines as they stand. */
export function runShell(text: string, env: Readonly<Record<string, string>> = {}): Promise<ShellRun> {
  const variables: Readonly<Record<string, string>> = { PATH: process.env['PATH'] ?? '', ...env };
  const options = { env: variables as NodeJS.ProcessEnv, timeout: SHELL_DEADLINE_MS };
  return new Promise((resolve) => {
    execFile('sh', ['-e', '-c', text], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
