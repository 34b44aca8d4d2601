/** Service accounts with fresh keys, and the token endpoint that checks what they sign (RFC 7523), as Google's does. */
import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { decodeJwt, errors, jwtVerify } from 'jose';

export interface ServiceAccount {
  readonly type: 'service_account';
  readonly project_id: string;
  readonly private_key_id: string;
  /** PKCS #8, PEM. */
  readonly private_key: string;
  readonly client_email: string;
  readonly client_id: string;
  readonly token_uri: string;
  readonly universe_domain: string;
}

/** The reply to a token request. */
export interface TokenReply {
  readonly status: number;
  readonly body: { readonly access_token?: string; readonly [more: string]: unknown };
}

export const ACCESS_TOKEN_SECONDS = 3599;

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const CLOUD_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const KEY_BITS = 2048;
const MAX_ASSERTION_SECONDS = 3600;
/** How far ahead a signer's clock may be. */
const CLOCK_SKEW_SECONDS = 300;
const SHORT_LIVED =
  'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';

/** Public keys of all accounts made in this process, by e-mail address. */
const accounts = new Map<string, KeyObject>();

/** The JSON key file of a new service account; every token endpoint of this process knows it. */
export function testServiceAccount(tokenUrl: string): ServiceAccount {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: KEY_BITS,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const keyId = randomBytes(20).toString('hex');
  const client_email = `tollgate-${keyId.slice(0, 8)}@test-project.iam.gserviceaccount.com`;
  accounts.set(client_email, createPublicKey(publicKey));
  return {
    type: 'service_account',
    project_id: 'test-project',
    private_key_id: keyId,
    private_key: privateKey,
    client_email,
    client_id: '100000000000000000000',
    token_uri: tokenUrl,
    universe_domain: 'googleapis.com',
  };
}

/** Answers a form-encoded token request; `mint` makes the access token of one that is in order. */
export async function answerTokenRequest(
  form: string,
  tokenUrl: string,
  mint: () => string,
): Promise<TokenReply> {
  const fields = new URLSearchParams(form);
  const grantType = fields.get('grant_type');
  if (grantType !== GRANT_TYPE)
    return refusal('unsupported_grant_type', `Invalid grant_type: ${grantType ?? ''}`);
  const problem = await assertionProblem(fields.get('assertion') ?? '', tokenUrl);
  if (problem !== null) return problem;
  const body = { access_token: mint(), expires_in: ACCESS_TOKEN_SECONDS, token_type: 'Bearer' };
  return { status: 200, body };
}

async function assertionProblem(assertion: string, tokenUrl: string): Promise<TokenReply | null> {
  try {
    const key = accounts.get(decodeJwt(assertion).iss ?? '');
    if (key === undefined) return refusal('invalid_grant', 'Invalid grant: account not found');
    const { payload } = await jwtVerify(assertion, key, {
      algorithms: ['RS256'],
      audience: tokenUrl,
      requiredClaims: ['iss', 'aud', 'iat', 'exp'],
      clockTolerance: 0,
    });
    const { iat = 0, exp = 0, scope } = payload;
    const early = iat > Date.now() / 1000 + CLOCK_SKEW_SECONDS;
    if (early || exp - iat > MAX_ASSERTION_SECONDS) return refusal('invalid_grant', SHORT_LIVED);
    const scopes = typeof scope === 'string' ? scope.split(' ') : [];
    if (scopes.includes(CLOUD_SCOPE)) return null;
    return refusal('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
  } catch (error) {
    return refusal('invalid_grant', invalidity(error));
  }
}

function invalidity(error: unknown): string {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'Invalid JWT Signature.';
  if (error instanceof errors.JWTExpired) return SHORT_LIVED;
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
    return 'Invalid JWT: Failed audience check. The right audience is this token URL.';
  }
  return `Invalid JWT: ${error instanceof Error ? error.message : String(error)}`;
}

function refusal(error: string, error_description: string): TokenReply {
  return { status: 400, body: { error, error_description } };
}
