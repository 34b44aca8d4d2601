/** The hot path's statements on an embedded file, prepared once and kept: compiling one with its triggers costs more than running it. */
import type { InValue } from '@libsql/client';

/** A statement with named (`:name`) or numbered (`?1`) arguments. */
export interface Statement {
  readonly sql: string;
  readonly args: Readonly<Record<string, InValue>> | readonly InValue[];
}

/** Rows as arrays of column values; empty for statements that return none. */
export type Rows = readonly (readonly unknown[])[];

export interface PreparedStatements {
  /**
   * Runs statements in one transaction and returns each one's rows. All or nothing.
   * @throws SQLite's error; `SQLITE_BUSY` means that nothing was applied
   */
  transact(statements: readonly Statement[]): Rows[];
  close(): void;
}

/** Opens a connection of its own to a database file. Every call is synchronous, so it never meets the client's writes halfway. */
export async function openPrepared(file: string): Promise<PreparedStatements> {
  // Waiting for another process's lock in here would stop every stream: the caller waits instead, without blocking.
  // Loaded only here: what reaches a remote database must do without the native driver.
  const { default: Database } = await import('libsql');
  const connection = new Database(file, { timeout: 0 });
  connection.exec('PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;');
  const kept = new Map<string, { statement: ReturnType<typeof connection.prepare>; returns: boolean }>();

  function run({ sql, args }: Statement): Rows {
    let known = kept.get(sql);
    if (known === undefined) {
      const statement = connection.prepare(sql);
      known = { statement, returns: statement.reader };
      if (known.returns) statement.raw(true);
      kept.set(sql, known);
    }
    if (known.returns) return known.statement.all(args) as unknown[][];
    known.statement.run(args);
    return [];
  }

  const control = (sql: string) => run({ sql, args: [] });

  return {
    transact(statements) {
      if (statements.length === 1 && statements[0] !== undefined) return [run(statements[0])];
      control('BEGIN IMMEDIATE');
      try {
        const results = statements.map(run);
        control('COMMIT');
        return results;
      } catch (error) {
        if (connection.inTransaction) control('ROLLBACK');
        throw error;
      }
    },
    close: () => void connection.close(),
  };
}
