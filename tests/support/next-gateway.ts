/** Starts a gateway as `next start` serves it: a child process on the existing build, with its own database file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestGateway, testVariables } from '@/tests/support/gateway';
import { gatewayVerbs } from '@/tests/support/gateway-verbs';

const ROOT = process.cwd();
const NEXT = path.join(ROOT, 'node_modules/next/dist/bin/next');
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 5_000;

/** A developer's own `.env` would be read by Next: names set to nothing keep real keys and stores out of tests. */
const UNSET = Object.fromEntries(
  [
    'ANTHROPIC_API_KEY',
    'GEMINI_API_KEY',
    'OPENAI_API_KEY',
    'OPENROUTER_API_KEY',
    'BEDROCK_API_KEY',
    'BEDROCK_ACCESS_KEY_ID',
    'BEDROCK_SECRET_ACCESS_KEY',
    'BEDROCK_SESSION_TOKEN',
    'VERTEX_SERVICE_ACCOUNT',
    'TOLLGATE_PROVIDERS',
    'TURSO_AUTH_TOKEN',
    'UPSTASH_REDIS_REST_URL',
    'UPSTASH_REDIS_REST_TOKEN',
    'TOLLGATE_SECRET',
    'TOLLGATE_JWKS_URL',
  ].map((name) => [name, '']),
);

/** @throws Error when nothing is built yet, or when Next does not come up */
export async function startNextGateway(
  variables: Readonly<Record<string, string>> = {},
): Promise<TestGateway> {
  if (!existsSync(path.join(ROOT, '.next/BUILD_ID'))) {
    throw new Error('There is no Next build for the contract suite to start: run `npm run build` first.');
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-next-'));
  const databaseFile = path.join(folder, 'tollgate.db');
  const child = spawn(process.execPath, [NEXT, 'start', '-p', '0', '-H', '127.0.0.1'], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      ...UNSET,
      ...testVariables(databaseFile),
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const url = await announcedUrl(child);
  return {
    ...gatewayVerbs(url),
    url,
    databaseFile,
    async stop() {
      process.off('exit', killAtExit);
      await ended(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The address Next prints once it listens. */
function announcedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (reason: string): void => {
      clearTimeout(late);
      child.kill('SIGKILL');
      reject(new Error(`next start ${reason}:\n${said}`));
    };
    const late = setTimeout(() => fail('did not come up in time'), START_DEADLINE_MS);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString('utf8');
      const url = /Local:\s+(http:\/\/\S+)/.exec(said)?.[1];
      if (url === undefined || !said.includes('Ready')) return;
      clearTimeout(late);
      resolve(url);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => fail(`ended with ${String(code)}`));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
  await exit;
  clearTimeout(late);
}
