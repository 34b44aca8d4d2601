/** What the sign-in's route handlers have in common: where a request comes from, and what its failures look like. */
import { clientAddressOf } from '@/lib/adapters/client-address';
import { GatewayError } from '@/lib/domain/errors';
import { getServer, type TollgateServer } from '@/lib/server';
import { goTo, refusalAnswer } from '@/lib/web/answers';
import { noticePath } from '@/lib/web/next-path';
import type { SignInResult, Visit } from '@/lib/web/sign-in';
import { viewerHere } from '../viewer';

export interface Here extends Visit {
  readonly server: TollgateServer;
}

async function hereOf(request: Request): Promise<Here> {
  const server = await getServer();
  const clientAddress = clientAddressOf(request.headers, server.env.onVercel);
  return { server, clientAddress, origin: server.origin(request.headers) };
}

/** Runs a handler; our own refusals say why, and whatever else breaks leads back to the sign-in page, which says so. */
export async function answerHere(
  request: Request,
  answer: (here: Here) => Promise<Response>,
): Promise<Response> {
  const here = await hereOf(request);
  try {
    return await answer(here);
  } catch (error) {
    if (error instanceof GatewayError) return refusalAnswer(error);
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    here.server.log.write('error', 'sign_in_failed', { error: name, message });
    return goTo(noticePath('unavailable', null));
  }
}

/** The session this browser had before ends with a new one: its cookie is gone, and nobody would miss it. */
export async function replaceSession(result: SignInResult, { server, origin }: Here): Promise<SignInResult> {
  if (result.kind !== 'signed-in') return result;
  const before = await viewerHere();
  if (before !== null) await server.web.signOut(before, origin);
  return result;
}
