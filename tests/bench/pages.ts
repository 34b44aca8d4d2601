/** How long the pages take on a database of millions of calls: signed in as different customers, one page after another. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createClient } from '@libsql/client';
import { textOf } from '@/db/queries/row';
import { quantile } from '@/tests/bench/figures';
import { CACHE, cleanEnv, freePort, ROOT, start } from '@/tests/bench/processes';
import { type Row, show, table } from '@/tests/bench/tables';
import { buildTollgate } from '@/tests/bench/tollgate';

const PAGES = ['/usage', '/usage?range=30d', '/logs'];
/** 95 of 100 visits must be answered within it. */
const GOAL_MS = 200;
const VISITS = 200;
const QUICK_VISITS = 60;
const ROWS = 10_000_000;
const QUICK_ROWS = 200_000;
/** Fewer than the sign-ins that one address may make a minute. */
const CUSTOMERS = 20;
const WARM_UP_VISITS = 10;
const VISIT_TIMEOUT_MS = 30_000;
/** How much of an unexpected answer is shown. */
const PROBLEM_CHARS = 200;

export interface PagesWanted {
  readonly quick: boolean;
  /** A seeded database; `null`: one is made and kept for the day. */
  readonly databaseUrl: string | null;
  /** Where the server's log goes. */
  readonly folder: string;
}

/** A database of today's, made by the first run and kept for the day's others: ten million calls take minutes. */
function seededToday(rows: number): string {
  const folder = path.join(CACHE, 'bench');
  const name = `pages-${rows}-${new Date().toISOString().slice(0, 10)}.db`;
  const url = `file:${path.join(folder, name)}`;
  mkdirSync(folder, { recursive: true });
  if (existsSync(path.join(folder, name))) return url;
  for (const old of readdirSync(folder))
    if (old.startsWith(`pages-${rows}-`)) rmSync(path.join(folder, old), { force: true });
  const args = ['--import', 'tsx', 'scripts/seed.ts', '--rows', String(rows), '--database', url];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, env: cleanEnv({}), stdio: 'inherit' });
  if (status === 0) return url;
  rmSync(path.join(folder, name), { force: true });
  throw new Error('the database could not be seeded');
}

/** The heaviest customer, and others down to the lightest; all may sign in. */
async function chooseCustomers(url: string): Promise<string[]> {
  const client = createClient({ url });
  try {
    const { rows } = await client.execute(
      `SELECT u.id FROM users u JOIN usage_months m ON m.user_id = u.id WHERE u.suspended_at IS NULL
       GROUP BY u.id ORDER BY sum(m.requests) DESC`,
    );
    const ids = rows.map(({ id }) => textOf(id));
    // As unevenly spread as the calls are: half of the visits are to the heaviest tenth.
    const picked = Array.from({ length: CUSTOMERS }, (_, at) =>
      Math.floor((ids.length - 1) * (at / (CUSTOMERS - 1)) ** 3),
    );
    return [...new Set(picked)].flatMap((at) => ids[at] ?? []);
  } finally {
    client.close();
  }
}

interface Site {
  readonly baseUrl: string;
  readonly adminToken: string;
}

