'use server';

/** Price overrides set and deleted by operators; they hold from the next call on. */
import { revalidatePath } from 'next/cache';
import { deletePrice } from '@/lib/account/delete-price';
import { setPrice } from '@/lib/account/set-price';
import { accountFor, assertMayChange, operatorHere } from '../../viewer';
import { dollarsOf, failedState, inDollars, textsOf } from '../form-answers';
import { doneState, type FormState } from '../form-state';

const PATH = '/admin/prices';
/** Dollars are nine decimals away from nano-dollars. */
const NANO_DECIMALS = 9;
const RATES = ['input', 'output', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'web_search'] as const;

function ratesOf(values: Readonly<Record<string, string>>): Record<string, number | string> {
  return Object.fromEntries(
    RATES.flatMap((name): [string, number | string][] => {
      const rate = dollarsOf(values[name], NANO_DECIMALS);
      return rate === null ? [] : [[name, rate]];
    }),
  );
}

export async function savePrice(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  const day = values['effective_from'] ?? '';
  try {
    const price = await setPrice(await accountFor(viewer), {
      model: values['model'],
      ...(day === '' ? {} : { effective_from: day }),
      ...ratesOf(values),
    });
    revalidatePath(PATH);
    return doneState(`"${price.model}" costs this from ${price.effective_from} on.`);
  } catch (error) {
    return inDollars(failedState(error, values), RATES);
  }
}

export async function removePrice(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  try {
    await deletePrice(await accountFor(viewer), {
      model: values['model'],
      effective_from: values['effective_from'],
    });
    revalidatePath(PATH);
    return doneState('Deleted: what was underneath holds again.');
  } catch (error) {
    return failedState(error, values);
  }
}
