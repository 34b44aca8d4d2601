/** Lists one customer's conversations, latest activity first. */
import { z } from 'zod';
import { sessionsPage, type SessionFilter } from '@/db/queries/sessions';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { instant, reference, spanEnd } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentSession, type SessionView } from './present-session';

/** Longer than any name; every row is looked through for it. */
const LONGEST_SEARCH = 100;

export const SESSION_ENDINGS = ['complete', 'cancelled', 'broken', 'refused', 'expired'] as const;

/** `from` and `to` are of the last call; a day as `to` is included whole. `roots`: leave out those an agent started. */
export const sessionFilterFields = {
  user: reference,
  search: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(LONGEST_SEARCH)
    .optional()
    .describe('Text that key, agent, campaign or latest model holds, in capitals or not.'),
  agent: reference.optional(),
  campaign: reference.optional(),
  source: reference.optional(),
  token: reference.optional().describe('Id of the token of its latest call.'),
  ending: z
    .enum(SESSION_ENDINGS)
    .optional()
    .describe('Of its last call; sessions with a call under way have none.'),
  running: z.stringbool().or(z.boolean()).default(false).describe('Only those with a call under way.'),
  roots: z.stringbool().or(z.boolean()).default(false),
  from: instant.optional(),
  to: spanEnd.optional(),
};

export const ListSessionsInput = z.strictObject({ ...sessionFilterFields, ...pageFields });

/** What the filter's fields mean to the query. */
export function sessionFilterOf({
  from,
  to,
  roots,
  running,
  ...equal
}: z.output<z.ZodObject<typeof sessionFilterFields>>): Omit<SessionFilter, 'after' | 'rows'> {
  return { ...equal, rootsOnly: roots, runningOnly: running, fromMs: from, toMs: to };
}

/** @throws GatewayError `body_invalid` */
export async function listSessions(context: AccountContext, input: unknown): Promise<Page<SessionView>> {
  const { cursor, limit, ...wanted } = parseInput(ListSessionsInput, input);
  const filter = { ...sessionFilterOf(wanted), after: cursor, rows: limit + 1 };
  const rows = await withBusyRetry(() => sessionsPage(context.database, filter));
  return toPage(rows, limit, presentSession, (row) => ({ at: row.lastAt, id: row.key }));
}
