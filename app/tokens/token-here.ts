import { notFound } from 'next/navigation';
import type { AccountContext } from '@/lib/account/context';
import { getToken } from '@/lib/account/get-token';
import { InputError } from '@/lib/account/input';
import { listChoices } from '@/lib/account/list-choices';
import type { TokenView } from '@/lib/account/present';
import { GatewayError } from '@/lib/domain/errors';
import type { Formats } from '../formats';
import type { FormState } from './form-state';
import { planOf } from './plan-here';
import type { TokenChoices } from './token-fields';
import { NO_WISH, type TokenWish } from './token-form';
import { inOrder } from './token-state';

/** A token of this customer; any other is as if there were none. */
export async function tokenHere(account: AccountContext, user: string, segment: string): Promise<TokenView> {
  try {
    return await getToken(account, { id: decodeURIComponent(segment), user });
  } catch (error) {
    const missing = error instanceof InputError || error instanceof URIError;
    if (missing || (error instanceof GatewayError && error.code === 'not_found')) notFound();
    throw error;
  }
}

/** What the form of a token offers this customer. */
export async function choicesHere(
  account: AccountContext,
  user: string,
  formats: Formats,
): Promise<TokenChoices> {
  const [plan, used] = await Promise.all([planOf(account, user), listChoices(account, { user })]);
  const { monthly_tokens: tokens, monthly_cost_cents: cents } = plan;
  return {
    planModels: plan.models,
    usedModels: used.models,
    formats: inOrder(account.formats ?? []),
    planTokens: tokens === null ? 'which has none' : formats.count(tokens),
    planUsd: cents === null ? 'which has none' : formats.cents(cents),
    timeZone: formats.timeZone,
  };
}

/** A form nobody has sent yet. */
export const untouched = (wish: TokenWish = NO_WISH): FormState => ({
  answers: 0,
  wish,
  fields: {},
  problem: null,
  made: null,
});
