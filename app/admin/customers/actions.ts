'use server';

/** Changes of customers by operators; each is one verb of the account, which keeps who changed what. */
import { revalidatePath } from 'next/cache';
import { headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { changeUser } from '@/lib/account/change-user';
import { createSignInLink } from '@/lib/account/create-sign-in-link';
import { createUser } from '@/lib/account/create-user';
import { revokeToken } from '@/lib/account/revoke-token';
import { getServer } from '@/lib/server';
import { formatsHere } from '../../preferences';
import { accountFor, assertMayChange, operatorHere } from '../../viewer';
import { failedState, textsOf } from '../form-answers';
import { doneState, type FormState, UNTOUCHED } from '../form-state';
import { customerPath } from '../query';

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

export async function createCustomer(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  let path: string;
  try {
    const { id } = await createUser(await accountFor(viewer), {
      ...(orNull(values['id']) === null ? {} : { id: values['id'] }),
      plan: values['plan'],
      name: orNull(values['name']),
      email: orNull(values['email']),
    });
    path = customerPath(id);
  } catch (error) {
    return failedState(error, values);
  }
  return redirect(path);
}

export async function changeCustomer(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  const id = values['user'] ?? '';
  try {
    const user = await changeUser(await accountFor(viewer), {
      id,
      plan: values['plan'],
      name: orNull(values['name']),
      email: orNull(values['email']),
    });
    revalidatePath(customerPath(id));
    return doneState(`Saved. The plan "${user.plan}" holds from the next call on.`);
  } catch (error) {
    return failedState(error, values);
  }
}

export async function suspendCustomer(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  const id = values['user'] ?? '';
  const suspended = values['suspended'] === 'true';
  try {
    await changeUser(await accountFor(viewer), { id, suspended });
    revalidatePath(customerPath(id));
    return doneState(
      suspended ? 'Suspended: the next call is refused.' : 'Resumed: calls are let through again.',
    );
  } catch (error) {
    return failedState(error, values);
  }
}

export async function revokeCustomerToken(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  try {
    const token = await revokeToken(await accountFor(viewer), { id: values['token'] });
    revalidatePath(customerPath(token.user));
    return doneState(`The token "${token.name}" is revoked: its next call is refused.`);
  } catch (error) {
    return failedState(error, values);
  }
}

export async function makeSignInLink(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  try {
    const [account, server, given, formats] = await Promise.all([
      accountFor(viewer),
      getServer(),
      headers(),
      formatsHere(),
    ]);
    const link = await createSignInLink(
      account,
      { user: values['user'], expires_in_seconds: Number(values['seconds']) },
      { origin: server.origin(given) },
    );
    return { ...UNTOUCHED, secret: { url: link.url, expiresAt: formats.instant(link.expires_at) } };
  } catch (error) {
    return failedState(error, values);
  }
}
