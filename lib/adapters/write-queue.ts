/** Groups writes to the embedded database: statements that arrive in one turn of the event loop share one commit. */
import type { InStatement } from '@libsql/client';
import type { Database } from '@/db/client';
import type { Rows, Statement } from '@/db/prepared';
import { isBusy, withBusyRetry } from '@/db/retry';

/** Statements in one commit: enough to share its cost, few enough not to hold the lock or the event loop long. */
const LARGEST_GROUP = 32;

interface Waiting {
  readonly statement: Statement;
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue {
  #waiting: Waiting[] = [];
  #scheduled = false;

  constructor(private readonly database: Database) {}

  /** Runs one statement and returns its rows; rejects with the database's own error. */
  run(statement: Statement): Promise<Rows> {
    // Remote round trips run side by side; grouping them would only make calls wait for each other.
    if (this.database.prepared === null) return this.#runAlone(statement);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) await this.#runGroup(this.#waiting.splice(0, LARGEST_GROUP));
    this.#scheduled = false;
  }

  async #runGroup(group: readonly Waiting[]): Promise<void> {
    if (group.length > 1) {
      try {
        const results = await this.#transact(group.map((waiting) => waiting.statement));
        for (const [index, rows] of results.entries()) group[index]?.resolve(rows);
        return;
      } catch {
        // Nothing of the group was applied; one statement may be the culprit, so each gets its own answer below.
      }
    }
    for (const { statement, resolve, reject } of group) await this.#runAlone(statement).then(resolve, reject);
  }

  async #runAlone(statement: Statement): Promise<Rows> {
    if (this.database.prepared !== null) return (await this.#transact([statement]))[0] ?? [];
    const { rows } = await withBusyRetry(() => this.database.client.execute(statement as InStatement));
    return rows.map((row) => Array.from(row));
  }

  async #transact(statements: readonly Statement[]): Promise<Rows[]> {
    const { prepared } = this.database;
    if (prepared === null) throw new Error('no prepared statements on a remote database');
    // Without a promise in between: the busy case alone pays for one.
    try {
      return prepared.transact(statements);
    } catch (error) {
      if (!isBusy(error)) throw error;
      return withBusyRetry(async () => prepared.transact(statements));
    }
  }
}
