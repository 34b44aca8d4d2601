'use server';

import { revalidatePath } from 'next/cache';
import { dismissPrompt } from '@/lib/account/dismiss-prompt';
import { accountFor, assertMayChange, customerHere } from '../viewer';

/** Puts a prompt away for the rest of the month. */
export async function putAway(form: FormData): Promise<void> {
  const viewer = await customerHere();
  assertMayChange(viewer);
  const account = await accountFor(viewer);
  const [cap, threshold] = [form.get('cap'), Number(form.get('threshold'))];
  await dismissPrompt(account, { user: viewer.userId, cap, threshold });
  revalidatePath('/usage');
}
