/** Runs gateways in processes of their own, that a test can kill, stop, and listen to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Database, openDatabase } from '@/db/client';
import { testVariables } from '@/tests/support/gateway';
import { type GatewayVerbs, gatewayVerbs } from '@/tests/support/gateway-verbs';

const ROOT = process.cwd();
/** A cold start through tsx on a machine that is busy with other tests. */
const START_DEADLINE_MS = 90_000;

export interface ChildGateway extends GatewayVerbs {
  readonly url: string;
  /** Everything it wrote so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
  /** Resolves once the process is gone and its output is read: exit code, or `null` when a signal ended it. */
  readonly exited: Promise<number | null>;
}

export interface Site {
  readonly databaseUrl: string;
  /** A connection of the test's own to the same file. */
  readonly database: Database;
  /** Starts one more gateway on the same database. */
  start(variables?: Readonly<Record<string, string>>): Promise<ChildGateway>;
  /** Kills what still runs and removes the database. */
  stop(): Promise<void>;
}

/** A database file on which any number of child gateways run. */
export async function createSite(common: Readonly<Record<string, string>> = {}): Promise<Site> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-site-'));
  const file = path.join(folder, 'tollgate.db');
  const databaseUrl = `file:${file}`;
  const started: ChildGateway[] = [];
  const database = await openDatabase(databaseUrl);
  return {
    databaseUrl,
    database,
    async start(variables = {}) {
      const child = await startChild({ ...testVariables(file), ...common, ...variables });
      started.push(child);
      return child;
    },
    async stop() {
      for (const child of started) child.signal('SIGKILL');
      await Promise.all(started.map((child) => child.exited));
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Only what a process needs to run at all, so that no variable of the machine configures a test. */
export function bareEnvironment(variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    NODE_ENV: 'test',
    ...(PATH === undefined ? {} : { PATH }),
    ...(HOME === undefined ? {} : { HOME }),
    ...variables,
  };
}

async function startChild(variables: Readonly<Record<string, string>>): Promise<ChildGateway> {
  const main = path.join(ROOT, 'tests/support/child-gateway-main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    cwd: ROOT,
    env: bareEnvironment(variables),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (written.stdout += chunk.toString('utf8')));
  child.stderr?.on('data', (chunk: Buffer) => (written.stderr += chunk.toString('utf8')));
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const url = `http://127.0.0.1:${await portOf(child, written)}`;
  return {
    ...gatewayVerbs(url),
    url,
    output: () => ({ ...written }),
    signal: (name) => void child.kill(name),
    exited,
  };
}

function portOf(child: ChildProcess, written: { stderr: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the child gateway ${why}: ${written.stderr}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail('did not start in time');
    }, START_DEADLINE_MS);
    child.once('close', () => fail('ended before it was ready'));
    child.once('message', (message: { port: number }) => {
      clearTimeout(timer);
      resolve(message.port);
    });
  });
}
