/** `npm start` on any machine with Node: installs, builds what changed, bundles the server, runs it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const INSTALLED = path.join(ROOT, 'node_modules/.tollgate-lock');
const BUILT = path.join(ROOT, '.next/tollgate-sources');
const BUNDLE = path.join(ROOT, 'dist/serve.mjs');
/** What a build depends on. */
const SOURCES = [
  'app',
  'lib',
  'db',
  'public',
  'proxy.ts',
  'postcss.config.mjs',
  'scripts/serve.ts',
  'next.config.ts',
  'tsconfig.json',
  'package-lock.json',
];

process.chdir(ROOT);
process.env.NEXT_TELEMETRY_DISABLED = '1';
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  console.error(`Tollgate needs Node 20.9 or newer (24 is recommended); this is ${process.version}.`);
  process.exit(1);
}

const run = (command, args) => execFileSync(command, args, { stdio: 'inherit', cwd: ROOT });
const digest = (files) =>
  files
    .reduce((hash, file) => hash.update(file).update(readFileSync(file)), createHash('sha256'))
    .digest('hex');
const remembered = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

function filesUnder(place) {
  if (!existsSync(place)) return [];
  if (statSync(place).isFile()) return [place];
  return readdirSync(place, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesUnder(path.join(place, entry.name)));
}

/** Installs what the lock file says, once per lock file. Not `npm ci`: it refuses locks made where another platform's binaries weren't on offer. */
export function install() {
  const lock = digest(['package-lock.json']);
  if (remembered(INSTALLED) === lock) return;
  console.log('Installing packages …');
  run('npm', ['install', '--no-save', '--no-fund', '--no-audit']);
  writeFileSync(INSTALLED, lock);
}

/** Builds pages and server bundle when a source changed since the last build. */
export async function build() {
  const sources = digest(SOURCES.flatMap(filesUnder));
  if (remembered(BUILT) === sources && existsSync(BUNDLE)) return;
  console.log('Building …');
  run(process.execPath, ['node_modules/next/dist/bin/next', 'build']);
  const { build: bundle } = await import('esbuild');
  mkdirSync(path.dirname(BUNDLE), { recursive: true });
  await bundle({
    entryPoints: ['scripts/serve.ts'],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
  });
  writeFileSync(BUILT, sources);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  install();
  await build();
  if (process.argv.includes('--build-only')) process.exit(0);
  process.env.NODE_ENV ??= 'production';
  await import(pathToFileURL(BUNDLE).href);
}
