/** Uses up a one-time link: only a person presses the button that leads here, never a scanner that looks links over. */
import { signInAnswer } from '@/lib/web/answers';
import { readForm } from '@/lib/web/form';
import { assertSameOrigin } from '@/lib/web/same-origin';
import { answerHere, replaceSession } from '../../visit';

export function POST(request: Request): Promise<Response> {
  return answerHere(request, async (here) => {
    assertSameOrigin(request.headers);
    const form = await readForm(request);
    const result = await here.server.web.signInWithLink(form.get('secret') ?? '', here);
    return signInAnswer(await replaceSession(result, here), null);
  });
}
