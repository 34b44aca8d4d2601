/** Verifies callers' JWTs with jose: HS256 by a shared secret, or an issuer's keys by JWKS URL. */
import { type JWTPayload, type JWTVerifyOptions, createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { JwtClaims, VerifyJwt } from '@/lib/gateway/ports';

/** Callers' JWTs are short-lived by design: one that lives longer is a leaked key waiting to happen. */
const LONGEST_LIFE_S = 24 * 60 * 60;
/** Clocks differ a little between machines. */
const CLOCK_TOLERANCE_S = 5;
const LONGEST_NAME = 100;
const LONGEST_SUBJECT = 200;

export interface JwtSettings {
  readonly secret: string | null;
  readonly jwksUrl: string | null;
  readonly issuer: string | null;
  readonly audience: string | null;
}

function name(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, LONGEST_NAME) : null;
}

function claimsFrom(payload: JWTPayload): JwtClaims | null {
  const { sub, exp } = payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > LONGEST_SUBJECT || exp === undefined) return null;
  if (exp - Date.now() / 1000 > LONGEST_LIFE_S) return null;
  return {
    userId: sub,
    plan: name(payload['plan']),
    agent: name(payload['agent']),
    campaign: name(payload['campaign']),
    expiresAtMs: exp * 1000,
  };
}

/** What jose throws about an issuer's key endpoint; a plain JOSEError is an answer that holds no key set. */
const KEY_TROUBLE: ReadonlySet<string> = new Set([
  errors.JOSEError.code,
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
]);

/** Whether a token itself is at fault, and not the way to the keys that would tell. */
function isRefusal(error: unknown): boolean {
  return error instanceof errors.JOSEError && !KEY_TROUBLE.has(error.code);
}

/** `null` when neither a secret nor a JWKS URL is set: then no JWT is accepted. */
export function createJwtVerifier(settings: JwtSettings): VerifyJwt | null {
  const expected: JWTVerifyOptions = {
    requiredClaims: ['sub', 'exp'],
    clockTolerance: CLOCK_TOLERANCE_S,
    ...(settings.issuer === null ? {} : { issuer: settings.issuer }),
    ...(settings.audience === null ? {} : { audience: settings.audience }),
  };
  const verifiers: ((token: string) => Promise<JWTPayload>)[] = [];
  if (settings.secret !== null) {
    const key = new TextEncoder().encode(settings.secret);
    verifiers.push(
      async (token) => (await jwtVerify(token, key, { ...expected, algorithms: ['HS256'] })).payload,
    );
  }
  if (settings.jwksUrl !== null) {
    const keys = createRemoteJWKSet(new URL(settings.jwksUrl));
    const algorithms = [
      'RS256',
      'RS384',
      'RS512',
      'PS256',
      'PS384',
      'PS512',
      'ES256',
      'ES384',
      'ES512',
      'EdDSA',
    ];
    verifiers.push(async (token) => (await jwtVerify(token, keys, { ...expected, algorithms })).payload);
  }
  if (verifiers.length === 0) return null;
  return async (token) => {
    for (const verify of verifiers) {
      const payload = await verify(token).catch((error: unknown) => {
        if (isRefusal(error)) return null;
        throw error;
      });
      if (payload !== null) return claimsFrom(payload);
    }
    return null;
  };
}
