/** What the address of `/logs` asks for: read from its query, written back into links, handed to the verbs. */
import { addDays, daysIn } from '@/lib/domain/zone';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export type LogView = 'sessions' | 'calls';

const TEXTS = ['search', 'agent', 'campaign', 'token', 'model', 'ending', 'from', 'to', 'cursor'] as const;
const SWITCHES = ['running', 'roots', 'sessionless'] as const;

type Text = (typeof TEXTS)[number];
type Switch = (typeof SWITCHES)[number];

export type LogFilter = { readonly [K in Text]?: string | undefined } & {
  readonly [K in Switch]: boolean;
} & {
  readonly view: LogView;
};

/** What each list is narrowed by; whatever else stands in the address is left alone. */
const NARROWED_BY: Readonly<Record<LogView, readonly (Text | Switch)[]>> = {
  sessions: ['search', 'agent', 'campaign', 'token', 'ending', 'running', 'roots', 'from', 'to'],
  calls: ['token', 'model', 'ending', 'sessionless', 'from', 'to'],
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Calls are looked through one by one where no index helps: this far back, unless an earlier day is asked for. */
const CALLS_DAYS_BACK = 30;

export function readFilter(query: Query): LogFilter {
  const one = (name: string): string | undefined => {
    const value = query[name];
    const text = (typeof value === 'string' ? value : value?.[0])?.trim();
    return text === '' ? undefined : text;
  };
  const texts = Object.fromEntries(TEXTS.map((name) => [name, one(name)])) as { [K in Text]?: string };
  const switches = Object.fromEntries(SWITCHES.map((name) => [name, one(name) === 'true']));
  return {
    ...texts,
    ...(switches as { [K in Switch]: boolean }),
    view: one('view') === 'calls' ? 'calls' : 'sessions',
  };
}

/** Whether a form left fields empty in the address, which only make links longer. */
export const hasEmptyFields = (query: Query): boolean => Object.values(query).includes('');

/** How many filters narrow the list. */
export function narrowedBy(filter: LogFilter): number {
  return NARROWED_BY[filter.view].filter((name) => filter[name] !== undefined && filter[name] !== false)
    .length;
}

/** The list's address with some of its filter changed, by default on its first page. */
export function logsHref(
  filter: LogFilter,
  change: Partial<LogFilter> = {},
  path = '/logs',
  more: Readonly<Record<string, string>> = {},
): string {
  const wanted: LogFilter = { ...filter, cursor: undefined, ...change };
  const query = new URLSearchParams();
  if (wanted.view === 'calls') query.set('view', 'calls');
  for (const name of [...NARROWED_BY[wanted.view], 'cursor' as const]) {
    const value = wanted[name];
    if (value !== undefined && value !== false) query.set(name, String(value));
  }
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Names a day of the filter that is none. */
export class DayProblem extends Error {}

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();

function boundsOf(day: string | undefined, name: string, zone: string) {
  if (day === undefined) return undefined;
  try {
    const [bounds] = DAY.test(day) ? daysIn(zone, day, 1) : [];
    if (bounds !== undefined) return { from: iso(bounds.from), to: iso(bounds.to) };
  } catch {
    // 31 February and the like.
  }
  throw new DayProblem(`“${name}” must be a day such as 2026-11-21.`);
}

/** A day that a date field can show; `undefined` for anything else. */
export function shownDay(day: string | undefined): string | undefined {
  try {
    boundsOf(day, '', 'UTC');
    return day;
  } catch {
    return undefined;
  }
}

/** Whole days of the reader's, as the instants they begin and end at. @throws DayProblem */
function spanOf({ from, to }: LogFilter, zone: string) {
  return { from: boundsOf(from, 'From', zone)?.from, to: boundsOf(to, 'To', zone)?.to };
}

/** The input of the verbs that list sessions, without a page. @throws DayProblem */
export function sessionsInput(filter: LogFilter, user: string, zone: string) {
  const { search, agent, campaign, token, ending, running, roots } = filter;
  return { user, search, agent, campaign, token, ending, running, roots, ...spanOf(filter, zone) };
}

/** The first day of calls shown: the one asked for, else some weeks back from the last one. */
export function callsFrom({ from, to }: LogFilter, today: string): string {
  return from ?? addDays(shownDay(to) ?? today, -CALLS_DAYS_BACK);
}

/** The input of the verbs that list calls, without a page. @throws DayProblem */
export function callsInput(filter: LogFilter, user: string, zone: string, today: string) {
  const { token, model, ending, sessionless } = filter;
  const span = spanOf({ ...filter, from: callsFrom(filter, today) }, zone);
  return { user, token, model, ending, sessionless, ...span };
}
