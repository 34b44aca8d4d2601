/** The issuer that people sign in to the pages at, from the environment. */
import { z } from 'zod';

export interface ReadOidc {
  readonly oidc: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string | null;
    readonly scopes: string;
    readonly userClaim: string;
    readonly operator: { readonly claim: string; readonly value: string } | null;
  } | null;
  readonly problems: readonly string[];
}

type Source = Readonly<Record<string, string | undefined>>;

const DEFAULT_SCOPES = 'openid email profile';
const DEFAULT_USER_CLAIM = 'sub';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** What means something only beside issuer and client; scopes and user claim have defaults that a copied example spells out. */
const DEPENDENT = [
  'TOLLGATE_OIDC_ISSUER',
  'TOLLGATE_OIDC_CLIENT_ID',
  'TOLLGATE_OIDC_CLIENT_SECRET',
  'TOLLGATE_OIDC_OPERATOR_CLAIM',
  'TOLLGATE_OIDC_OPERATOR_VALUE',
];

const issuerUrl = z.url({ protocol: /^https?$/ });

/** Reads the issuer; problems name variables, never values. */
export function readOidc(source: Source): ReadOidc {
  const problems: string[] = [];
  const set = (name: string): string | null => {
    const value = source[name]?.trim() ?? '';
    return value === '' ? null : value;
  };
  const [issuer, clientId] = [set('TOLLGATE_OIDC_ISSUER'), set('TOLLGATE_OIDC_CLIENT_ID')];
  if (issuer === null || clientId === null) {
    if (DEPENDENT.some((name) => set(name) !== null))
      problems.push(
        'TOLLGATE_OIDC_ISSUER and TOLLGATE_OIDC_CLIENT_ID must be set together, and before any other TOLLGATE_OIDC_ name',
      );
    return { oidc: null, problems };
  }
  if (!issuerUrl.safeParse(issuer).success) problems.push('TOLLGATE_OIDC_ISSUER: must be a URL');
  else {
    const { protocol, hostname } = new URL(issuer);
    if (protocol === 'http:' && !LOOPBACK.test(hostname))
      problems.push(
        'TOLLGATE_OIDC_ISSUER: must start with https: (http: is for issuers on this very machine)',
      );
  }
  const scopes = set('TOLLGATE_OIDC_SCOPES') ?? DEFAULT_SCOPES;
  if (!scopes.split(/\s+/).includes('openid')) problems.push('TOLLGATE_OIDC_SCOPES: must hold "openid"');
  const [claim, value] = [set('TOLLGATE_OIDC_OPERATOR_CLAIM'), set('TOLLGATE_OIDC_OPERATOR_VALUE')];
  if ((claim === null) !== (value === null))
    problems.push('TOLLGATE_OIDC_OPERATOR_CLAIM and TOLLGATE_OIDC_OPERATOR_VALUE must be set together');
  const operator = claim === null || value === null ? null : { claim, value };
  const userClaim = set('TOLLGATE_OIDC_USER_CLAIM') ?? DEFAULT_USER_CLAIM;
  const clientSecret = set('TOLLGATE_OIDC_CLIENT_SECRET');
  if (problems.length > 0) return { oidc: null, problems };
  return { oidc: { issuer, clientId, clientSecret, scopes, userClaim, operator }, problems };
}
