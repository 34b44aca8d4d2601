/** Lists single calls, newest first, running ones among them. */
import { z } from 'zod';
import { requestsPage } from '@/db/queries/requests';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { instant, reference, spanEnd } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentRequestLine, type RequestLineView } from './present';

/** `open` is a call that is not settled yet. */
export const REQUEST_ENDINGS = ['complete', 'cancelled', 'broken', 'refused', 'expired', 'open'] as const;

/** `from` is included, `to` is not, unless it is a day: a day is included whole. Calls are dated by their start. */
export const ListRequestsInput = z
  .strictObject({
    user: reference.optional(),
    token: reference.optional(),
    model: reference.optional(),
    /** Keys belong to a customer: needs `user`. */
    session: reference.optional(),
    ending: z.enum(REQUEST_ENDINGS).optional(),
    from: instant.optional(),
    to: spanEnd.optional(),
    ...pageFields,
  })
  .refine(({ session, user }) => session === undefined || user !== undefined, {
    path: ['session'],
    message: 'needs user: session keys belong to a customer',
  });

/** @throws GatewayError `body_invalid` */
export async function listRequests(context: AccountContext, input: unknown): Promise<Page<RequestLineView>> {
  const { from, to, cursor, limit, ...equal } = parseInput(ListRequestsInput, input);
  const filter = {
    ...equal,
    fromSeconds: from === undefined ? undefined : Math.floor(from / 1_000),
    toSeconds: to === undefined ? undefined : Math.ceil(to / 1_000),
    after: cursor,
    rows: limit + 1,
  };
  const rows = await withBusyRetry(() => requestsPage(context.database, filter));
  return toPage(rows, limit, presentRequestLine, (row) => ({ at: row.timestamp, id: row.id }));
}
