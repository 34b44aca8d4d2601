/** Lists single calls, newest first, running ones among them. */
import { z } from 'zod';
import { requestsPage, type RequestFilter } from '@/db/queries/requests';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { instant, reference, sessionKey, spanEnd } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentRequestLine, type RequestLineView } from './present';

/** `open` is a call that is not settled yet. */
export const REQUEST_ENDINGS = ['complete', 'cancelled', 'broken', 'refused', 'expired', 'open'] as const;

/** `from` is included, `to` is not, unless it is a day: a day is included whole. Calls are dated by their start. */
export const requestFilterFields = {
  user: reference.optional(),
  token: reference.optional(),
  model: reference.optional(),
  /** Keys belong to a customer: needs `user`. */
  session: sessionKey.optional(),
  sessionless: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe('Only calls that belong to no session, such as embeddings.'),
  ending: z.enum(REQUEST_ENDINGS).optional(),
  from: instant.optional(),
  to: spanEnd.optional(),
};

export const ListRequestsInput = z
  .strictObject({
    ...requestFilterFields,
    order: z.enum(['newest', 'oldest']).default('newest').describe('Which come first.'),
    ...pageFields,
  })
  .refine(({ session, user }) => session === undefined || user !== undefined, {
    path: ['session'],
    message: 'needs user: session keys belong to a customer',
  });

/** What the filter's fields mean to the query. */
export function requestFilterOf({
  from,
  to,
  ...equal
}: z.output<z.ZodObject<typeof requestFilterFields>>): Omit<RequestFilter, 'after' | 'rows'> {
  return {
    ...equal,
    fromSeconds: from === undefined ? undefined : Math.floor(from / 1_000),
    toSeconds: to === undefined ? undefined : Math.ceil(to / 1_000),
  };
}

/** @throws GatewayError `body_invalid` */
export async function listRequests(context: AccountContext, input: unknown): Promise<Page<RequestLineView>> {
  const { cursor, limit, ...wanted } = parseInput(ListRequestsInput, input);
  const filter = { ...requestFilterOf(wanted), after: cursor, rows: limit + 1 };
  const rows = await withBusyRetry(() => requestsPage(context.database, filter));
  return toPage(rows, limit, presentRequestLine, (row) => ({ at: row.timestamp, id: row.id }));
}
