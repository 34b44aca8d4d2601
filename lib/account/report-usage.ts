/** Everything the usage page shows of one customer: the month's caps, this minute, and figures by day, model, agent, campaign and token. */
import { z } from 'zod';
import { userMonth } from '@/db/queries/usage';
import { callersOf, modelsByDay, modelsBySpan, runningCalls, totalsOf } from '@/db/queries/usage-report';
import { withBusyRetry } from '@/db/retry';
import { monthOf } from '@/lib/domain/month';
import { hoursIn, type Span } from '@/lib/domain/zone';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import { presentFigures } from './present';
import { readCaps } from './read-caps';
import { readMinute, type ReadUsagePorts } from './read-usage';
import {
  breakDown,
  breakDownModels,
  fillSpans,
  isoOfSeconds,
  type ModelSum,
  noFigures,
  stackOf,
  sumFigures,
} from './report-figures';
import { reportSpan, type ReportSpan, spanFields } from './report-span';
import type { ReportDay, ReportView } from './report-views';
import type { UpgradePorts } from './upgrade-ports';

export const ReportUsageInput = z.strictObject({ user: reference, ...spanFields });

export interface ReportUsagePorts extends ReadUsagePorts, UpgradePorts {}

type CallerRow = Awaited<ReturnType<typeof callersOf>>[number];

const orNull = (name: string): string | null => (name === '' ? null : name);

function stateOf(
  { tokenId, token }: CallerRow,
  nowMs: number,
): ReportView['tokens']['lines'][number]['state'] {
  if (tokenId === '') return null;
  if (token === null) return 'unknown';
  if (token.revokedAt !== null) return 'revoked';
  return token.expiresAt !== null && token.expiresAt <= nowMs ? 'expired' : 'active';
}

function presentCallers(
  rows: readonly CallerRow[],
  nowMs: number,
): Pick<ReportView, 'agents' | 'campaigns' | 'tokens'> {
  return {
    agents: breakDown(
      rows,
      ({ agent }) => agent,
      ({ agent }) => ({ agent: orNull(agent) }),
    ),
    campaigns: breakDown(
      rows,
      ({ campaign }) => campaign,
      ({ campaign }) => ({ campaign: orNull(campaign) }),
    ),
    tokens: breakDown(
      rows,
      ({ tokenId }) => tokenId,
      (row) => ({
        token_id: orNull(row.tokenId),
        name: row.token?.name ?? null,
        hint: row.token?.hint ?? null,
        state: stateOf(row, nowMs),
      }),
    ),
  };
}

/** One day is read by its hours, more of them by days: whole rollups where the zone is UTC, else quarters of an hour. */
async function readFigures({ database }: AccountContext, user: string, at: ReportSpan, nowMs: number) {
  const hours = at.days.length === 1 ? hoursIn(at.span) : null;
  const read = <Q extends typeof byDay | typeof bySpan>(models: Q) =>
    withBusyRetry(() =>
      database.orm.batch([
        userMonth(database, user, monthOf(nowMs)),
        models,
        callersOf(database, user, at.span),
        totalsOf(database, user, at.previous),
        totalsOf(database, user, at.today),
        runningCalls(database, user),
      ]),
    );
  const byDay = modelsByDay(database, user, at.from, at.to);
  const bySpan = modelsBySpan(database, user, hours ?? at.days);
  if (hours !== null || at.zone !== 'UTC') {
    const [users, rows, ...rest] = await read(bySpan);
    return { hours, users, rows: rows satisfies ModelSum[], rest };
  }
  const [users, rows, ...rest] = await read(byDay);
  const place = new Map(at.days.map(({ day }, index) => [day, index]));
  return { hours, users, rows: rows.map((row) => ({ ...row, at: place.get(row.day) ?? 0 })), rest };
}

function presentBuckets(
  at: ReportSpan,
  hours: readonly Span[] | null,
  rows: readonly ModelSum[],
  stack: ReportView['stack'],
): Pick<ReportView, 'days' | 'hours'> {
  const ofDays = hours === null ? rows : rows.map((row) => ({ ...row, at: 0 }));
  const days = fillSpans(at.days, ofDays, stack).map(({ span, bucket }): ReportDay => ({
    day: span.day,
    ...bucket,
  }));
  return {
    days,
    hours: hours === null ? null : fillSpans(hours, rows, stack).map(({ bucket }) => bucket),
  };
}

/** @throws GatewayError `body_invalid`; `not_found` when there is no such user */
export async function reportUsage(
  context: AccountContext,
  input: unknown,
  ports: ReportUsagePorts,
): Promise<ReportView> {
  const { user, ...wanted } = parseInput(ReportUsageInput, input);
  const nowMs = context.nowMs();
  const at = reportSpan(wanted, nowMs);
  const [caps, figures] = await Promise.all([
    readCaps(context, { user }, ports),
    readFigures(context, user, at, nowMs),
  ]);
  const { plan: stored } = found(figures.users[0], 'user', user);
  const plan = ports.plan ?? stored;
  const [callers, previous, today, running] = figures.rest;
  const models = breakDownModels(figures.rows);
  const stack = stackOf(models);
  return {
    user,
    plan: plan.plan,
    range: at.range,
    time_zone: at.zone,
    from: at.from,
    to: at.to,
    starts_at: isoOfSeconds(at.span.from),
    ends_at: isoOfSeconds(at.span.to),
    generated_at: new Date(nowMs).toISOString(),
    caps,
    minute: await readMinute(ports, user, plan),
    count_cache_reads: plan.countCacheReads,
    running: running[0]?.running ?? 0,
    today: {
      day: at.today.day,
      requests: today[0]?.requests ?? 0,
      refusals: today[0]?.refusals ?? 0,
    },
    totals: presentFigures(sumFigures(figures.rows)),
    previous: {
      starts_at: isoOfSeconds(at.previous.from),
      ends_at: isoOfSeconds(at.previous.to),
      ...presentFigures(previous[0] ?? noFigures()),
    },
    stack,
    ...presentBuckets(at, figures.hours, figures.rows, stack),
    models,
    ...presentCallers(callers, nowMs),
  };
}
