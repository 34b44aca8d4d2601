/** Makes an event that waits for its next attempt due now. */
import { z } from 'zod';
import { eventFromRow, eventStatement, retryEventStatement } from '@/db/queries/operator-events';
import { withBusyRetry } from '@/db/retry';
import { GatewayError } from '@/lib/domain/errors';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import type { EventLine } from './operator-views';
import { isTooOld, presentOutboxEvent } from './present-outbox-event';

const RetryEventInput = z.strictObject({ id: reference });

/** @throws GatewayError `body_invalid`, `not_found`; `conflict` for one that was delivered or is too old to be sent */
export async function retryEvent(context: AccountContext, input: unknown): Promise<EventLine> {
  const { id } = parseInput(RetryEventInput, input);
  const { client } = context.database;
  const nowMs = context.nowMs();
  const [stored] = (await withBusyRetry(() => client.execute(eventStatement(id)))).rows;
  const event = eventFromRow(found(stored, 'event', id));
  if (event.deliveredAt !== null) throw new GatewayError('conflict', 'The event was delivered already.');
  if (isTooOld(event, nowMs))
    throw new GatewayError('conflict', 'The event is older than three days: it is not sent any more.');
  const { rows } = await withBusyRetry(() => client.execute(retryEventStatement(id, nowMs)));
  const [changed] = rows;
  if (changed === undefined) throw new GatewayError('conflict', 'The event was delivered already.');
  return presentOutboxEvent(eventFromRow(changed), nowMs);
}
