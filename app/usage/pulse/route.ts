/** What an open page asks now and then: is what it shows still right, and how many calls run? */
import { readPulse } from '@/lib/account/read-pulse';
import { accountFor, viewerHere } from '../../viewer';

const HEADERS = { 'cache-control': 'no-store' };

export async function GET(): Promise<Response> {
  const viewer = await viewerHere();
  if (viewer?.kind !== 'customer')
    return Response.json({ error: 'Sign in first.' }, { status: 401, headers: HEADERS });
  const pulse = await readPulse(await accountFor(viewer), { user: viewer.userId });
  return Response.json(pulse, { headers: HEADERS });
}
