/** Keeps downloads to a person's pace. */
import { GatewayError } from '@/lib/domain/errors';
import { getServer } from '@/lib/server';
import type { Viewer } from '@/lib/web/viewer';

/** @throws GatewayError `rate_limited_requests` */
export async function paceDownload(viewer: Viewer): Promise<void> {
  const { web } = await getServer();
  const wait = await web.takeDownload(viewer);
  if (wait === null) return;
  const seconds = Math.ceil(wait.retryAfterMs / 1_000);
  throw new GatewayError(
    'rate_limited_requests',
    `That were many downloads in a minute; try again in ${seconds} s.`,
    wait,
  );
}
