/** Sends the events that are due to the operator's webhook: at least once each, by one instance at a time, for three days. */
import { z } from 'zod';
import {
  claimedIn,
  claimStatement,
  deliveredStatement,
  giveUpStatement,
  pruneStatement,
  putOffStatement,
  type ClaimedEvent,
} from '@/db/queries/events';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { parseInput } from './input';
import { presentEvent } from './present-event';

const DeliverEventsInput = z.strictObject({});

/** Delivered side by side: a slow receiver holds back no more than these. */
const AT_ONCE = 8;
/** Longer than a delivery may take, so that a claim only runs out under a process that died. */
const CLAIM_MS = 120_000;
/** Batches of one run: what is left is due at the next sweep. */
const MOST_BATCHES = 25;
/** First pause after a failure; each further one doubles it, up to the longest. */
export const FIRST_PAUSE_MS = 60_000;
export const LONGEST_PAUSE_MS = 6 * 3_600_000;
const DAY_MS = 86_400_000;
/** A warning that is three days late warns of nothing. */
export const GIVE_UP_AFTER_MS = 3 * DAY_MS;
/** A quarter of a year to look things up in. */
export const KEEP_MS = 90 * DAY_MS;
/** Of a receiver's or a socket's words. */
const LONGEST_REASON = 200;

/** Signs and posts one event. Never throws: `null` when the receiver took it, else why not. */
export type SendEvent = (event: { readonly id: string; readonly body: string }) => Promise<string | null>;

export interface DeliverEventsPorts {
  /** `null`: there is nowhere to send them; they stay for the pages. */
  readonly send: SendEvent | null;
  /** TOLLGATE_UPGRADE_URL, for the events' links. */
  readonly upgradeUrl: string | null;
}

export interface DeliveryView {
  readonly delivered: number;
  readonly failed: number;
}

/** Pause after that many attempts. */
export function pauseMs(attempts: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
}

/** Why it couldn't be delivered; `null` when it was. */
async function deliver(
  context: AccountContext,
  event: ClaimedEvent,
  send: SendEvent,
  upgradeUrl: string | null,
): Promise<string | null> {
  let body: string;
  try {
    body = JSON.stringify(await presentEvent(context, event, upgradeUrl));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return send({ id: event.id, body });
}

/** Ids stay the same over all attempts: receivers know by them what they have seen. */
export async function deliverEvents(
  context: AccountContext,
  input: unknown,
  { send, upgradeUrl }: DeliverEventsPorts,
): Promise<DeliveryView> {
  parseInput(DeliverEventsInput, input);
  const { client } = context.database;
  const startMs = context.nowMs();
  const prune = pruneStatement(startMs - KEEP_MS);
  const giveUp = giveUpStatement(startMs, startMs - GIVE_UP_AFTER_MS);
  await withBusyRetry(() => client.batch(send === null ? [prune] : [prune, giveUp], 'write'));
  if (send === null) return { delivered: 0, failed: 0 };
  let delivered = 0;
  let failed = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const nowMs = context.nowMs();
    const claim = claimStatement(nowMs, nowMs + CLAIM_MS, AT_ONCE);
    const claimed = claimedIn(await withBusyRetry(() => client.execute(claim)));
    if (claimed.length === 0) break;
    const outcomes = await Promise.all(
      claimed.map(async (event) => ({ event, reason: await deliver(context, event, send, upgradeUrl) })),
    );
    const doneMs = context.nowMs();
    const kept = outcomes.map(({ event, reason }) =>
      reason === null
        ? deliveredStatement(event.id, doneMs)
        : putOffStatement(event, doneMs + pauseMs(event.attempts), reason.slice(0, LONGEST_REASON)),
    );
    await withBusyRetry(() => client.batch(kept, 'write'));
    const refused = outcomes.filter(({ reason }) => reason !== null).length;
    failed += refused;
    delivered += outcomes.length - refused;
    // A receiver that takes nothing is down: the rest keep their first attempts.
    if (refused === outcomes.length) break;
  }
  return { delivered, failed };
}
