/** What the usage page's address says: which days, whose clock, which chart; and addresses that say something else. */
import { knownZone } from '../preferences';

export const CHARTS = ['cost', 'tokens', 'kinds'] as const;
export type Chart = (typeof CHARTS)[number];

export interface UsageQuery {
  readonly range: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** Given in the address, so that who it is sent to sees the same days. */
  readonly zone: string | undefined;
  readonly chart: Chart;
}

export type SearchParams = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Once and not empty: a form sends empty fields too. */
function one(params: SearchParams, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

export function readQuery(params: SearchParams): UsageQuery {
  const from = one(params, 'from');
  const to = one(params, 'to');
  const custom = from !== undefined || to !== undefined;
  return {
    range: one(params, 'range') ?? (custom ? 'custom' : undefined),
    from,
    to,
    zone: one(params, 'zone'),
    chart: CHARTS.find((chart) => chart === one(params, 'chart')) ?? 'cost',
  };
}

/** What the account's verb is asked: the address's zone, else the reader's own. */
export function reportInput(query: UsageQuery, ownZone: string): Record<string, string> {
  const { range, from, to, zone } = query;
  return {
    ...(range === undefined ? {} : { range }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    time_zone: (zone === undefined ? null : knownZone(zone)) ?? zone ?? ownZone,
  };
}

/** An address under `/usage` with these changes; `undefined` takes a part away. */
export function usageHref(query: UsageQuery, change: Partial<UsageQuery> = {}, path = '/usage'): string {
  const { chart, ...parts } = { ...query, ...change };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) if (value !== undefined) search.set(name, value);
  if (chart !== 'cost') search.set('chart', chart);
  return search.size === 0 ? path : `${path}?${search}`;
}