/** A customer's cookie, by a one-time link of the management API. */
async function signIn({ baseUrl, adminToken }: Site, customer: string): Promise<string> {
  const made = await fetch(`${baseUrl}/api/admin/users/${encodeURIComponent(customer)}/sign-in-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const text = await made.text();
  if (made.status !== 201) throw new Error(`no link for ${customer}: ${text.slice(0, PROBLEM_CHARS)}`);
  const { url } = JSON.parse(text) as { url: string };
  const secret = new URL(url).searchParams.get('secret') ?? '';
  const answer = await fetch(`${baseUrl}/sign-in/link/use`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: baseUrl },
    body: new URLSearchParams({ secret }),
  });
  const [cookie] = answer.headers.getSetCookie();
  if (cookie === undefined) throw new Error(`${customer} could not sign in: status ${answer.status}`);
  return cookie.split(';')[0] ?? '';
}

/** Milliseconds until the page is whole. @throws when it is no page */
async function visit({ baseUrl }: Site, page: string, cookie: string): Promise<number> {
  const startedMs = performance.now();
  const answer = await fetch(baseUrl + page, {
    headers: { cookie, accept: 'text/html' },
    redirect: 'manual',
    signal: AbortSignal.timeout(VISIT_TIMEOUT_MS),
  });
  const text = await answer.text();
  const tookMs = performance.now() - startedMs;
  if (answer.status === 200 && text.includes('</html>')) return tookMs;
  throw new Error(`${page}: status ${answer.status}, ${text.slice(0, PROBLEM_CHARS)}`);
}

interface Visits {
  readonly page: string;
  readonly tookMs: readonly number[];
  readonly heaviestMs: readonly number[];
}

async function visitAll(
  site: Site,
  page: string,
  cookies: readonly string[],
  visits: number,
): Promise<Visits> {
  const tookMs: number[] = [];
  const heaviestMs: number[] = [];
  for (let round = -WARM_UP_VISITS; round < visits; round += 1) {
    const at = Math.abs(round) % cookies.length;
    const ms = await visit(site, page, cookies[at] ?? '');
    if (round < 0) continue;
    tookMs.push(ms);
    if (at === 0) heaviestMs.push(ms);
  }
  return { page, tookMs, heaviestMs };
}

function report(measured: readonly Visits[], customers: number, rows: number): string {
  const head = ['', 'visits', 'p50 ms', 'p95 ms', 'slowest', 'heaviest customer p50', `p95 ≤ ${GOAL_MS} ms`];
  const lines = measured.map(({ page, tookMs, heaviestMs }): Row => {
    const p95 = quantile(tookMs, 0.95);
    return [
      page,
      String(tookMs.length),
      show(quantile(tookMs, 0.5), 1),
      show(p95, 1),
      show(Math.max(...tookMs), 1),
      show(quantile(heaviestMs, 0.5), 1),
      p95 <= GOAL_MS ? 'yes' : 'NO',
    ];
  });
  const title = `Pages on ${rows.toLocaleString('en-GB')} calls, visited by ${customers} customers`;
  return table(title, head, lines);
}

async function countCalls(url: string): Promise<number> {
  const client = createClient({ url });
  const { rows } = await client.execute('SELECT sum(requests + refusals) AS calls FROM provider_hours');
  client.close();
  return Number(rows[0]?.['calls']);
}

/** Prints the table; returns what went wrong. */
export async function comparePages({ quick, databaseUrl, folder }: PagesWanted): Promise<string[]> {
  const url = databaseUrl ?? seededToday(quick ? QUICK_ROWS : ROWS);
  const customers = await chooseCustomers(url);
  buildTollgate();
  const port = await freePort();
  const site: Site = { baseUrl: `http://127.0.0.1:${port}`, adminToken: randomBytes(24).toString('hex') };
  const server = await start({
    name: 'pages',
    args: [path.join(ROOT, 'scripts/start.mjs')],
    env: {
      PORT: String(port),
      HOST: '127.0.0.1',
      TURSO_DATABASE_URL: url,
      TURSO_AUTH_TOKEN: '',
      TOLLGATE_SANDBOX: 'on',
      TOLLGATE_ADMIN_TOKEN: site.adminToken,
      ANTHROPIC_API_KEY: '',
      GEMINI_API_KEY: '',
      OPENAI_API_KEY: '',
      OPENROUTER_API_KEY: '',
      UPSTASH_REDIS_REST_URL: '',
      UPSTASH_REDIS_REST_TOKEN: '',
    },
    folder,
    probe: async () => void (await (await fetch(`${site.baseUrl}/health`)).text()),
  });
  try {
    const cookies: string[] = [];
    for (const customer of customers) cookies.push(await signIn(site, customer));
    const measured: Visits[] = [];
    for (const page of PAGES)
      measured.push(await visitAll(site, page, cookies, quick ? QUICK_VISITS : VISITS));
    console.log(report(measured, customers.length, await countCalls(url)));
    return measured
      .filter(({ tookMs }) => !(quantile(tookMs, 0.95) <= GOAL_MS))
      .map(({ page }) => `${page} took longer than ${GOAL_MS} ms at p95`);
  } finally {
    await server.stop();
  }
}
