/** Where the issuer sends a browser back to. */
import { signInAnswer } from '@/lib/web/answers';
import { answerHere, replaceSession } from '../../visit';

export function GET(request: Request): Promise<Response> {
  return answerHere(request, async (here) => {
    const { search } = new URL(request.url);
    const cookies = request.headers.get('cookie');
    const { result, next, clear } = await here.server.web.finishOidc(search, cookies, here);
    return signInAnswer(await replaceSession(result, here), next, [clear]);
  });
}
