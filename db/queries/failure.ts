/** Tells failures of the database from mistakes in the code. */
import { LibsqlError } from '@libsql/client/web';
import { DrizzleQueryError } from 'drizzle-orm';

/** Whether the database failed or can't be reached; a broken constraint is a mistake of ours instead. */
export function isDatabaseFailure(error: unknown): boolean {
  if (error instanceof LibsqlError) return !error.code.startsWith('SQLITE_CONSTRAINT');
  // The HTTP client passes on what fetch threw: a TypeError caused by the network.
  if (error instanceof TypeError) return error.cause instanceof Error;
  return (
    error instanceof DrizzleQueryError &&
    !(error.cause instanceof LibsqlError && !isDatabaseFailure(error.cause))
  );
}

/** The reason without the query's parameters, which are customers' data. */
export function failureReason(error: unknown): string {
  if (error instanceof DrizzleQueryError) return failureReason(error.cause);
  return error instanceof Error ? error.message : String(error);
}
