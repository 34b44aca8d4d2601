/** `npm test` on any machine with Node: installs what is missing, runs every check, adds the results up. `-- --only lint,unit` picks. */
import { execFileSync, spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { install } from './start.mjs';

const REPORTS = path.resolve('.cache/test');
/** A step that hangs must not hold the others up; the longest takes a third of this where nothing else runs. */
const STEP_LIMIT_MS = 20 * 60_000;
/** Steps that run side by side; most of them use one core and a bit. */
const LANES = Math.max(1, Math.min(2, os.availableParallelism()));

/** Node of a package's own command, so that no shell and no `npx` stands between. */
const command = (file, ...args) => [process.execPath, path.join('node_modules', file), ...args];
const oxfmt = command('oxfmt/bin/oxfmt', '--check');
const oxlint = command('oxlint/bin/oxlint', '--type-aware', '--deny-warnings');
const tsc = (config) => command('typescript/bin/tsc', '--noEmit', '-p', config);
const vitest = (project) => ({
  name: project,
  run: command(
    'vitest/vitest.mjs',
    'run',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportOf(project)}`,
  ),
  counts: () => testCounts(project),
});
const reportOf = (project) => path.join(REPORTS, `${project}.json`);

/** In starting order, the long ones early. `after: build`: reads what the build writes, or would build at the same time. */
const STEPS = [
  { name: 'build', run: ['npm', 'run', '--silent', 'build'] },
  vitest('unit'),
  { ...vitest('contract'), after: 'build', needs: ['redis-server', 'openssl'] },
  { ...vitest('e2e'), after: 'build', needs: ['chromium', 'curl'] },
  { ...vitest('flows'), after: 'build', needs: ['openssl'] },
  { ...vitest('vercel'), needs: ['git'] },
  vitest('db'),
  { name: 'format', run: oxfmt },
  { ...vitest('architecture'), needs: ['git'] },
  { name: 'lint', run: oxlint, after: 'build' },
  { name: 'types', run: tsc('tsconfig.json'), after: 'build' },
  { name: 'types-core', run: tsc('tsconfig.core.json') },
  { name: 'knip', run: command('knip/bin/knip.js') },
];

/** Debian package → commands that do its work. */
const TOOLS = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  'redis-server': ['redis-server'],
  openssl: ['openssl'],
  curl: ['curl'],
  git: ['git'],
};

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function which(names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find(isExecutable);
}

function missingTools(steps) {
  const needed = new Set(steps.flatMap((step) => step.needs ?? []));
  if (process.env.CHROMIUM_PATH !== undefined) needed.delete('chromium');
  return [...needed].filter((name) => which(TOOLS[name]) === undefined);
}

/** Without them their steps fail by name; with root and apt they are installed. */
function installTools(steps) {
  const missing = missingTools(steps);
  if (missing.length === 0) return;
  const line = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || which(['apt-get']) === undefined) {
    console.log(`Missing: ${missing.join(', ')}. Their tests will fail; install them first:\n  sudo ${line}`);
    return;
  }
  console.log(`Installing Debian packages: ${missing.join(', ')} …`);
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  try {
    execFileSync('apt-get', ['update', '-q'], options);
    execFileSync('apt-get', line.split(' ').slice(1), options);
  } catch (error) {
    console.log(`They could not be installed: ${error.message}`);
  }
}

/** A start with NODE_ENV=production leaves the development packages out, and the install counts as done. */
function installPackages() {
  install();
  if (existsSync('node_modules/vitest/package.json')) return;
  execFileSync('npm', ['install', '--include=dev', '--no-save', '--no-fund', '--no-audit'], {
    stdio: 'inherit',
  });
}

/** What a vitest run reported; a file that does not even load counts as one failed test. */
function testCounts(project) {
  if (!existsSync(reportOf(project))) return { passed: 0, failed: 0, skipped: [] };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(reportOf(project), 'utf8'));
  const tests = testResults.flatMap((file) => file.assertionResults);
  const broken = testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped: tests.filter((test) => !['passed', 'failed'].includes(test.status)).map((test) => test.fullName),
  };
}

/** Runs one step to its end; never rejects. */
function runStep(step) {
  const startedAtMs = performance.now();
  return new Promise((resolve) => {
    const [file, ...args] = step.run;
    // A group of its own, so that a step that hangs goes with everything it started.
    const env = { ...process.env, NO_COLOR: '1', NEXT_TELEMETRY_DISABLED: '1' };
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    const limit = setTimeout(() => {
      output += `\nStopped after ${STEP_LIMIT_MS / 60_000} minutes.\n`;
      process.kill(-child.pid, 'SIGKILL');
    }, STEP_LIMIT_MS);
    const finish = (succeeded) => {
      clearTimeout(limit);
      const { passed = 0, failed = 0, skipped = [] } = step.counts?.() ?? { passed: succeeded ? 1 : 0 };
      // A run can fail without a failed test: an unhandled error, or no test at all.
      const counted = succeeded ? failed : Math.max(1, failed);
      resolve({
        step,
        passed,
        failed: counted,
        skipped,
        output,
        seconds: (performance.now() - startedAtMs) / 1000,
      });
    };
    child.once('error', (error) => {
      output += error.message;
      finish(false);
    });
    child.once('close', (code) => finish(code === 0));
  });
}

function show({ step, passed, failed, skipped, output, seconds }) {
  const tests =
    step.counts === undefined ? '' : `${passed} passed${failed === 0 ? '' : `, ${failed} failed`}`;
  console.log(
    `${failed === 0 ? '✓' : '✗'} ${step.name.padEnd(14)}${`${seconds.toFixed(1)} s`.padStart(8)}   ${tests}`,
  );
  for (const name of skipped) console.log(`    skipped: ${name}`);
  if (failed > 0) console.log(`\n${output.trim()}\n`);
}

/** Runs steps side by side; one that waits for another lets later ones pass. */
async function runAll(steps) {
  const waiting = [...steps];
  const done = new Set();
  const results = [];
  const isReady = ({ after }) =>
    after === undefined || done.has(after) || !steps.some(({ name }) => name === after);
  const running = new Map();
  while (waiting.length > 0 || running.size > 0) {
    const next = running.size < LANES ? waiting.find(isReady) : undefined;
    if (next !== undefined) {
      waiting.splice(waiting.indexOf(next), 1);
      running.set(next.name, runStep(next));
      continue;
    }
    const result = await Promise.race(running.values());
    running.delete(result.step.name);
    done.add(result.step.name);
    results.push(result);
    show(result);
  }
  return results;
}

function chosenSteps() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const names = values.only?.split(',');
  const unknown = names?.filter((name) => !STEPS.some((step) => step.name === name)) ?? [];
  if (unknown.length === 0) return STEPS.filter(({ name }) => names?.includes(name) ?? true);
  console.error(
    `There is no step ${unknown.join(', ')}; there are ${STEPS.map(({ name }) => name).join(', ')}.`,
  );
  return process.exit(2);
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

const steps = chosenSteps();
installPackages();
installTools(steps);
process.env.CHROMIUM_PATH ??= which(TOOLS.chromium) ?? '';
if (process.env.CHROMIUM_PATH === '') delete process.env.CHROMIUM_PATH;
rmSync(REPORTS, { recursive: true, force: true });
mkdirSync(REPORTS, { recursive: true });
const results = await runAll(steps);

const skipped = results.flatMap((result) => result.skipped);
const failing = results.filter((result) => result.failed > 0).map(({ step }) => step.name);
if (skipped.length > 0) console.log(`\nSkipped: ${skipped.join('; ')}`);
if (failing.length > 0) console.log(`\nFailing: ${failing.join(', ')}`);
const [passed, failed] = [sum(results.map((one) => one.passed)), sum(results.map((one) => one.failed))];
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
