/** Installs Portkey's gateway into an ignored folder: a comparison, never a dependency. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CACHE } from '@/tests/bench/processes';

/** Pinned, so that two runs compare with the same thing. */
const VERSION = '1.15.2';
/** Newer ones within the range it asks for break its streams: it writes to headers that they made read-only. */
const HONO_SERVER = '1.13.0';
const FOLDER = path.join(CACHE, 'bench-portkey');
const INSTALL_TIMEOUT_MS = 180_000;

/** The file that starts it. @throws with npm's own words when it cannot be installed */
export function installPortkey(): string {
  const entry = path.join(FOLDER, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const manifest = path.join(FOLDER, 'package.json');
  const dependencies = { '@portkey-ai/gateway': VERSION };
  const wanted = JSON.stringify({
    private: true,
    dependencies,
    overrides: { '@hono/node-server': HONO_SERVER },
  });
  if (existsSync(entry) && readFileSync(manifest, 'utf8') === wanted) return entry;
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(manifest, wanted);
  const args = ['install', '--no-save', '--no-fund', '--no-audit', '--ignore-scripts'];
  execFileSync('npm', args, { cwd: FOLDER, stdio: 'pipe', timeout: INSTALL_TIMEOUT_MS });
  return entry;
}
