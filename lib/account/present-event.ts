/** An event as the operator's webhook gets it: everything an e-mail to the customer needs, and the e-mail. */
import { z } from 'zod';
import { capsOfUser, countedByDay } from '@/db/queries/caps';
import type { ClaimedEvent } from '@/db/queries/events';
import { withBusyRetry } from '@/db/retry';
import { formatAmount, writeNotice } from '@/lib/domain/cap-notice';
import { capState, paceOf, paceSince, REACHED_PERCENT } from '@/lib/domain/cap-state';
import { dayOf, monthResetsAtMs } from '@/lib/domain/month';
import { upgradeUrl } from '@/lib/domain/upgrade-url';
import type { AccountContext } from './context';
import { count, instantOrNull, instantView, textOrNull } from './views';

/** What the triggers wrote. */
const factsSchema = z.object({
  month: z.string(),
  plan: z.string(),
  cap: z.enum(['tokens', 'cost']),
  threshold: z.int().optional(),
  limit: z.int(),
  /** `null` when a first call was refused. */
  used: z.int().nullable(),
});

export const eventBody = z.strictObject({
  type: z.enum(['usage.threshold_reached', 'usage.blocked']),
  timestamp: instantView.describe('When it happened.'),
  data: z.strictObject({
    user: z.strictObject({ id: z.string(), name: textOrNull, email: textOrNull }),
    plan: z.string(),
    month: z.string(),
    cap: z.enum(['tokens', 'cost']),
    unit: z.enum(['tokens', 'nano_usd']).describe('Of `limit` and `used`.'),
    threshold: z.int().nullable().describe('80, 95 or 100; null for usage.blocked.'),
    limit: count,
    used: count,
    percent: count.describe('Whole per cent, rounded down.'),
    limit_text: z.string(),
    used_text: z.string(),
    reaches_at: instantOrNull.describe(
      'When the cap is reached at the pace of the last seven days; null: not this month.',
    ),
    resets_at: instantView,
    upgrade_url: textOrNull,
    email: z.strictObject({ subject: z.string(), text: z.string() }),
  }),
});

export type EventBody = z.infer<typeof eventBody>;

/**
 * As it was when it happened, whenever it is sent.
 * @throws ZodError for facts or types that aren't known here, Error where the customer is gone
 */
export async function presentEvent(
  { database }: AccountContext,
  event: ClaimedEvent,
  base: string | null,
): Promise<EventBody> {
  const type = eventBody.shape.type.parse(event.type);
  const facts = factsSchema.parse(JSON.parse(event.facts));
  const atMs = event.createdAtMs;
  const [rows, days] = await withBusyRetry(() =>
    database.orm.batch([
      capsOfUser(database, event.userId, facts.month),
      countedByDay(database, event.userId, paceSince(atMs), dayOf(atMs)),
    ]),
  );
  const user = rows[0]?.user;
  if (user === undefined) throw new Error('the customer is gone');
  const used = facts.used ?? 0;
  const resetsAtMs = monthResetsAtMs(Date.parse(`${facts.month}-01`));
  const figures = days.map((each) => ({
    day: each.day,
    used: facts.cap === 'tokens' ? each.tokens : each.nanoUsd,
  }));
  const blocked = type === 'usage.blocked';
  const state = capState({
    cap: facts.cap,
    limit: facts.limit,
    used,
    held: 0,
    perDay: paceOf(figures, atMs, user.createdAt),
    nowMs: atMs,
    resetsAtMs,
    blockedAtMs: blocked ? atMs : null,
  });
  const percent = state.percent ?? REACHED_PERCENT;
  const url = base === null ? null : upgradeUrl(base, { user: user.id, plan: facts.plan });
  return {
    type,
    timestamp: new Date(atMs).toISOString(),
    data: {
      user: { id: user.id, name: user.name, email: user.email },
      plan: facts.plan,
      month: facts.month,
      cap: facts.cap,
      unit: facts.cap === 'tokens' ? 'tokens' : 'nano_usd',
      threshold: facts.threshold ?? null,
      limit: facts.limit,
      used,
      percent,
      limit_text: formatAmount(facts.cap, facts.limit),
      used_text: formatAmount(facts.cap, used),
      reaches_at: state.reachesAtMs === null ? null : new Date(state.reachesAtMs).toISOString(),
      resets_at: new Date(resetsAtMs).toISOString(),
      upgrade_url: url,
      email: writeNotice({
        kind: blocked ? 'blocked' : 'threshold',
        name: user.name,
        plan: facts.plan,
        cap: facts.cap,
        limit: facts.limit,
        used,
        percent,
        reachesAtMs: state.reachesAtMs,
        resetsAtMs,
        upgradeUrl: url,
      }),
    },
  };
}
