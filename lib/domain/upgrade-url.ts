/** Where a customer goes to upgrade: the operator's address with who asks, and for what. */

/**
 * `base` with `user`, `plan` (the one the customer is on) and, where he chose one, `to` added; what its query holds already
 * stays.
 */
export function upgradeUrl(
  base: string,
  { user, plan, to }: { readonly user: string; readonly plan: string; readonly to?: string },
): string {
  const url = new URL(base);
  url.searchParams.set('user', user);
  url.searchParams.set('plan', plan);
  if (to !== undefined) url.searchParams.set('to', to);
  return url.href;
}
