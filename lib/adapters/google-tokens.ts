/** Access tokens for Google's service accounts: a JWT signed with jose, exchanged once and kept until it is about to expire (RFC 7523). */
import { importPKCS8, SignJWT } from 'jose';
import { z } from 'zod';
import {
  type GoogleTokens,
  type ServiceAccount,
  type UpstreamFetch,
  UpstreamFault,
} from '@/lib/providers/provider';

const ALGORITHM = 'RS256';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** The longest life Google gives an assertion, and the life of the token it buys. */
const ASSERTION_LIFE_S = 3_600;
/** A token is renewed this long before it expires: a long call must not outlive its token on the way. */
const RENEW_BEFORE_MS = 5 * 60_000;

const answer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

interface Kept {
  readonly token: Promise<string>;
  /** Unknown while it is being fetched. */
  expiresAtMs: number;
}

export interface GoogleTokenOptions {
  readonly fetch: UpstreamFetch;
  readonly nowMs: () => number;
}

/** One token per account; callers that come while it is being fetched wait for the same one. A failure isn't kept. */
export function createGoogleTokens({ fetch, nowMs }: GoogleTokenOptions): GoogleTokens {
  const kept = new Map<string, Kept>();

  async function assertion(account: ServiceAccount): Promise<string> {
    const key = await importPKCS8(account.privateKey, ALGORITHM);
    const issuedAt = Math.floor(nowMs() / 1000);
    return new SignJWT({ scope: SCOPE })
      .setProtectedHeader({
        alg: ALGORITHM,
        typ: 'JWT',
        ...(account.privateKeyId === null ? {} : { kid: account.privateKeyId }),
      })
      .setIssuer(account.clientEmail)
      .setAudience(account.tokenUrl)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ASSERTION_LIFE_S)
      .sign(key);
  }

  async function exchange(account: ServiceAccount): Promise<{ token: string; expiresAtMs: number }> {
    const form = new URLSearchParams({ grant_type: GRANT_TYPE, assertion: await assertion(account) });
    const response = await fetch({
      url: account.tokenUrl,
      method: 'POST',
      headers: new Headers({
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      }),
      body: new TextEncoder().encode(form.toString()),
      // Others may be waiting for the same token: one caller who leaves must not take it from them.
      signal: new AbortController().signal,
    });
    const text = await new Response(response.body).text();
    const parsed = response.status === 200 ? answer.safeParse(jsonOf(text)) : null;
    if (parsed?.success !== true)
      throw new UpstreamFault('credentials', `the token endpoint answered ${response.status}`, false);
    return {
      token: parsed.data.access_token,
      expiresAtMs: nowMs() + parsed.data.expires_in * 1000,
    };
  }

  return (account) => {
    const id = `${account.clientEmail} ${account.privateKeyId ?? ''} ${account.tokenUrl}`;
    const known = kept.get(id);
    if (known !== undefined && known.expiresAtMs - RENEW_BEFORE_MS > nowMs()) return known.token;
    const fetched = exchange(account);
    const entry: Kept = { token: fetched.then(({ token }) => token), expiresAtMs: Number.POSITIVE_INFINITY };
    kept.set(id, entry);
    fetched.then(
      ({ expiresAtMs }) => (entry.expiresAtMs = expiresAtMs),
      () => kept.get(id) === entry && kept.delete(id),
    );
    return entry.token;
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
