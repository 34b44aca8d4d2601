/** Stage 1: whose credential is it? */
import { GatewayError } from '@/lib/domain/errors';
import { LONGEST_PLAN_NAME, LONGEST_USER_ID, PLAN_NAME, USER_ID } from '@/lib/domain/names';
import { isWellFormed, looksLikeToken } from '@/lib/domain/token';
import { sha256Hex } from '@/lib/std/sha256';
import type { Identity, Ports, Principal } from '../ports';

export interface Caller {
  readonly principal: Principal;
  readonly identity: Identity;
}

/** Headers a credential may come in; all of them are stripped before the upstream. */
const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'] as const;
const JWT_SHAPE = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;
/** Gemini's REST examples, and older clients, put the key into the query. */
const QUERY_CREDENTIAL = 'key';
/** AWS SDKs that were given the token as their access key sign with it; the key stands in the clear (SigV4, "Credential"). */
const SIGV4_CREDENTIAL = /^AWS4-HMAC-SHA256\s.*?Credential=([^/,\s]+)\//;
/** Longer than any token or sane JWT: not worth hashing or parsing. */
const LONGEST_CREDENTIAL = 8_192;

/** The credential of an `authorization` header, whichever scheme the client's SDK uses. */
function inAuthorization(value: string): string {
  return SIGV4_CREDENTIAL.exec(value)?.[1] ?? value.replace(/^Bearer(?:\s+|$)/i, '').trim();
}

/**
 * The one credential of ours among the headers. Clients often send two headers at once; a foreign key beside
 * ours is ignored, two of ours must agree.
 * @throws GatewayError `unauthenticated`
 */
function credentialOf({ headers, url }: Request, alsoInQuery: boolean): string {
  let ours: string | null = null;
  let foreign = false;
  const sent = CREDENTIAL_HEADERS.map((name) => {
    const raw = headers.get(name)?.trim() ?? null;
    return raw !== null && name === 'authorization' ? inAuthorization(raw) : raw;
  });
  if (alsoInQuery) sent.push(new URL(url).searchParams.get(QUERY_CREDENTIAL));
  for (const value of sent) {
    if (value === null) continue;
    const mine = value.length <= LONGEST_CREDENTIAL && (looksLikeToken(value) || JWT_SHAPE.test(value));
    if (!mine) foreign ||= value !== '';
    else if (ours !== null && ours !== value) {
      throw new GatewayError(
        'unauthenticated',
        'Two different gateway tokens were sent in one request; send one.',
      );
    } else ours = value;
  }
  if (ours !== null) return ours;
  throw new GatewayError(
    'unauthenticated',
    foreign
      ? 'The API key sent is not a gateway token. Use the token (tg_…) your operator gave you as the API key.'
      : 'No gateway token was sent. Send it as "Authorization: Bearer tg_…" or "x-api-key: tg_…".',
  );
}

async function principalOf(credential: string, ports: Ports): Promise<Principal> {
  if (looksLikeToken(credential)) {
    if (!isWellFormed(credential))
      throw new GatewayError('unauthenticated', 'The gateway token is malformed.');
    return { kind: 'token', hash: sha256Hex(credential) };
  }
  if (ports.verifyJwt === null) throw new GatewayError('unauthenticated', 'This gateway accepts no JWTs.');
  const claims = await ports.verifyJwt(credential).catch((error: unknown) => {
    throw new GatewayError(
      'store_unavailable',
      'The gateway cannot reach the keys of the token issuer right now.',
      { retryAfterMs: 1_000 },
      { cause: error },
    );
  });
  if (claims === null) throw new GatewayError('unauthenticated', 'The JWT is not valid here or has expired.');
  const { userId, plan } = claims;
  const named = userId.length <= LONGEST_USER_ID && USER_ID.test(userId);
  if (!named || (plan !== null && !(plan.length <= LONGEST_PLAN_NAME && PLAN_NAME.test(plan)))) {
    throw new GatewayError(
      'unauthenticated',
      'The JWT names a customer or a plan that no customer or plan can be called.',
    );
  }
  return { kind: 'jwt', ...claims };
}

/** Refuses an identity that may not call at all. */
export function assertActive(
  identity: Identity | null,
  kind: Principal['kind'],
  nowMs: number,
): asserts identity is Identity {
  if (identity === null) {
    const message =
      kind === 'jwt'
        ? 'The customer or the plan that the JWT names is not known here.'
        : 'The gateway token is not known here.';
    throw new GatewayError('unauthenticated', message);
  }
  if (identity.revoked) throw new GatewayError('token_revoked', 'The gateway token was revoked.');
  if (identity.expiresAtMs !== null && identity.expiresAtMs <= nowMs) {
    throw new GatewayError('token_revoked', 'The gateway token has expired.');
  }
  if (identity.suspended)
    throw new GatewayError('forbidden', 'This account is suspended. Ask your operator.');
}

/** Turns any failure of the database into the one retryable refusal: nothing goes through unmetered. */
export async function fromStore<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new GatewayError(
      'store_unavailable',
      'The gateway cannot reach its database right now.',
      { retryAfterMs: 1_000 },
      { cause: error },
    );
  }
}

/** @throws GatewayError `unauthenticated`, `token_revoked`, `forbidden`, `store_unavailable` */
export async function authenticate(
  request: Request,
  ports: Ports,
  { keyInQuery = false }: { readonly keyInQuery?: boolean } = {},
): Promise<Caller> {
  const principal = await principalOf(credentialOf(request, keyInQuery), ports);
  const identity = await fromStore(ports.store.findIdentity(principal));
  assertActive(identity, principal.kind, ports.nowMs());
  return { principal, identity };
}
