'use server';

/** Plans made and changed by operators, or tried out first: what a change would do to the customers of this month. */
import { revalidatePath } from 'next/cache';
import { changePlan } from '@/lib/account/change-plan';
import { createPlan } from '@/lib/account/create-plan';
import type { PlanPreview } from '@/lib/account/operator-views';
import { previewPlan } from '@/lib/account/preview-plan';
import { accountFor, assertMayChange, operatorHere } from '../../viewer';
import { dollarsOf, failedState, inDollars, linesOf, textsOf, wholeNumberOf } from '../form-answers';
import { doneState, type FormState } from '../form-state';

const PATH = '/admin/plans';
const CENT_DECIMALS = 2;

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** The form's fields bear the names of the verbs' fields, so that complaints find them. */
function planOf(values: Readonly<Record<string, string>>) {
  return {
    monthly_tokens: wholeNumberOf(values['monthly_tokens']),
    monthly_cost_cents: dollarsOf(values['monthly_cost_cents'], CENT_DECIMALS),
    rate_limit_rpm: wholeNumberOf(values['rate_limit_rpm']),
    rate_limit_tpm: wholeNumberOf(values['rate_limit_tpm']),
    count_cache_reads: values['count_cache_reads'] === 'on',
    models: linesOf(values['models']),
    price_cents: dollarsOf(values['price_cents'], CENT_DECIMALS),
    listed: values['listed'] === 'on',
    description: orNull(values['description']),
    stripe_price_id: orNull(values['stripe_price_id']),
  };
}

function previewText({ customers, over_now: now, over_then: then, plan }: PlanPreview): string {
  const of = `of ${customers} customer${customers === 1 ? '' : 's'} on "${plan}"`;
  return `With these caps ${then.any} ${of} would have used them up (tokens: ${then.tokens}, money: ${then.cost}); now it is ${now.any}. Nothing was changed yet.`;
}

export async function savePlan(_: FormState, form: FormData): Promise<FormState> {
  const viewer = await operatorHere();
  assertMayChange(viewer);
  const values = textsOf(form);
  const plan = values['plan'] ?? '';
  const isNew = values['is_new'] === 'true';
  try {
    const account = await accountFor(viewer);
    const wanted = planOf(values);
    if (values['intent'] === 'preview') {
      const { monthly_tokens, monthly_cost_cents } = wanted;
      const preview = await previewPlan(account, { plan, monthly_tokens, monthly_cost_cents });
      return { ...doneState(previewText(preview)), values };
    }
    await (isNew ? createPlan : changePlan)(account, { plan, ...wanted });
    revalidatePath(PATH);
    return isNew
      ? doneState(`The plan "${plan}" is there. Customers are put on it on their own pages.`)
      : { ...doneState('Saved. It holds from the next call on, for every customer of the plan.'), values };
  } catch (error) {
    return inDollars(failedState(error, values), ['monthly_cost_cents', 'price_cents']);
  }
}
