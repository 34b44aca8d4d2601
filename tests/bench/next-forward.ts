/** A Next app with a single route that only forwards: the least any gateway inside Next can cost. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CACHE, cleanEnv, ROOT } from '@/tests/bench/processes';

/** Lies inside the repository, so that it finds the very same Next in node_modules. */
export const FORWARD_APP = path.join(CACHE, 'bench-next');
export const NEXT_BIN = path.join(ROOT, 'node_modules/next/dist/bin/next');
const BUILT = path.join(FORWARD_APP, '.next/bench-sources');

const ROUTE = `const HOP = ['host', 'connection', 'content-length', 'transfer-encoding', 'keep-alive'];

export async function POST(request) {
  const headers = new Headers(request.headers);
  for (const name of HOP) headers.delete(name);
  const url = process.env.UPSTREAM + new URL(request.url).pathname;
  const answer = await fetch(url, { method: 'POST', headers, body: await request.arrayBuffer(), cache: 'no-store' });
  const answerHeaders = new Headers(answer.headers);
  for (const name of HOP) answerHeaders.delete(name);
  return new Response(answer.body, { status: answer.status, headers: answerHeaders });
}
`;

/** The same switches as Tollgate's own configuration, so that only the route differs. */
const CONFIG = `export default {
  poweredByHeader: false,
  compress: false,
  skipTrailingSlashRedirect: true,
  outputFileTracingRoot: ${JSON.stringify(ROOT)},
  turbopack: { root: ${JSON.stringify(ROOT)} },
};
`;

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "bench-next", "private": true, "type": "module" }\n',
  'next.config.mjs': CONFIG,
  'app/v1/messages/route.js': ROUTE,
};

/** Writes and builds the app, once per version of Next and of this file. @throws when the build fails */
export function buildForwardApp(): void {
  const version = readFileSync(path.join(ROOT, 'node_modules/next/package.json'), 'utf8');
  const sources = createHash('sha256').update(JSON.stringify(FILES)).update(version).digest('hex');
  if (existsSync(BUILT) && readFileSync(BUILT, 'utf8') === sources) return;
  rmSync(FORWARD_APP, { recursive: true, force: true });
  for (const [name, text] of Object.entries(FILES)) {
    const file = path.join(FORWARD_APP, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  execFileSync(process.execPath, [NEXT_BIN, 'build'], { cwd: FORWARD_APP, env: cleanEnv({}), stdio: 'pipe' });
  writeFileSync(BUILT, sources);
}
