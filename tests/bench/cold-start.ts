/** Times how long the built Vercel function takes to load and to give its first answer, each time in a new process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { median } from '@/tests/bench/figures';
import { cleanEnv, ROOT, stopProcess } from '@/tests/bench/processes';
import { show } from '@/tests/bench/tables';

/** The gateway's catch-all, as Next names it. */
const FUNCTION = 'api/[...path]';
const RUNTIME = path.join(ROOT, 'tests/support/vercel-runtime.mjs');
const RUNS = 5;
const RUN_TIMEOUT_MS = 30_000;
/** Answered by the gateway without a store: the database address below is never contacted. */
const FIRST_PATH = '/api/health';
const ENV = {
  VERCEL: '1',
  TURSO_DATABASE_URL: 'http://127.0.0.1:9',
  TURSO_AUTH_TOKEN: 'none',
  ANTHROPIC_API_KEY: 'sk-ant-bench',
  TOLLGATE_LOG_LEVEL: 'silent',
};

interface Timing {
  readonly loadMs: number;
  readonly firstAnswerMs: number;
  readonly status: number;
}

interface FunctionConfig {
  /** Path inside the function → path inside the project. */
  readonly filePathMap?: Readonly<Record<string, string>>;
}

interface OutputConfig {
  readonly routes: readonly { readonly src?: string; readonly dest?: string }[];
}

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

/** Puts together what would be deployed. */
function assemble(project: string, built: string, folder: string): void {
  cpSync(built, folder, { recursive: true, dereference: true });
  const { filePathMap = {} } = readJson(path.join(built, '.vc-config.json')) as FunctionConfig;
  for (const [to, from] of Object.entries(filePathMap)) {
    cpSync(path.join(project, from), path.join(folder, to), { recursive: true, dereference: true });
  }
}

async function timeOnce(args: readonly string[]): Promise<Timing> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child: ChildProcess = spawn(process.execPath, [RUNTIME, ...args], {
    env: cleanEnv(ENV),
    stdio: [...stdio],
  });
  try {
    if (child.stdout === null) throw new Error('the runtime has no output');
    const signal = AbortSignal.timeout(RUN_TIMEOUT_MS);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    const { port, loadMs } = JSON.parse(line) as { port: number; loadMs: number };
    const askedMs = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}${FIRST_PATH}`, { signal });
    await answer.arrayBuffer();
    return { loadMs, firstAnswerMs: performance.now() - askedMs, status: answer.status };
  } finally {
    await stopProcess(child);
  }
}

/** One line for the report. `project`: where `vercel build` ran. */
export async function coldStartReport(project = ROOT): Promise<string> {
  const output = path.join(project, '.vercel/output');
  const built = path.join(output, 'functions', `${FUNCTION}.func`);
  if (!existsSync(built)) return 'not built (npx vercel build makes .vercel/output)';
  const home = mkdtempSync(path.join(os.tmpdir(), 'tollgate-cold-'));
  try {
    const folder = path.join(home, 'function');
    assemble(project, built, folder);
    const { routes } = readJson(path.join(output, 'config.json')) as OutputConfig;
    const route = routes.find(({ src, dest }) => src !== undefined && dest?.split('?')[0] === `/${FUNCTION}`);
    const timings: Timing[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      timings.push(await timeOnce([folder, route?.src ?? '^$', route?.dest ?? '']));
    }
    const middle = (read: (timing: Timing) => number) => show(median(timings.map(read)));
    const [load, first] = [middle(({ loadMs }) => loadMs), middle(({ firstAnswerMs }) => firstAnswerMs)];
    const statuses = [...new Set(timings.map(({ status }) => status))].join(', ');
    return `load ${load} ms, first answer ${first} ms (status ${statuses}; median of ${RUNS} new processes)`;
  } catch (error) {
    return `the function did not answer: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
