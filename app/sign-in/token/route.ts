/** Signs in by the token of the form on `/sign-in`: a customer's gateway token, or the operator's admin token. */
import { signInAnswer } from '@/lib/web/answers';
import { readForm } from '@/lib/web/form';
import { assertSameOrigin } from '@/lib/web/same-origin';
import { answerHere, replaceSession } from '../visit';

export function POST(request: Request): Promise<Response> {
  return answerHere(request, async (here) => {
    assertSameOrigin(request.headers);
    const form = await readForm(request);
    const result = await here.server.web.signInWithToken(form.get('token') ?? '', here);
    return signInAnswer(await replaceSession(result, here), form.get('next'));
  });
}
