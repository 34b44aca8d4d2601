/** Opens the database: an embedded libSQL file, or Turso over HTTP. Native code is loaded for `file:` URLs alone. */
import type { Client } from '@libsql/client';
import { drizzle } from 'drizzle-orm/libsql/web';
import type { LibSQLDatabase } from 'drizzle-orm/libsql';
import { type PreparedStatements, openPrepared } from './prepared';
import * as schema from './schema';

/** How long SQLite itself waits for another process's lock; it blocks this process meanwhile, so keep it short. */
const BUSY_TIMEOUT_MS = 200;

export interface Database {
  readonly client: Client;
  readonly orm: LibSQLDatabase<typeof schema>;
  /** `true` for an embedded file: calls are synchronous inside and have no network. */
  readonly embedded: boolean;
  /** The hot path's statements, kept prepared; `null` where the database isn't a file of ours. */
  readonly prepared: PreparedStatements | null;
  close(): void;
}

/** The path in a `file:` URL; `null` for memory and for URLs with parameters. */
function fileOf(url: string): string | null {
  const file = url.replace(/^file:(\/\/)?/, '');
  return !url.startsWith('file:') || file === '' || /[?#]|:memory:/.test(file)
    ? null
    : decodeURIComponent(file);
}

/** SQLite makes the file but not the folder it lies in. */
async function makeFolder(file: string): Promise<void> {
  const [fs, path] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  await fs.mkdir(path.dirname(file), { recursive: true });
}

async function openClient(url: string, authToken: string | undefined): Promise<Client> {
  if (url.startsWith('file:') || url === ':memory:') {
    const file = fileOf(url);
    if (file !== null) await makeFolder(file);
    const { createClient } = await import('@libsql/client/sqlite3');
    // One connection: pragmas are per connection, and an in-process write never meets its own lock.
    const client = createClient({ url, concurrency: 1, timeout: BUSY_TIMEOUT_MS });
    // WAL with NORMAL loses nothing when the process dies; a power cut may take the last moments.
    await client.executeMultiple(
      'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;',
    );
    return client;
  }
  const { createClient } = await import('@libsql/client/web');
  return createClient(authToken === undefined ? { url } : { url, authToken });
}

/**
 * Opens a database by URL (`file:…`, `libsql://…`, `https://…`).
 * @throws when a file cannot be opened; a remote URL is first contacted by the first query.
 */
export async function openDatabase(url: string, authToken?: string): Promise<Database> {
  const client = await openClient(url, authToken);
  const file = fileOf(url);
  const prepared = file === null ? null : await openPrepared(file);
  return {
    client,
    orm: drizzle({ client, schema }),
    embedded: client.protocol === 'file',
    prepared,
    close: () => {
      prepared?.close();
      client.close();
    },
  };
}
