/** Whole filtered lists of sessions and calls in one answer, for downloads: bounded, and said so where the bound cut something off. */
import { z } from 'zod';
import { requestsPage, type RequestLine } from '@/db/queries/requests';
import { sessionsPage } from '@/db/queries/sessions';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';
import { requestFilterFields, requestFilterOf } from './list-requests';
import { sessionFilterFields, sessionFilterOf } from './list-sessions';
import { presentRequestLine, type RequestLineView } from './present';
import { presentSession, type SessionView } from './present-session';

/** A few megabytes: more rows than a spreadsheet is read by eye, few enough to make in one go. */
export const MOST_EXPORTED_ROWS = 10_000;
/** The embedded database reads in the thread that everybody's calls stream through: a whole list at once would stop them all for a second. */
const ROWS_AT_ONCE = 1_000;

export interface Export<T> {
  readonly data: readonly T[];
  /** Whether there are more that are older. */
  readonly truncated: boolean;
}

const ExportSessionsInput = z.strictObject(sessionFilterFields);
/** One customer's: nobody downloads everybody's calls from a page. */
const ExportRequestsInput = z.strictObject({ ...requestFilterFields, user: reference });

function toExport<R, T>(rows: readonly R[], present: (row: R) => T): Export<T> {
  return {
    data: rows.slice(0, MOST_EXPORTED_ROWS).map(present),
    truncated: rows.length > MOST_EXPORTED_ROWS,
  };
}

const ALL = { after: undefined, rows: MOST_EXPORTED_ROWS + 1 };

/** Latest activity first. @throws GatewayError `body_invalid` */
export async function exportSessions(context: AccountContext, input: unknown): Promise<Export<SessionView>> {
  const filter = { ...sessionFilterOf(parseInput(ExportSessionsInput, input)), ...ALL };
  return toExport(await withBusyRetry(() => sessionsPage(context.database, filter)), presentSession);
}

/** Newest first. @throws GatewayError `body_invalid` */
export async function exportRequests(
  context: AccountContext,
  input: unknown,
): Promise<Export<RequestLineView>> {
  const filter = requestFilterOf(parseInput(ExportRequestsInput, input));
  const found: RequestLine[] = [];
  let last: RequestLine | undefined;
  do {
    const after = last === undefined ? undefined : { at: last.timestamp, id: last.id };
    const page = { ...filter, after, rows: ROWS_AT_ONCE };
    const rows = await withBusyRetry(() => requestsPage(context.database, page));
    found.push(...rows);
    last = rows.length < ROWS_AT_ONCE ? undefined : rows.at(-1);
    // Others have their turn.
    await new Promise((resolve) => {
      setTimeout(resolve);
    });
  } while (last !== undefined && found.length <= MOST_EXPORTED_ROWS);
  return toExport(found, presentRequestLine);
}
