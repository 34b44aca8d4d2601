/** Builds the project as Vercel does, offline and in a copy, and boots a built function as Vercel's Node runtime does. */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT, projectFiles } from '@/tests/support/project-files';

const CLI_VERSION = '60.0.0';
const CLI_FOLDER = path.join(ROOT, '.cache/vercel');
/** What a linked project has; packages are there already, so the build needs no network. */
const PROJECT = {
  projectId: 'x',
  orgId: 'x',
  settings: { framework: 'nextjs', installCommand: 'echo installed' },
};

export interface FunctionConfig {
  readonly handler: string;
  readonly runtime: string;
  readonly maxDuration?: number;
  readonly supportsCancellation?: boolean;
  readonly supportsResponseStreaming?: boolean;
  /** Path inside the function → path inside the project. */
  readonly filePathMap?: Readonly<Record<string, string>>;
}

export interface OutputConfig {
  readonly routes: readonly { readonly src?: string; readonly dest?: string }[];
  readonly crons?: readonly { readonly path: string; readonly schedule: string }[];
}

export interface VercelOutput {
  readonly config: OutputConfig;
  /** By name, e.g. `api/[...path]`. */
  readonly functions: ReadonlyMap<string, FunctionConfig>;
  /** Every file that is deployed with a function, by its path inside it. */
  filesOf(name: string): string[];
  /** Starts a function in a process of its own. @throws when it does not load */
  boot(name: string, env: Readonly<Record<string, string>>): Promise<BootedFunction>;
  remove(): void;
}

export interface BootedFunction {
  readonly url: string;
  /** How long the function's code took to load. */
  readonly loadMs: number;
  /** Everything it wrote to the console so far. */
  console(): string;
  /** Resolves when the background work is done too, with the exit code. */
  stop(): Promise<number | null>;
}

function cli(): string {
  const entry = path.join(CLI_FOLDER, 'node_modules/vercel/dist/index.js');
  const manifest = path.join(CLI_FOLDER, 'node_modules/vercel/package.json');
  const found = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
    : null;
  if (found === CLI_VERSION) return entry;
  mkdirSync(CLI_FOLDER, { recursive: true });
  writeFileSync(path.join(CLI_FOLDER, 'package.json'), '{ "private": true }\n');
  const quietly = ['--no-fund', '--no-audit', '--ignore-scripts', '--no-package-lock'];
  execFileSync('npm', ['install', ...quietly, `vercel@${CLI_VERSION}`], { cwd: CLI_FOLDER, stdio: 'pipe' });
  return entry;
}

/** A hard link where possible: copying the packages would take longer than building. */
function place(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) return symlinkSync(readlinkSync(from), to);
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to);
  }
}

function placeTree(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) placeTree(source, target);
    else place(source, target);
  }
}

/** @throws with the CLI's output when the build fails */
export function buildForVercel(): VercelOutput {
  const entry = cli();
  const home = mkdtempSync(path.join(tmpdir(), 'tollgate-vercel-'));
  const app = path.join(home, 'app');
  // Sources are copied: the build rewrites some of them in place.
  for (const file of projectFiles()) cpSync(path.join(ROOT, file), path.join(app, file), { recursive: true });
  placeTree(path.join(ROOT, 'node_modules'), path.join(app, 'node_modules'));
  mkdirSync(path.join(app, '.vercel'));
  writeFileSync(path.join(app, '.vercel/project.json'), JSON.stringify(PROJECT));
  const env = {
    PATH: process.env['PATH'] ?? '',
    // Nobody's login, and nothing of the machine's environment.
    HOME: home,
    NODE_ENV: 'production' as const,
    VERCEL: '1',
    VERCEL_TELEMETRY_DISABLED: '1',
    NEXT_TELEMETRY_DISABLED: '1',
    NO_UPDATE_NOTIFIER: '1',
    CI: '1',
  };
  try {
    execFileSync(process.execPath, [entry, 'build', '--yes'], {
      cwd: app,
      env,
      stdio: 'pipe',
      encoding: 'utf8',
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    rmSync(home, { recursive: true, force: true });
    throw new Error(`vercel build failed:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
  return readOutput(home, app);
}

function readOutput(home: string, app: string): VercelOutput {
  const output = path.join(app, '.vercel/output');
  const json = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const config = json(path.join(output, 'config.json')) as OutputConfig;
  const functions = new Map<string, FunctionConfig>();
  const folderOf = (name: string): string => path.join(output, 'functions', `${name}.func`);
  const collect = (under: string): void => {
    for (const entry of readdirSync(path.join(output, 'functions', under), { withFileTypes: true })) {
      const name = path.posix.join(under, entry.name);
      if (entry.isFile()) continue;
      if (!name.endsWith('.func')) collect(name);
      else
        functions.set(
          name.slice(0, -'.func'.length),
          json(path.join(output, 'functions', name, '.vc-config.json')) as FunctionConfig,
        );
    }
  };
  collect('');

  const ownFiles = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));

  return {
    config,
    functions,
    filesOf: (name) => [...ownFiles(folderOf(name)), ...Object.keys(functions.get(name)?.filePathMap ?? {})],
    boot(name, env) {
      const route = config.routes.find(
        ({ src, dest }) => src !== undefined && dest?.split('?')[0] === `/${name}`,
      );
      const folder = path.join(mkdtempSync(path.join(home, 'boot-')), 'function');
      placeTree(folderOf(name), folder);
      // Only what is deployed: a file that the build forgot must be missed here as it would be there.
      for (const [to, from] of Object.entries(functions.get(name)?.filePathMap ?? {})) {
        place(path.join(app, from), path.join(folder, to));
      }
      return bootFunction([folder, route?.src ?? '^$', route?.dest ?? ''], { ...env, VERCEL: '1' });
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

async function bootFunction(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<BootedFunction> {
  const runtime = path.join(ROOT, 'tests/support/vercel-runtime.mjs');
  const child = spawn(process.execPath, [runtime, ...args], {
    env: { NODE_ENV: 'production', ...env },
    stdio: 'pipe',
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let written = '';
  child.stderr.on('data', (chunk: Buffer) => (written += chunk.toString('utf8')));
  const first = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.once('line', resolve);
    lines.on('line', (line) => (written += `${line}\n`));
    child.once('exit', (code) => reject(new Error(`the function ended with ${code}: ${written}`)));
  });
  const { port, loadMs } = JSON.parse(first) as { port: number; loadMs: number };
  return {
    url: `http://127.0.0.1:${port}`,
    loadMs,
    console: () => written,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
