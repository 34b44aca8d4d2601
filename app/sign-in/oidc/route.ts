/** Sends a browser to the issuer to sign in there. */
import { goTo } from '@/lib/web/answers';
import { safeNextPath, signInPath } from '@/lib/web/next-path';
import { answerHere } from '../visit';

export function GET(request: Request): Promise<Response> {
  return answerHere(request, async ({ server, origin }) => {
    const next = safeNextPath(new URL(request.url).searchParams.get('next'));
    if (!server.web.offersOidc) return goTo(signInPath(next));
    const { url, cookie } = await server.web.beginOidc(origin, next);
    return goTo(url.href, [cookie]);
  });
}
