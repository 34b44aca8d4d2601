/** Groups writes to the embedded database: statements that arrive in one turn of the event loop share one commit. */
import type { Client, InStatement, ResultSet } from '@libsql/client';
import { withBusyRetry } from '@/db/retry';

/** Statements in one commit: enough to share its cost, few enough not to hold the lock or the event loop long. */
const LARGEST_GROUP = 32;

interface Waiting {
  readonly statement: InStatement;
  readonly resolve: (result: ResultSet) => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue {
  #waiting: Waiting[] = [];
  #scheduled = false;

  /** `grouped: false` (a remote database) sends every statement at once: its round trips run side by side. */
  constructor(
    private readonly client: Client,
    private readonly grouped: boolean,
  ) {}

  /** Runs one statement; rejects with the database's own error. */
  run(statement: InStatement): Promise<ResultSet> {
    if (!this.grouped) return withBusyRetry(() => this.client.execute(statement));
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
        const statements = group.map((waiting) => waiting.statement);
        const results = await withBusyRetry(() => this.client.batch(statements, 'write'));
        for (const [index, result] of results.entries()) group[index]?.resolve(result);
        return;
      } catch {
        // Nothing of the group was applied; one statement may be the culprit, so each gets its own answer below.
      }
    }
    for (const { statement, resolve, reject } of group) {
      await withBusyRetry(() => this.client.execute(statement)).then(resolve, reject);
    }
  }
}
