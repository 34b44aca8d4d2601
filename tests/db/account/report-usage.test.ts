/** The usage report says what the limiter enforces and what the rows add up to, in any time zone. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { InputError } from '@/lib/account/input';
import { readPulse } from '@/lib/account/read-pulse';
import { readUsage } from '@/lib/account/read-usage';
import { pulseView, type ReportFigures, reportView } from '@/lib/account/report-views';
import { reportUsage } from '@/lib/account/report-usage';
import { revokeToken } from '@/lib/account/revoke-token';
import { daysIn } from '@/lib/domain/zone';
import { admitWith, openHarness, settleCall, START_MS, type Harness } from './harness';
import { type SettledCall, writeCalls } from './usage-rows';

const PORTS = { peekMinute: null, upgradeUrl: null, seller: null };
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'America/Santiago',
];
const MONTH_START = Date.parse('2026-11-01T00:00:00Z');
const DAY_MS = 86_400_000;

let h: Harness;
const tokens: string[] = [];
const reportOf = async (input: Record<string, unknown>) =>
  reportView.parse(await reportUsage(h.account, { user: 'acme', ...input }, PORTS));

/** Reproducible calls over two years, many of them near midnights and changes of clocks. */
function someCalls(count: number, sinceMs: number, untilMs: number): SettledCall[] {
  const span = untilMs - sinceMs;
  return Array.from({ length: count }, (_, at) => {
    const refused = at % 11 === 0;
    return {
      atMs: sinceMs + Math.floor((span * ((at * 7_919) % count)) / count),
      model: refused ? '' : `model-${at % 12}`,
      provider: at % 2 === 0 ? 'anthropic' : 'openai',
      tokenId: at % 7 === 0 ? null : (tokens[at % 3] ?? null),
      agent: at % 5 === 0 ? null : `agent-${at % 4}`,
      campaign: at % 3 === 0 ? 'launch' : null,
      ending: refused ? ('refused' as const) : ('complete' as const),
      errorCode: refused ? 'rate_limited' : null,
      inputTokens: refused ? 0 : 100 + (at % 50),
      cacheReadTokens: refused ? 0 : at % 300,
      outputTokens: refused ? 0 : 10 + (at % 9),
      costNanoUsd: refused ? 0 : 1_000 * (1 + (at % 97)),
    };
  });
}

beforeAll(async () => {
  h = await openHarness();
  for (const id of ['acme', 'other', 'fresh', 'quiet']) await createUser(h.account, { id, plan: 'starter' });
  for (const name of ['laptop', 'server', 'old']) {
    const { id } = await createToken(h.account, { user: 'acme', name });
    tokens.push(id);
  }
  await revokeToken(h.account, { id: tokens[2] });
  await writeCalls(h.database, 'acme', someCalls(3_000, Date.parse('2025-03-01'), START_MS));
  await writeCalls(h.database, 'acme', someCalls(400, MONTH_START, START_MS), 10_000);
  await writeCalls(h.database, 'other', someCalls(300, MONTH_START, START_MS));
});
afterAll(() => h.close());

interface Sums {
  readonly requests: number;
  readonly refusals: number;
  readonly counted_tokens: number;
  readonly cost_nano_usd: number;
  readonly input_tokens: number;
  readonly cache_read_tokens: number;
  readonly output_tokens: number;
}

const namesOfSums = [
  'requests',
  'refusals',
  'counted_tokens',
  'cost_nano_usd',
  'input_tokens',
  'cache_read_tokens',
  'output_tokens',
] as const;

const pick = (figures: ReportFigures): Sums =>
  Object.fromEntries(namesOfSums.map((name) => [name, figures[name]])) as unknown as Sums;

const sumOf = (all: readonly ReportFigures[]): Sums =>
  Object.fromEntries(
    namesOfSums.map((name) => [name, all.reduce((sum, one) => sum + one[name], 0)]),
  ) as unknown as Sums;

async function rowsBetween(fromIso: string, toIso: string, user = 'acme'): Promise<Sums> {
  const { rows } = await h.database.client.execute({
    sql: `SELECT coalesce(sum(ending <> 'refused'), 0) AS requests, coalesce(sum(ending = 'refused'), 0) AS refusals,
        coalesce(sum(counted_tokens), 0) AS counted_tokens, coalesce(sum(cost_nano_usd), 0) AS cost_nano_usd,
        coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
        coalesce(sum(output_tokens), 0) AS output_tokens
      FROM llm_usage WHERE user_id = ? AND ending IS NOT NULL AND started_at >= ? AND started_at < ?`,
    args: [user, Date.parse(fromIso), Date.parse(toIso)],
  });
  return Object.fromEntries(namesOfSums.map((name) => [name, Number(rows[0]?.[name])])) as unknown as Sums;
}

const zone = fc.constantFrom(...ZONES);

