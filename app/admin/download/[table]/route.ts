/** A table of the operator's pages as a CSV file, under the filter of its page. */
import { GatewayError } from '@/lib/domain/errors';
import { getServer } from '@/lib/server';
import { refusalAnswer } from '@/lib/web/answers';
import { paceDownload } from '../../../download-pace';
import { accountFor, viewerHere } from '../../../viewer';
import { TABLES } from '../tables';

interface Context {
  readonly params: Promise<{ readonly table: string }>;
}

async function answer(request: Request, { params }: Context): Promise<Response> {
  const viewer = await viewerHere();
  if (viewer === null) throw new GatewayError('unauthenticated', 'Sign in to download this.');
  const { table: name } = await params;
  const table = Object.hasOwn(TABLES, name) ? TABLES[name] : undefined;
  // To a customer there is no such file.
  if (viewer.kind !== 'operator' || table === undefined)
    throw new GatewayError('not_found', 'There is no such file.');
  await paceDownload(viewer);
  const [account, server] = await Promise.all([accountFor(viewer), getServer()]);
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const { csv, truncated } = await table(account, query, server.operator);
  return new Response(csv, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="tollgate-${name}${truncated ? '-first' : ''}.csv"`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-tollgate-truncated': String(truncated),
    },
  });
}

export async function GET(request: Request, context: Context): Promise<Response> {
  try {
    return await answer(request, context);
  } catch (error) {
    if (error instanceof GatewayError) return refusalAnswer(error);
    throw error;
  }
}
