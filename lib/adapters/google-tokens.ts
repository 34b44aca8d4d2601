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

/**
 * One token per account; callers that come while it is being fetched wait for the same one. A failure isn't kept, and
 * while the last token still lives it serves in place of one that can't be had.
 */
export function createGoogleTokens({ fetch, nowMs }: GoogleTokenOptions): GoogleTokens {
  const kept = new Map<string, Kept>();

  async function assertion(account: ServiceAccount): Promise<string> {
    const issuedAt = Math.floor(nowMs() / 1000);
    try {
      const key = await importPKCS8(account.privateKey, ALGORITHM);
      return await new SignJWT({ scope: SCOPE })
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
    } catch (cause) {
      throw new UpstreamFault('credentials', 'the service account’s private key can’t sign', false, {
        cause,
      });
    }
  }

  async function ask(account: ServiceAccount): Promise<{ status: number; text: string }> {
    const form = new URLSearchParams({ grant_type: GRANT_TYPE, assertion: await assertion(account) });
    const request = {
      url: account.tokenUrl,
      method: 'POST' as const,
      headers: new Headers({
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      }),
      body: new TextEncoder().encode(form.toString()),
      // Others may be waiting for the same token: one caller who leaves must not take it from them.
      signal: new AbortController().signal,
    };
    try {
      const response = await fetch(request);
      return { status: response.status, text: await new Response(response.body).text() };
    } catch (fault) {
      if (!(fault instanceof UpstreamFault)) throw fault;
      // Whatever reached the token endpoint, the call itself was never sent.
      throw new UpstreamFault(fault.kind, fault.message, false, { cause: fault });
    }
  }

  async function exchange(account: ServiceAccount): Promise<{ token: string; expiresAtMs: number }> {
    const askedAtMs = nowMs();
    const { status, text } = await ask(account);
    const parsed = status === 200 ? answer.safeParse(jsonOf(text)) : null;
    if (parsed?.success === true) {
      const { access_token: token, expires_in: lifeS } = parsed.data;
      return { token, expiresAtMs: askedAtMs + lifeS * 1000 };
    }
    // Its own outages pass; what it says of the account doesn't.
    const kind = status === 429 || status >= 500 ? 'refused' : 'credentials';
    throw new UpstreamFault(kind, `the token endpoint answered ${status}`, false);
  }

  function renew(id: string, account: ServiceAccount, last: Kept | undefined): Kept {
    const fetched = exchange(account);
    const token = fetched.then(
      (got) => got.token,
      (fault: unknown) => {
        if (last !== undefined && last.expiresAtMs > nowMs()) return last.token;
        throw fault;
      },
    );
    // All who waited may have left by the time it fails.
    token.catch(() => undefined);
    const entry: Kept = { token, expiresAtMs: Number.POSITIVE_INFINITY };
    kept.set(id, entry);
    fetched.then(
      ({ expiresAtMs }) => (entry.expiresAtMs = expiresAtMs),
      () => {
        if (kept.get(id) !== entry) return;
        if (last === undefined) kept.delete(id);
        else kept.set(id, last);
      },
    );
    return entry;
  }

  return (account, signal) => {
    const id = `${account.clientEmail} ${account.privateKeyId ?? ''} ${account.tokenUrl}`;
    const known = kept.get(id);
    const fresh = known !== undefined && known.expiresAtMs - RENEW_BEFORE_MS > nowMs();
    return unlessLeft(fresh ? known.token : renew(id, account, known).token, signal);
  };
}

/** A caller who leaves stops waiting; the token goes on to the others. */
async function unlessLeft(token: Promise<string>, signal: AbortSignal): Promise<string> {
  if (signal.aborted) throw new UpstreamFault('reset', 'the caller left', false);
  let leave: () => void = () => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(new UpstreamFault('reset', 'the caller left', false));
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([token, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
