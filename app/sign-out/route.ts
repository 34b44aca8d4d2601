/** Signs out: this browser, or with `everywhere` in the form every browser of whoever is signed in here. */
import { goTo } from '@/lib/web/answers';
import { cookieToClear } from '@/lib/web/cookies';
import { readForm } from '@/lib/web/form';
import { noticePath } from '@/lib/web/next-path';
import { assertSameOrigin } from '@/lib/web/same-origin';
import { answerHere } from '../sign-in/visit';
import { viewerHere } from '../viewer';

export function POST(request: Request): Promise<Response> {
  return answerHere(request, async ({ server, origin }) => {
    assertSameOrigin(request.headers);
    const everywhere = (await readForm(request)).has('everywhere');
    const viewer = await viewerHere();
    const signedOut = noticePath('signed-out', null);
    if (viewer === null) return goTo(signedOut, [cookieToClear('session', origin)]);
    const cookie = everywhere
      ? await server.web.signOutEverywhere(viewer, origin)
      : await server.web.signOut(viewer, origin);
    return goTo(signedOut, [cookie]);
  });
}
