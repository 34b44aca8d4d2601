/** `npm run screenshots`: the README's pictures, taken of a seeded database in the system's Chromium. Run it after a change of looks. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '@/db/client';
import { textOf } from '@/db/queries/row';
import { createToken } from '@/lib/account/create-token';
import { launchChromium } from '@/tests/support/chromium';

const FOLDER = path.resolve('public/screenshots');
/** Wide enough for every column, and small enough to read in a README. */
const VIEWPORT = { width: 1200, height: 800 };
const PAGE_HEIGHT = 1_240;
/** Calls and customers enough for charts to look like life. */
const SEED = ['--rows', '40000', '--customers', '12', '--days', '45', '--seed', '7'];
const ANNOUNCED = /Tollgate is listening on (http:\/\/\S+)/;

/** A conversation with several calls, of the customer whose token is at hand. */
const TELLING_SESSION = `SELECT key FROM sessions WHERE user_id = ? AND requests BETWEEN 6 AND 14 AND running = 0 AND parent_key IS NULL ORDER BY last_at DESC LIMIT 1`;
/** Somebody who is near a cap without having reached it. */
const TELLING_CUSTOMER = `SELECT u.id FROM users u JOIN plan_limits p ON p.plan = u.plan JOIN usage_months m ON m.user_id = u.id
WHERE m.month = strftime('%Y-%m', 'now') AND m.nano_usd_committed * 100 BETWEEN p.monthly_cost_cents * 10000000 * 40 AND p.monthly_cost_cents * 10000000 * 90
ORDER BY m.requests DESC LIMIT 1`;

async function serve(databaseUrl: string): Promise<{ baseUrl: string; stop: () => void }> {
  const env = {
    ...process.env,
    PORT: '0',
    HOST: '127.0.0.1',
    TURSO_DATABASE_URL: databaseUrl,
    ANTHROPIC_API_KEY: 'never-used',
  };
  const child = spawn(process.execPath, ['scripts/start.mjs'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const baseUrl = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      const url = ANNOUNCED.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
  return { baseUrl, stop: () => void child.kill('SIGTERM') };
}

const folder = mkdtempSync(path.join(tmpdir(), 'tollgate-screenshots-'));
const databaseUrl = `file:${path.join(folder, 'seed.db')}`;
execFileSync(process.execPath, ['--import', 'tsx', 'scripts/seed.ts', ...SEED, '--database', databaseUrl], {
  stdio: 'inherit',
});
const database = await openDatabase(databaseUrl);
const user = textOf((await database.client.execute(TELLING_CUSTOMER)).rows[0]?.['id']);
const [called] = (await database.client.execute({ sql: TELLING_SESSION, args: [user] })).rows;
const session = textOf(called?.['key']);
const account = {
  database,
  actor: { kind: 'cli', id: '' } as const,
  nowMs: Date.now,
  random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
  forget: () => undefined,
};
const { token } = await createToken(account, { user, name: 'laptop' });
database.close();

const [server, browser] = [await serve(databaseUrl), await launchChromium()];
const context = await browser.newContext({
  viewport: VIEWPORT,
  baseURL: server.baseUrl,
  timezoneId: 'UTC',
  locale: 'en-US',
});
const page = await context.newPage();
await page.goto('/sign-in');
await page.getByLabel('Gateway token').fill(token);
await page.getByRole('button', { name: 'Sign in' }).click();
await page.waitForURL('**/usage');
mkdirSync(FOLDER, { recursive: true });
for (const [name, address] of [
  ['usage', '/usage?range=30d'],
  ['logs', `/logs/${encodeURIComponent(session)}`],
] as const) {
  await page.goto(address, { waitUntil: 'networkidle' });
  const clip = { x: 0, y: 0, width: VIEWPORT.width, height: PAGE_HEIGHT };
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`), fullPage: true, clip });
  console.log(`public/screenshots/${name}.png`);
}
await browser.close();
server.stop();
rmSync(folder, { recursive: true, force: true });
