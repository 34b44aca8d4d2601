'use server';

import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { changeToken } from '@/lib/account/change-token';
import { createToken, type FreshToken } from '@/lib/account/create-token';
import { InputError } from '@/lib/account/input';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { getToken } from '@/lib/account/get-token';
import { GatewayError } from '@/lib/domain/errors';
import { getServer } from '@/lib/server';
import { noticePath } from '@/lib/web/next-path';
import { followToken, ownTokenOf } from '@/lib/web/own-token';
import { formatsHere } from '../preferences';
import { accountFor, assertMayChange, customerHere } from '../viewer';
import type { FormState, MadeToken } from './form-state';
import { planOf } from './plan-here';
import { secretSnippets } from './secret-snippets';
import { problemsByField, readTokenForm, readWish } from './token-form';

/** What is told to whoever sent the form; anything but our own refusals goes on to the error page. */
function refused(error: unknown): Pick<FormState, 'fields' | 'problem'> {
  if (error instanceof InputError) {
    const fields = problemsByField(error.fields);
    return { fields, problem: fields[''] ?? null };
  }
  if (error instanceof GatewayError) return { fields: {}, problem: error.message };
  throw error;
}

async function shownOnce(fresh: FreshToken, replaced: string | null): Promise<MadeToken> {
  const server = await getServer();
  const reader = { baseUrl: server.origin(await headers()), token: fresh.token };
  return { id: fresh.id, name: fresh.name, secret: fresh.token, snippets: secretSnippets(reader), replaced };
}

export async function createTokenAction(before: FormState, form: FormData): Promise<FormState> {
  const viewer = await customerHere();
  const wish = readWish(form);
  const state = { ...before, answers: before.answers + 1, wish, fields: {}, problem: null };
  try {
    assertMayChange(viewer);
    const account = await accountFor(viewer);
    const [{ timeZone: zone }, plan] = await Promise.all([formatsHere(), planOf(account, viewer.userId)]);
    const { input, problems } = readTokenForm(wish, { zone, plan, current: null });
    if (problems.length > 0) throw new InputError(problems);
    const fresh = await createToken(account, { ...input, user: viewer.userId });
    return { ...state, made: await shownOnce(fresh, null) };
  } catch (error) {
    return { ...state, ...refused(error) };
  }
}

export async function changeTokenAction(id: string, before: FormState, form: FormData): Promise<FormState> {
  const viewer = await customerHere();
  const wish = readWish(form);
  const state = { ...before, answers: before.answers + 1, wish, fields: {}, problem: null };
  try {
    assertMayChange(viewer);
    const account = await accountFor(viewer);
    const user = viewer.userId;
    const [{ timeZone: zone }, plan, current] = await Promise.all([
      formatsHere(),
      planOf(account, user),
      getToken(account, { id, user }),
    ]);
    const { input, problems } = readTokenForm(wish, { zone, plan, current });
    if (problems.length > 0) throw new InputError(problems);
    await changeToken(account, { ...input, id, user });
  } catch (error) {
    return { ...state, ...refused(error) };
  }
  return redirect(`/tokens/${encodeURIComponent(id)}?done=saved`);
}

export async function rotateTokenAction(id: string, before: FormState, form: FormData): Promise<FormState> {
  const viewer = await customerHere();
  const state = { ...before, answers: before.answers + 1, fields: {}, problem: null };
  try {
    assertMayChange(viewer);
    const account = await accountFor(viewer);
    const overlap = Number(form.get('overlap_seconds'));
    const own = await ownTokenOf(account.database, viewer);
    const fresh = await rotateToken(account, { id, user: viewer.userId, overlap_seconds: overlap });
    if (own === id) await followToken(account.database, viewer, { from: id, to: fresh.id });
    const { expires_at: until, revoked } = await getToken(account, { id, user: viewer.userId });
    const formats = await formatsHere();
    const replaced =
      revoked || until === null
        ? 'The old token no longer works.'
        : `The old token works until ${formats.instant(until)}.`;
    return { ...state, made: await shownOnce(fresh, replaced) };
  } catch (error) {
    return { ...state, ...refused(error) };
  }
}

export async function revokeTokenAction(id: string, before: FormState): Promise<FormState> {
  const viewer = await customerHere();
  const server = await getServer();
  let own: string | null;
  try {
    assertMayChange(viewer);
    const account = await accountFor(viewer);
    own = await ownTokenOf(account.database, viewer);
    await revokeToken(account, { id, user: viewer.userId });
  } catch (error) {
    return { ...before, answers: before.answers + 1, ...refused(error) };
  }
  if (own !== id) return redirect('/tokens?done=revoked');
  // The session rested on this token, and is over with it.
  const cookie = await server.web.signOut(viewer, server.origin(await headers()));
  (await cookies()).set(cookie.name, cookie.value, cookie.attributes);
  return redirect(noticePath('token-revoked', null));
}
