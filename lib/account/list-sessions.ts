/** Lists one customer's conversations, latest activity first. */
import { z } from 'zod';
import { sessionsPage } from '@/db/queries/sessions';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { instant, reference, spanEnd } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentSession, type SessionView } from './present-session';

/** `from` and `to` are of the last call; a day as `to` is included whole. `roots`: leave out those an agent started. */
export const ListSessionsInput = z.strictObject({
  user: reference,
  agent: reference.optional(),
  campaign: reference.optional(),
  source: reference.optional(),
  roots: z.stringbool().or(z.boolean()).default(false),
  from: instant.optional(),
  to: spanEnd.optional(),
  ...pageFields,
});

/** @throws GatewayError `body_invalid` */
export async function listSessions(context: AccountContext, input: unknown): Promise<Page<SessionView>> {
  const { from, to, cursor, limit, roots, ...equal } = parseInput(ListSessionsInput, input);
  const filter = { ...equal, rootsOnly: roots, fromMs: from, toMs: to, after: cursor, rows: limit + 1 };
  const rows = await withBusyRetry(() => sessionsPage(context.database, filter));
  return toPage(rows, limit, presentSession, (row) => ({ at: row.lastAt, id: row.key }));
}