describe('every figure of a report', () => {
  it('is the sum of the rows in its span, in any zone, and every table adds up to the total', async () => {
    const first = fc.integer({ min: 1, max: 600 });
    await fc.assert(
      fc.asyncProperty(zone, first, fc.integer({ min: 0, max: 40 }), async (time_zone, ago, length) => {
        const [from, to] = [ago, Math.max(1, ago - length)].map((days) =>
          new Date(START_MS - days * DAY_MS).toISOString().slice(0, 10),
        );
        const report = await reportOf({ from, to, time_zone });
        const total = await rowsBetween(report.starts_at, report.ends_at);
        expect(pick(report.totals)).toEqual(total);
        for (const parts of [report.days, report.models.lines, report.agents.lines, report.campaigns.lines])
          expect(sumOf(parts)).toEqual(total);
        expect(sumOf(report.tokens.lines)).toEqual(total);
        if (report.hours !== null) expect(sumOf(report.hours)).toEqual(total);
        for (const day of report.days) {
          expect(pick(day)).toEqual(await rowsBetween(day.starts_at, day.ends_at));
          const stacked = day.models.reduce((sum, part) => sum + part.cost_nano_usd, 0);
          expect(stacked).toBe(day.cost_nano_usd);
        }
        expect(pick(report.previous)).toEqual(
          await rowsBetween(report.previous.starts_at, report.previous.ends_at),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('adds up over any partition of a range into smaller ones', async () => {
    const cut = fc.integer({ min: 1, max: 59 });
    await fc.assert(
      fc.asyncProperty(zone, cut, async (time_zone, at) => {
        const days = daysIn(time_zone, '2026-03-01', 60).map(({ day }) => day);
        const whole = await reportOf({ from: days[0], to: days[59], time_zone });
        const before = await reportOf({ from: days[0], to: days[at - 1], time_zone });
        const after = await reportOf({ from: days[at], to: days[59], time_zone });
        expect(before.ends_at).toBe(after.starts_at);
        expect(sumOf([before.totals, after.totals])).toEqual(pick(whole.totals));
      }),
      { numRuns: 30 },
    );
  });

  it('equals the API’s usage, the month’s counters and the rows', async () => {
    const report = await reportOf({ range: 'month' });
    const usage = await readUsage(h.account, { user: 'acme' }, PORTS);
    const { rows } = await h.database.client.execute(
      `SELECT * FROM usage_months WHERE user_id = 'acme' AND month = '2026-11'`,
    );
    const counters = rows[0];
    expect(report.caps.tokens.used).toBe(usage.month.tokens.used);
    expect(report.caps.cost.used).toBe(usage.month.cost.used_nano_usd);
    expect(report.totals.counted_tokens).toBe(report.caps.tokens.used);
    expect(report.totals.cost_nano_usd).toBe(report.caps.cost.used);
    expect([report.caps.tokens.used, report.caps.cost.used, report.totals.requests]).toEqual(
      [counters?.['tokens_committed'], counters?.['nano_usd_committed'], counters?.['requests']].map(Number),
    );
    expect(pick(report.totals)).toEqual(await rowsBetween('2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'));
    expect(report.days.filter(({ requests, refusals }) => requests + refusals > 0)).toEqual(
      usage.days.map((day) => expect.objectContaining(day)),
    );
    const known = report.models.lines.filter(({ model }) => model !== null);
    const byName = (a: { model: string | null }, b: { model: string | null }) =>
      String(a.model).localeCompare(String(b.model));
    expect(known.toSorted(byName)).toEqual(usage.models.toSorted(byName));
  });

  it('is the same whether read from days or from quarters of an hour', async () => {
    const { time_zone: _, ...utc } = await reportOf({ range: '30d', time_zone: 'UTC' });
    // London is on UTC all of this time.
    const { time_zone: __, ...london } = await reportOf({ range: '30d', time_zone: 'Europe/London' });
    expect(utc.starts_at).toBe('2026-10-23T00:00:00.000Z');
    expect(london.starts_at).toBe('2026-10-22T23:00:00.000Z');
    const since = (days: typeof utc.days) => days.filter(({ day }) => day >= '2026-10-26');
    expect(since(london.days).map(pick)).toEqual(since(utc.days).map(pick));
  });

  it('is of this customer alone', async () => {
    const other = await reportOf({ user: 'other', range: 'month' });
    expect(pick(other.totals)).toEqual(
      await rowsBetween('2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z', 'other'),
    );
    // Calls booked to a token that is not theirs show nothing of it.
    expect(other.tokens.lines.every(({ name }) => name === null)).toBe(true);
  });
});

describe('a report', () => {
  it('has every day of its range, also those without a call', async () => {
    const report = await reportOf({ user: 'fresh', range: '30d', time_zone: 'Asia/Kathmandu' });
    expect(report.days).toHaveLength(30);
    expect(report.days.at(-1)?.day).toBe('2026-11-21');
    expect(report.totals.requests).toBe(0);
    expect(report.models).toEqual({ lines: [], rest: null });
  });

  it('gives a day of 25 hours all its hours', async () => {
    const report = await reportOf({ from: '2026-10-25', to: '2026-10-25', time_zone: 'Europe/Berlin' });
    expect(report.hours).toHaveLength(25);
    expect(Date.parse(report.ends_at) - Date.parse(report.starts_at)).toBe(25 * 3_600_000);
  });

  it('names tokens, revoked ones too, and callers without one', async () => {
    const { tokens: used } = await reportOf({ range: 'month' });
    expect(new Map(used.lines.map(({ name, state }) => [name, state]))).toEqual(
      new Map([
        ['laptop', 'active'],
        ['server', 'active'],
        ['old', 'revoked'],
        [null, null],
      ]),
    );
  });

  it('splits days by seven models, and puts all others together', async () => {
    const { stack, days } = await reportOf({ range: '30d' });
    expect(stack).toHaveLength(7);
    expect(days.some(({ models }) => models.at(-1)?.model === null)).toBe(true);
  });

  it('is compared with the same part of the span before', async () => {
    const week = await reportOf({ range: '7d' });
    expect([week.previous.starts_at, week.previous.ends_at]).toEqual([
      '2026-11-08T00:00:00.000Z',
      '2026-11-14T12:15:00.000Z',
    ]);
    const month = await reportOf({ range: 'month' });
    expect([month.previous.starts_at, month.previous.ends_at]).toEqual([
      '2026-10-01T00:00:00.000Z',
      '2026-10-21T12:15:00.000Z',
    ]);
    const past = await reportOf({ from: '2026-11-03', to: '2026-11-04' });
    expect([past.previous.starts_at, past.previous.ends_at]).toEqual([
      '2026-11-01T00:00:00.000Z',
      '2026-11-03T00:00:00.000Z',
    ]);
  });

  it('sums the names nobody reads on to', async () => {
    const calls = Array.from({ length: 130 }, (_, at) => ({
      atMs: START_MS - 1_000,
      agent: `a${at}`,
      costNanoUsd: 1_000 + at,
    }));
    await createUser(h.account, { id: 'many', plan: 'starter' });
    await writeCalls(h.database, 'many', calls);
    const { agents, totals } = await reportOf({ user: 'many', range: 'today' });
    expect(agents.lines).toHaveLength(100);
    expect(agents.rest?.lines).toBe(30);
    expect(sumOf([...agents.lines, ...(agents.rest === null ? [] : [agents.rest])])).toEqual(pick(totals));
  });

  it.each([
    [{ range: 'custom' }, 'from'],
    [{ from: '2026-11-22', to: '2026-11-22' }, 'to'],
    [{ from: '2026-11-20', to: '2026-11-19' }, 'from'],
    [{ from: '2025-01-01' }, 'from'],
    [{ from: 'yesterday' }, 'from'],
    [{ range: '7d', from: '2026-11-20' }, 'from'],
    [{ range: 'year' }, 'range'],
    [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ time_zone: '+05:37' }, 'time_zone'],
  ])('refuses %j, and names the field', async (input, field) => {
    const error = await reportOf(input).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).fields.map((one) => one.field)).toEqual([field]);
  });
});

describe('running calls', () => {
  it('are counted, and each beginning and end changes the pulse', async () => {
    const { token } = await createToken(h.account, { user: 'quiet', name: 'live' });
    const pulse = async () => pulseView.parse(await readPulse(h.account, { user: 'quiet' }));
    const before = await pulse();
    expect(await pulse()).toEqual(before);
    await admitWith(h, token, { id: 'req_live' });
    const during = await pulse();
    const report = await reportOf({ user: 'quiet', range: 'today' });
    expect([before.running, during.running, report.running]).toEqual([0, 1, 1]);
    expect(report.caps.tokens.held).toBeGreaterThan(0);
    expect(report.totals.requests).toBe(0);
    await settleCall(h.store, 'req_live', { inputTokens: 5, outputTokens: 6 });
    const after = await pulse();
    const settled = await reportOf({ user: 'quiet', range: 'today' });
    expect(after.running).toBe(0);
    expect(new Set([before.version, during.version, after.version]).size).toBe(3);
    expect([settled.caps.tokens.held, settled.totals.counted_tokens, settled.today.requests]).toEqual([
      0, 11, 1,
    ]);
  });

  it('a refusal changes the pulse as well', async () => {
    const { version } = await readPulse(h.account, { user: 'fresh' });
    await writeCalls(h.database, 'fresh', [
      { atMs: START_MS, ending: 'refused', errorCode: 'rate_limited', model: '' },
    ]);
    const { refusals } = (await reportOf({ user: 'fresh', range: 'today' })).today;
    expect((await readPulse(h.account, { user: 'fresh' })).version).not.toBe(version);
    expect(refusals).toBe(1);
  });
});
