/** `npm run seed -- [--rows n] [--customers n] [--days n] …`: fills an embedded database with made-up customers and calls to look at. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Database, openDatabase } from '@/db/client';
import type { AccountContext } from '@/lib/account/context';
import { createToken } from '@/lib/account/create-token';
import { fillDatabase, type Filled } from './seed/fill';

const DEFAULTS = { rows: 200_000, customers: 1_000, days: 90, seed: 1, database: 'file:.data/seed.db' };
/** Fewer could not bring eight customers to their thresholds. */
const LEAST_ROWS = 1_000;
const MB = 1024 * 1024;

const HELP = `npm run seed -- [--rows n] [--customers n] [--days n] [--database file:…] [--seed n] [--until <instant>] [--force]

  --rows       calls (${DEFAULTS.rows})
  --customers  who made them: the first a great many, the last a few (${DEFAULTS.customers})
  --days       over how many days, today included (${DEFAULTS.days})
  --database   an embedded database (${DEFAULTS.database}); made when it isn't there
  --seed       the same number makes the same customers and calls again (${DEFAULTS.seed})
  --until      the end of the last day's calls (now)
  --force      add to a database that holds customers
`;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function wholeNumber(name: string, text: string | undefined, otherwise: number, least: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} takes a whole number from ${least} on, not "${text}"`);
}

function fileOf(url: string): string {
  if (!url.startsWith('file:') || /[?#]/.test(url))
    throw new Error(`--database takes a file: URL, not "${url}"`);
  return path.resolve(url.replace(/^file:(\/\/)?/, ''));
}

function optionsFrom(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: text,
      customers: text,
      days: text,
      database: text,
      seed: text,
      until: text,
      force: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const untilMs = values.until === undefined ? Date.now() : Date.parse(values.until);
  if (Number.isNaN(untilMs)) throw new Error(`--until takes an instant, not "${values.until}"`);
  return {
    help: values.help === true,
    force: values.force === true,
    file: fileOf(values.database ?? DEFAULTS.database),
    rows: wholeNumber('rows', values.rows, DEFAULTS.rows, LEAST_ROWS),
    customers: wholeNumber('customers', values.customers, DEFAULTS.customers, 1),
    days: wholeNumber('days', values.days, DEFAULTS.days, 1),
    seed: wholeNumber('seed', values.seed, DEFAULTS.seed, 0),
    untilMs,
  };
}

function accountOn(database: Database): AccountContext {
  return {
    database,
    actor: { kind: 'cli', id: 'seed' },
    nowMs: Date.now,
    random: (bytes) => globalThis.crypto.getRandomValues(new Uint8Array(bytes)),
    forget: () => undefined,
  };
}

/**
 * Brings the database to the newest schema and tells whether anybody is in it. A process of its own:
 * what opened a file in this one could keep it from being written to alone.
 */
function holdsCustomers(file: string): boolean {
  const args = ['--import', 'tsx', 'scripts/tollgate.ts', 'users', 'list', '--limit', '1', '--json'];
  // Named here, the database wins over what a developer's own `.env` says.
  const env = { ...process.env, TURSO_DATABASE_URL: `file:${file}`, TURSO_AUTH_TOKEN: '' };
  const printed = execFileSync(process.execPath, args, { env, encoding: 'utf8' });
  return (JSON.parse(printed) as { data: unknown[] }).data.length > 0;
}

async function describe(file: string, { customers }: Filled): Promise<string> {
  const heaviest = customers[0];
  if (heaviest === undefined) return '';
  const database = await openDatabase(`file:${file}`);
  const { token } = await createToken(accountOn(database), { user: heaviest.id, name: 'looking around' });
  database.close();
  const aims = customers.flatMap(({ id, aim }) =>
    aim === null
      ? []
      : [`  ${id}: ${Math.round(aim.share * 100)} % of its ${aim.cap === 'tokens' ? 'token' : 'money'} cap`],
  );
  return [
    '',
    `Its heaviest customer: ${heaviest.id}`,
    `A token of it, shown once; sign in with it: ${token}`,
    ...(aims.length > 0 ? ['This month at a threshold:', ...aims] : []),
    '',
    'Serve it:',
    `  TURSO_DATABASE_URL=file:${file} TOLLGATE_SANDBOX=on npm start`,
  ].join('\n');
}

async function main(): Promise<void> {
  const options = optionsFrom(process.argv.slice(2));
  if (options.help) return say(HELP);
  const startedMs = performance.now();
  const isNew = !existsSync(options.file);
  if (holdsCustomers(options.file) && !options.force)
    throw new Error(
      `${options.file} holds customers already; --force adds the seeded ones, or name another --database`,
    );
  say(`${isNew ? 'Making' : 'Filling'} ${options.file}: ${options.rows.toLocaleString('en-GB')} calls`);
  const filled = fillDatabase({ ...options, say });
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  const size = Math.round(statSync(options.file).size / MB);
  say(
    `${filled.rows.toLocaleString('en-GB')} calls in ${filled.sessions.toLocaleString('en-GB')} sessions of ${filled.customers.length} customers: ${size} MB in ${seconds} s`,
  );
  say(await describe(options.file, filled));
}

await main().catch((error: unknown) => {
  process.stderr.write(`seed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
