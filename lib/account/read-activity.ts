/** What of a day's activity an operator should look at: the rules of `lib/domain/suspicion.ts` over the day's rollups. */
import { z } from 'zod';
import {
  activityRow,
  customerNamesStatement,
  daySpendStatement,
  dayRefusalsStatement,
  newModelsStatement,
  newTokensStatement,
  returnedTokensStatement,
} from '@/db/queries/operator-activity';
import { withBusyRetry } from '@/db/retry';
import { dayOf } from '@/lib/domain/month';
import {
  BASELINE_DAYS,
  type DayFacts,
  findingsOf,
  LEAST_REFUSALS,
  LEAST_SPEND_NANO_USD,
  MOST_NEW_TOKENS,
  NEW_MODEL_SHARE,
  SILENT_DAYS,
} from '@/lib/domain/suspicion';
import type { AccountContext } from './context';
import { day } from './fields';
import { inputError, parseInput } from './input';
import type { ActivityView } from './operator-views';

const DAY_MS = 86_400_000;

/** A UTC day; today when left out. */
export const ReadActivityInput = z.strictObject({ day: day.optional() });

const daysApart = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / DAY_MS;

async function readFacts({ database }: AccountContext, shown: string): Promise<DayFacts> {
  const atMs = Date.parse(shown);
  const since = dayOf(atMs - BASELINE_DAYS * DAY_MS);
  const silentSince = dayOf(atMs - SILENT_DAYS * DAY_MS);
  const [spend, refusals, tokens, models, newTokens] = await withBusyRetry(() =>
    database.client.batch(
      [
        daySpendStatement(shown, since, LEAST_SPEND_NANO_USD),
        dayRefusalsStatement(shown, LEAST_REFUSALS),
        returnedTokensStatement(shown, silentSince),
        newModelsStatement(shown, LEAST_SPEND_NANO_USD, NEW_MODEL_SHARE),
        newTokensStatement(atMs, atMs + DAY_MS, MOST_NEW_TOKENS),
      ],
      'read',
    ),
  );
  return {
    spend: (spend?.rows ?? []).map(activityRow.spend).map(({ createdAt, ...row }) => ({
      ...row,
      daysBefore: Math.max(0, Math.min(BASELINE_DAYS, daysApart(dayOf(createdAt), shown))),
    })),
    refusals: (refusals?.rows ?? []).map(activityRow.refusals),
    tokens: (tokens?.rows ?? [])
      .map(activityRow.token)
      // Used on the 1st and again on the 3rd, it was silent on one day.
      .map(({ lastDay, ...row }) => ({ ...row, silentDays: daysApart(lastDay, shown) - 1 })),
    models: (models?.rows ?? []).map(activityRow.model),
    newTokens: (newTokens?.rows ?? []).map(activityRow.newTokens),
  };
}

/** @throws GatewayError `body_invalid` */
export async function readActivity(context: AccountContext, input: unknown): Promise<ActivityView> {
  const today = dayOf(context.nowMs());
  const shown = parseInput(ReadActivityInput, input).day ?? today;
  if (shown > today) throw inputError('day', `must not be after today (${today}, UTC)`);
  const findings = findingsOf(await readFacts(context, shown));
  const ids = [...new Set(findings.map(({ user }) => user))];
  const { rows } = await withBusyRetry(() => context.database.client.execute(customerNamesStatement(ids)));
  const names = new Map(rows.map(activityRow.name).map(({ id, name }) => [id, name]));
  return {
    day: shown,
    findings: findings.map(({ user, ...finding }) => ({ user, name: names.get(user) ?? user, ...finding })),
  };
}
