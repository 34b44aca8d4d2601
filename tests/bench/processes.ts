/** Starts and stops the processes of a run, each with a port of its own, a log file, and nothing of the operator's environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildSync } from 'esbuild';

export const ROOT = process.cwd();
/** Ignored by git; kept between runs. */
export const CACHE = path.join(ROOT, '.cache');

/** A first start may build pages; a start alone takes a second or two. */
const START_DEADLINE_MS = 60_000;
const POLL_MS = 50;
/** After this a process that was asked to stop is killed. */
const STOP_GRACE_MS = 3_000;
/** How much of a log is shown when a process fails to start. */
const LOG_TAIL_CHARS = 1_500;

export interface Started {
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Launch {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Where the log goes. */
  readonly folder: string;
  /** Rejects as long as the process does not do its work. */
  readonly probe: () => Promise<void>;
}

/** A provider key, an Upstash account or a proxy of the operator's must not get into a run. */
export function cleanEnv(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP'] as const;
  const env: Record<string, string> = {};
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return { ...env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', ...more };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** A child of the bench as plain JavaScript: tsx would add its own memory and start-up to what is measured. */
export function bundled(name: string): string {
  const outfile = path.join(CACHE, 'bench', `${name}.mjs`);
  const entry = path.join(ROOT, 'tests/bench', `${name}.ts`);
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return outfile;
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await exited;
  clearTimeout(timer);
}

/** Starts a Node process and waits until it works. @throws with the end of its log when it does not */
export async function start(launch: Launch): Promise<Started> {
  const logFile = path.join(launch.folder, `${launch.name}.log`);
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, launch.args, {
    cwd: launch.cwd ?? ROOT,
    env: cleanEnv(launch.env),
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  let problem: unknown = null;
  while (child.exitCode === null && performance.now() < deadlineMs) {
    try {
      await launch.probe();
      return { pid: child.pid ?? 0, stop: () => stopProcess(child) };
    } catch (error) {
      problem = error;
      await sleep(POLL_MS);
    }
  }
  await stopProcess(child);
  const tail = readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARS);
  throw new Error(`${launch.name} did not start: ${String(problem)}\n${tail}`);
}
