/** The filtered list of `/logs` as a file: `format=csv` or `json`, the other parameters as on the page. */
import { exportRequests, exportSessions, MOST_EXPORTED_ROWS } from '@/lib/account/export-logs';
import { GatewayError } from '@/lib/domain/errors';
import { dayIn } from '@/lib/domain/zone';
import { refusalAnswer } from '@/lib/web/answers';
import { paceDownload } from '../../download-pace';
import { formatsHere } from '../../preferences';
import { accountFor, type CustomerViewer, viewerHere } from '../../viewer';
import { callRow, callsCsv, sessionRow, sessionsCsv } from '../log-files';
import { callsInput, DayProblem, type LogFilter, readFilter, sessionsInput } from '../log-filter';

interface File {
  readonly truncated: boolean;
  readonly csv: () => string;
  readonly rows: () => readonly object[];
}

async function fileOf(filter: LogFilter, viewer: CustomerViewer): Promise<File> {
  const [account, { timeZone }] = await Promise.all([accountFor(viewer), formatsHere()]);
  if (filter.view === 'calls') {
    const today = dayIn(timeZone, account.nowMs());
    const input = callsInput(filter, viewer.userId, timeZone, today);
    const { data, truncated } = await exportRequests(account, input);
    return { truncated, csv: () => callsCsv(data), rows: () => data.map(callRow) };
  }
  const { data, truncated } = await exportSessions(account, sessionsInput(filter, viewer.userId, timeZone));
  return { truncated, csv: () => sessionsCsv(data), rows: () => data.map(sessionRow) };
}

/** What was left out is said in the file's name, where a spreadsheet shows it, and in a header. */
function answer(view: LogFilter['view'], format: string, file: File): Response {
  const name = `tollgate-${view}${file.truncated ? `-newest-${MOST_EXPORTED_ROWS}` : ''}.${format}`;
  const { truncated } = file;
  const body = format === 'csv' ? file.csv() : JSON.stringify({ data: file.rows(), truncated }, null, 1);
  return new Response(body, {
    headers: {
      'content-type': `${format === 'csv' ? 'text/csv' : 'application/json'}; charset=utf-8`,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
      'x-tollgate-truncated': String(truncated),
    },
  });
}

export async function GET(request: Request): Promise<Response> {
  try {
    const viewer = await viewerHere();
    if (viewer === null) throw new GatewayError('unauthenticated', 'Sign in to download your logs.');
    if (viewer.kind !== 'customer')
      throw new GatewayError('not_found', 'Operators have no logs of their own.');
    const query = Object.fromEntries(new URL(request.url).searchParams);
    const format = query['format'] ?? 'csv';
    if (format !== 'csv' && format !== 'json')
      throw new GatewayError('body_invalid', 'format must be csv or json.');
    await paceDownload(viewer);
    const filter = readFilter(query);
    return answer(filter.view, format, await fileOf(filter, viewer));
  } catch (error) {
    if (error instanceof DayProblem) return refusalAnswer(new GatewayError('body_invalid', error.message));
    if (error instanceof GatewayError) return refusalAnswer(error);
    throw error;
  }
}
