/** Opens the database the environment names, made and migrated first, and the account on it. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import type { AccountContext } from '@/lib/account/context';
import { readEnv } from '@/lib/env';
import { FORMATS } from '@/lib/wire/registry';
import { command, type Command } from './command';

/** `file:/a/b`, `file:a/b` and `file:///a/b` all name a path; a query is none of it. */
function pathOf(url: string): string {
  const bare = url.replace(/[?#].*$/, '');
  return bare.startsWith('file://') ? fileURLToPath(bare) : bare.slice('file:'.length);
}

export interface OpenAccount {
  readonly account: AccountContext;
  readonly close: () => void;
}

/** @throws EnvError for an unusable environment; any error of the database */
export async function openAccount(): Promise<OpenAccount> {
  const { databaseUrl, databaseAuthToken } = readEnv();
  if (databaseUrl.startsWith('file:'))
    mkdirSync(path.dirname(path.resolve(pathOf(databaseUrl))), { recursive: true });
  const database = await openDatabase(databaseUrl, databaseAuthToken);
  try {
    await migrateDatabase(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return {
    account: {
      database,
      actor: { kind: 'cli', id: '' },
      nowMs: Date.now,
      random: (bytes) => globalThis.crypto.getRandomValues(new Uint8Array(bytes)),
      // Nothing is cached here; serving processes notice changes on their next admission.
      forget: () => undefined,
      formats: FORMATS.map((format) => format.name),
    },
    close: () => database.close(),
  };
}

export const MIGRATE: Command = command({
  name: 'migrate',
  summary: 'Bring the database to the newest schema; every command does so first',
  examples: ['migrate'],
  // The query of a URL may carry a token.
  run: async () => ({ migrated: true, database: readEnv().databaseUrl.replace(/\?.*$/, '') }),
  show: ({ database }) => `${database} is at the newest schema`,
});
