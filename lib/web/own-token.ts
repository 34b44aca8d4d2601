/** What becomes of a session when somebody changes the very token they signed in with. */
import type { Database } from '@/db/client';
import { followTokenStatement, ownTokenStatement } from '@/db/queries/own-token';
import { withBusyRetry } from '@/db/retry';
import type { Viewer } from './viewer';

/** Id of the token that the viewer signed in with; `null` for every other way in. */
export async function ownTokenOf({ client }: Database, viewer: Viewer): Promise<string | null> {
  if (viewer.method !== 'token') return null;
  const { rows } = await withBusyRetry(() => client.execute(ownTokenStatement(viewer.sessionId)));
  const credential = rows[0]?.['credential'];
  return typeof credential === 'string' ? credential : null;
}

/**
 * After a rotation: the session that asked for it goes on with the new token, or whoever rotates would be signed out before
 * they could read it. Every other session of the old token ends with that.
 */
export async function followToken(
  { client }: Database,
  viewer: Viewer,
  rotated: { readonly from: string; readonly to: string },
): Promise<void> {
  if (viewer.method !== 'token') return;
  const { from, to } = rotated;
  await withBusyRetry(() => client.execute(followTokenStatement(viewer.sessionId, from, to)));
}
