/** Who looks at this page; on the server only. Every page and route handler that shows or changes something of somebody's asks here. */
import { cookies, headers } from 'next/headers';
import { notFound, redirect } from 'next/navigation';
import { cache } from 'react';
import type { AccountContext } from '@/lib/account/context';
import { getServer } from '@/lib/server';
import { cookieName } from '@/lib/web/cookies';
import { CUSTOMER_HOME, OPERATOR_HOME, signInPath } from '@/lib/web/next-path';
import type { CustomerViewer, OperatorViewer, Viewer } from '@/lib/web/viewer';

export { assertMayChange } from '@/lib/web/viewer';
export type { CustomerViewer, OperatorViewer, Viewer };

/** Set by `proxy.ts`: the path and query of the page that was asked for. A forged one leads only to another page of ours. */
const PATH_HEADER = 'x-tollgate-path';

/** Who is signed in, checked against the database once per request; `null` when nobody is. */
export const viewerHere = cache(async (): Promise<Viewer | null> => {
  const [jar, given, server] = await Promise.all([cookies(), headers(), getServer()]);
  // Only the cookie that belongs to this origin: over TLS, one without `__Host-` may be a neighbour's.
  return server.web.viewerOf(jar.get(cookieName('session', server.origin(given)))?.value);
});

async function toSignIn(home: string): Promise<never> {
  redirect(signInPath((await headers()).get(PATH_HEADER) ?? home));
}

/** The customer of this page. Nobody is sent to sign in, an operator to their own pages. */
export async function customerHere(): Promise<CustomerViewer> {
  const viewer = await viewerHere();
  if (viewer === null) return toSignIn(CUSTOMER_HOME);
  if (viewer.kind === 'operator') redirect(OPERATOR_HOME);
  return viewer;
}

/** The operator of this page. To a customer there is no such page. */
export async function operatorHere(): Promise<OperatorViewer> {
  const viewer = await viewerHere();
  if (viewer === null) return toSignIn(OPERATOR_HOME);
  if (viewer.kind === 'customer') notFound();
  return viewer;
}

/** The account as this viewer acts on it: the audit log names them. */
export async function accountFor(viewer: Viewer): Promise<AccountContext> {
  const { account } = await getServer();
  const id = viewer.kind === 'customer' ? viewer.userId : viewer.subject;
  return { ...account, actor: { kind: viewer.kind, id } };
}
