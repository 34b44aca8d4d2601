/** Settles calls that nobody will settle any more: their hold expired, or their process is dead. */
import { z } from 'zod';
import { textOf } from '@/db/queries/row';
import { OPEN_OWNERS, sweepStatement } from '@/db/queries/settle';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { parseInput } from './input';

export const SweepCallsInput = z.strictObject({});

export interface SweepView {
  readonly expired: number;
  /** Request ids of the calls settled now. */
  readonly ids: readonly string[];
}

/** `isDead` says whether a process (`place:pid:start`) is known to have ended; in doubt it is not. */
export async function sweepCalls(
  context: AccountContext,
  input: unknown,
  ports: { isDead: (owner: string) => boolean },
): Promise<SweepView> {
  parseInput(SweepCallsInput, input);
  const { client } = context.database;
  const open = await withBusyRetry(() => client.execute(OPEN_OWNERS));
  const dead = open.rows.map((row) => textOf(row['owner'])).filter(ports.isDead);
  const swept = await withBusyRetry(() => client.execute(sweepStatement(context.nowMs(), dead)));
  const ids = swept.rows.map((row) => textOf(row['id']));
  return { expired: ids.length, ids };
}
