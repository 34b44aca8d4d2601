/** Brings a database to the newest schema; safe to call at every start and from several processes at once. */
import path from 'node:path';
import { migrate } from 'drizzle-orm/libsql/migrator';
import type { Database } from './client';
import { withBusyRetry } from './retry';

const DEFAULT_FOLDER = path.join(process.cwd(), 'drizzle');

/** Applies the migrations under `drizzle/` that the database has not seen. */
export async function migrateDatabase(
  database: Database,
  migrationsFolder: string = DEFAULT_FOLDER,
): Promise<void> {
  const apply = () => withBusyRetry(() => migrate(database.orm, { migrationsFolder }));
  // Two processes may start at once; whoever came second finds the work done on its second look.
  await apply().catch(apply);
}
