/** One customer's usage: this month against the plan, this minute against its limits, and figures by day and by model. */
import { z } from 'zod';
import { usageByDay, usageByModel, userMonth } from '@/db/queries/usage';
import { withBusyRetry } from '@/db/retry';
import { dayOf, monthOf, monthResetsAtMs } from '@/lib/domain/month';
import type { Plan } from '@/lib/domain/plan';
import type { AccountContext } from './context';
import { found } from './demand';
import { day, daysBetween, firstOfMonth, reference } from './fields';
import { inputError, parseInput } from './input';
import { presentFigures } from './present';
import { presentMonth } from './present-month';

/** A year and a month to compare it with: keeps one read small. */
const MOST_DAYS = 400;

/** `from` and `to` are UTC days, both included: today and the first of `to`'s month when left out. */
export const ReadUsageInput = z.strictObject({ user: reference, from: day.optional(), to: day.optional() });

interface MinuteWindow {
  readonly limit: number;
  readonly remaining: number;
  readonly resetsAtMs: number;
}

export interface ReadUsagePorts {
  /** Asks the limiter; `null` where there is none to ask. */
  readonly peekMinute:
    | ((
        user: string,
        limits: { rpm: number; tpm: number },
      ) => Promise<{ requests: MinuteWindow; tokens: MinuteWindow } | null>)
    | null;
  /** The plan a signed claim puts the caller on, where it differs from the stored one. */
  readonly plan?: Plan;
}

interface WindowView {
  readonly limit: number;
  readonly remaining: number | null;
  readonly resets_at: string | null;
}

function presentWindow(limit: number, window: MinuteWindow | undefined): WindowView {
  if (window === undefined) return { limit, remaining: null, resets_at: null };
  return {
    limit,
    remaining: Math.max(0, Math.floor(window.remaining)),
    resets_at: new Date(window.resetsAtMs).toISOString(),
  };
}

/** What the limiter says of this minute; `null` figures where it can't be asked. */
export async function readMinute({ peekMinute }: ReadUsagePorts, user: string, plan: Plan) {
  const limits = { rpm: plan.rateLimitRpm, tpm: plan.rateLimitTpm };
  // Figures from the database are worth showing without the limiter's.
  const state = await peekMinute?.(user, limits).catch(() => null);
  return {
    requests: presentWindow(limits.rpm, state?.requests),
    tokens: presentWindow(limits.tpm, state?.tokens),
  };
}

function spanOf(
  input: z.output<typeof ReadUsageInput>,
  nowMs: number,
): { user: string; from: string; to: string } {
  const to = input.to ?? dayOf(nowMs);
  const from = input.from ?? firstOfMonth(to);
  const days = daysBetween(from, to);
  if (days < 1) throw inputError('from', `must not be after to (${to})`);
  if (days > MOST_DAYS) throw inputError('from', `must lie at most ${MOST_DAYS} days before to (${to})`);
  return { user: input.user, from, to };
}

/** @throws GatewayError `body_invalid`; `not_found` when there is no such user */
export async function readUsage(context: AccountContext, input: unknown, ports: ReadUsagePorts) {
  const nowMs = context.nowMs();
  const span = spanOf(parseInput(ReadUsageInput, input), nowMs);
  const { database } = context;
  const [months, days, models] = await withBusyRetry(() =>
    database.orm.batch([
      userMonth(database, span.user, monthOf(nowMs)),
      usageByDay(database, span),
      usageByModel(database, span),
    ]),
  );
  const { month, plan: stored } = found(months[0], 'user', span.user);
  const plan = ports.plan ?? stored;
  return {
    user: span.user,
    plan: plan.plan,
    month: { ...presentMonth(plan, month), resets_at: new Date(monthResetsAtMs(nowMs)).toISOString() },
    minute: await readMinute(ports, span.user, plan),
    days: days.map((row) => ({ day: row.day, ...presentFigures(row) })),
    // A call refused before its model was known has none.
    models: models
      .filter((row) => row.model !== '')
      .map((row) => ({ model: row.model, provider: row.provider, ...presentFigures(row) })),
    from: span.from,
    to: span.to,
  };
}

export type UsageView = Awaited<ReturnType<typeof readUsage>>;
