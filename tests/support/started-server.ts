/** `npm start` as an operator has it: in a process of its own, on a fresh database and any free port, in sandbox mode. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '@/tests/support/project-files';

export interface StartedServer {
  readonly baseUrl: string;
  readonly databaseFile: string;
  /** Everything it printed up to now. */
  printed(): string;
  /** Asks it to stop and resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** What the last line of the announcement looks like, with a demo customer (in the sandbox) and without. */
const ANNOUNCED = /Tollgate is listening on (http:\/\/\S+)[\s\S]*(-d '.*'|and a token: .*)\n/;

/** `variables` go over the defaults. @throws with what it printed when it ends before it listens */
export async function startServer(variables: Readonly<Record<string, string>> = {}): Promise<StartedServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-start-'));
  const databaseFile = path.join(folder, 'tollgate.db');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? folder,
    NODE_ENV: 'production' as const,
    PORT: '0',
    HOST: '127.0.0.1',
    TURSO_DATABASE_URL: `file:${databaseFile}`,
    TOLLGATE_SANDBOX: 'on',
    // Set but empty means "not set", and a developer's own `.env` no longer counts.
    ANTHROPIC_API_KEY: '',
    GEMINI_API_KEY: '',
    UPSTASH_REDIS_REST_URL: '',
    UPSTASH_REDIS_REST_TOKEN: '',
    ...variables,
  };
  const child = spawn(process.execPath, ['scripts/start.mjs'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let printed = '';
  const baseUrl = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      printed += chunk.toString('utf8');
      const announced = ANNOUNCED.exec(printed)?.[1];
      if (announced !== undefined) resolve(announced);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${printed}`)));
  });
  return {
    baseUrl,
    databaseFile,
    printed: () => printed,
    async stop() {
      child.kill('SIGTERM');
      const code = await exited;
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}
