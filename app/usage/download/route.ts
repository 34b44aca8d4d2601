/** What the usage page shows, as a file: the same range in the same zone, as CSV or JSON. */
import { InputError } from '@/lib/account/input';
import { reportTable } from '@/lib/account/report-table';
import { GatewayError } from '@/lib/domain/errors';
import { csvText } from '../../csv';
import { paceDownload } from '../../download-pace';
import { formatsHere } from '../../preferences';
import { viewerHere } from '../../viewer';
import { readQuery } from '../query';
import { reportHere } from '../report-here';

const plain = (status: number, text: string): Response =>
  new Response(text, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });

export async function GET(request: Request): Promise<Response> {
  const viewer = await viewerHere();
  if (viewer?.kind !== 'customer') return plain(401, 'Sign in first.');
  const params = Object.fromEntries(new URL(request.url).searchParams);
  const { format = 'csv', ...rest } = params;
  if (format !== 'csv' && format !== 'json') return plain(404, 'There are CSV and JSON.');
  try {
    await paceDownload(viewer);
    const { timeZone } = await formatsHere();
    const report = await reportHere(viewer, readQuery(rest), timeZone);
    const name = `tollgate-usage-${report.from}-to-${report.to}.${format}`;
    const body = format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : csvText(reportTable(report));
    return new Response(body, {
      headers: {
        'content-type': format === 'json' ? 'application/json' : 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      },
    });
  } catch (error) {
    if (error instanceof InputError) return plain(400, error.message);
    if (error instanceof GatewayError) return plain(error.status, error.message);
    throw error;
  }
}
