/** One page of the list that `/logs` shows: sessions, or calls with their providers' usage objects. */
import type { AccountContext } from '@/lib/account/context';
import { listRequests } from '@/lib/account/list-requests';
import { listSessions } from '@/lib/account/list-sessions';
import type { Page } from '@/lib/account/page';
import type { RequestLineView } from '@/lib/account/present';
import type { SessionView } from '@/lib/account/present-session';
import { readUsageObjects } from '@/lib/account/read-usage-objects';
import { callsInput, type LogFilter, sessionsInput } from './log-filter';

/** A screen or two; the pager does the rest. */
const SESSIONS_PER_PAGE = 50;
/** Each brings its details along. */
const CALLS_PER_PAGE = 25;

export interface Calls {
  readonly view: 'calls';
  readonly page: Page<RequestLineView>;
  readonly usageObjects: ReadonlyMap<string, string>;
}

export type Logs = Calls | { readonly view: 'sessions'; readonly page: Page<SessionView> };

/** @throws InputError */
export async function readCalls(
  account: AccountContext,
  user: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Calls> {
  const page = await listRequests(account, { ...input, user, limit: CALLS_PER_PAGE });
  const usageObjects = await readUsageObjects(account, { user, ids: page.data.map(({ id }) => id) });
  return { view: 'calls', page, usageObjects };
}

/** @throws InputError, DayProblem */
export async function readLogs(
  account: AccountContext,
  filter: LogFilter,
  { user, zone, today }: { readonly user: string; readonly zone: string; readonly today: string },
): Promise<Logs> {
  const { cursor } = filter;
  if (filter.view === 'calls')
    return readCalls(account, user, { ...callsInput(filter, user, zone, today), cursor });
  const wanted = { ...sessionsInput(filter, user, zone), cursor, limit: SESSIONS_PER_PAGE };
  return { view: 'sessions', page: await listSessions(account, wanted) };
}
