'use server';

/** Tries an event again now instead of after its pause. */
import { revalidatePath } from 'next/cache';
import { retryEvent } from '@/lib/account/retry-event';
import { accountFor, assertMayChange, operatorHere } from '../../viewer';
import { failedState, textsOf } from '../form-answers';
import { doneState, type FormState } from '../form-state';

export async function retryNow(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  try {
    await retryEvent(await accountFor(viewer), { id: values['event'] });
    revalidatePath('/admin/events');
    return doneState('Due now: it goes with the next sweep, within a minute.');
  } catch (error) {
    return failedState(error, values);
  }
}
