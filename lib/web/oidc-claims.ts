/** Reads what an issuer says about a person: who they are, and whether they are an operator. */
import type { OidcSettings } from './oidc-settings';

export type Claims = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A claim by its name, or by the path to it: names may hold dots themselves (`https://example.com/roles`, `realm_access.roles`). */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const part of name.split('.')) {
    if (!isRecord(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

/** Whether a claim is that value, or a list that holds it. */
export function isOperator(claims: Claims, operator: OidcSettings['operator']): boolean {
  if (operator === null) return false;
  const claim = claimOf(claims, operator.claim);
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.some((value) => (typeof value === 'boolean' ? String(value) : value) === operator.value);
}

/** The e-mail address, where the issuer vouches that it is theirs. */
function verifiedEmail(claims: Claims): string | null {
  const { email, email_verified: verified } = claims;
  return typeof email === 'string' && email !== '' && verified === true ? email : null;
}

/** How the customer is found; `null` when the claims name none. */
export function customerNamed(
  claims: Claims,
  userClaim: string,
): { readonly by: 'id' | 'email'; readonly value: string } | null {
  if (userClaim === 'email') {
    const email = verifiedEmail(claims);
    return email === null ? null : { by: 'email', value: email };
  }
  const value = claimOf(claims, userClaim);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { by: 'id', value: String(value) };
  return typeof value === 'string' && value !== '' ? { by: 'id', value } : null;
}

/** What pages and the audit log call this person: never a name that they could give themselves. */
export function subjectOf(claims: Claims): string {
  const email = verifiedEmail(claims);
  if (email !== null) return email;
  return typeof claims['sub'] === 'string' ? claims['sub'] : '';
}
