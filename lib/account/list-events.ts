/** The outbox of events, newest first: what was told to the operator's webhook, what still waits, and why. */
import { z } from 'zod';
import { eventFromRow, eventsStatement, WAITING_EVENTS } from '@/db/queries/operator-events';
import { numberOf } from '@/db/queries/row';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';
import type { EventLine } from './operator-views';
import { pageFields, type Page } from './page';
import { EVENT_TYPES, presentOutboxEvent } from './present-outbox-event';
import { sortedPosition, toSortedPage } from './sorted-page';

const ORDER = 'events';

export const ListEventsInput = z.strictObject({
  user: reference.optional(),
  type: z.enum(EVENT_TYPES).optional(),
  state: z.enum(['waiting', 'delivered']).optional(),
  limit: pageFields.limit,
  cursor: z.string().optional(),
});

export interface EventsPage extends Page<EventLine> {
  /** Of all events, not of this page. */
  readonly waiting: number;
  /** Of those, the ones an attempt has failed for. */
  readonly failing: number;
}

/** @throws GatewayError `body_invalid` */
export async function listEvents(context: AccountContext, input: unknown): Promise<EventsPage> {
  const { user, type, state, limit, cursor } = parseInput(ListEventsInput, input);
  const after = sortedPosition(ORDER, cursor);
  const statement = eventsStatement({
    user,
    type,
    waiting: state === undefined ? undefined : state === 'waiting',
    before: after === undefined ? undefined : Number(after.value),
    rows: limit + 1,
  });
  const [events, waiting] = await withBusyRetry(() =>
    context.database.client.batch([statement, WAITING_EVENTS], 'read'),
  );
  const page = toSortedPage(
    (events?.rows ?? []).map(eventFromRow),
    limit,
    ORDER,
    (row) => presentOutboxEvent(row, context.nowMs()),
    (row) => ({ value: row.number, id: row.id }),
  );
  const counts = waiting?.rows[0];
  return { ...page, waiting: numberOf(counts?.['waiting']), failing: numberOf(counts?.['failing']) };
}
