/** An event of the outbox as the JSON that API, CLI and pages show. */
import type { EventRow } from '@/db/queries/operator-events';
import { GIVE_UP_AFTER_MS } from './deliver-events';
import type { EventLine } from './operator-views';
import { eventBody } from './present-event';

export const EVENT_TYPES = eventBody.shape.type.options;

/** Too old to be worth telling: the next delivery would take it out of the queue again. */
export const isTooOld = (row: EventRow, nowMs: number): boolean => row.createdAt < nowMs - GIVE_UP_AFTER_MS;

function stateOf(row: EventRow, nowMs: number): EventLine['state'] {
  if (row.deliveredAt !== null) return 'delivered';
  if (isTooOld(row, nowMs)) return 'given_up';
  return row.attempts > 0 ? 'failing' : 'waiting';
}

export function presentOutboxEvent(row: EventRow, nowMs: number): EventLine {
  const state = stateOf(row, nowMs);
  const isDue = state === 'waiting' || state === 'failing';
  return {
    id: row.id,
    type: row.type,
    user: row.user,
    facts: row.facts,
    state,
    attempts: row.attempts,
    created_at: new Date(row.createdAt).toISOString(),
    next_attempt_at: isDue ? new Date(row.nextAttemptAt).toISOString() : null,
    delivered_at: row.deliveredAt === null ? null : new Date(row.deliveredAt).toISOString(),
    last_error: row.lastError,
  };
}
