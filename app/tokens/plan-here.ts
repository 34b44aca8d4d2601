import type { AccountContext } from '@/lib/account/context';
import { getPlan } from '@/lib/account/get-plan';
import { getUser } from '@/lib/account/get-user';
import type { PlanView } from '@/lib/account/present';

/** The plan that a customer's tokens are below. */
export async function planOf(account: AccountContext, user: string): Promise<PlanView> {
  const { plan } = await getUser(account, { id: user });
  return getPlan(account, { plan });
}
