/** Signing in at an OIDC issuer: authorization code with PKCE, state and nonce. */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { Database } from '@/db/client';
import { claimedCustomersStatement } from '@/db/queries/sign-in';
import { textOf } from '@/db/queries/row';
import { withBusyRetry } from '@/db/retry';
import type { Log } from '@/lib/gateway/ports';
import { type CookieToSet, cookieName, cookieToSet, readCookie } from './cookies';
import { type Claims, claimOf, customerNamed, isOperator, subjectOf } from './oidc-claims';
import { oidcHashOf, type OidcSettings } from './oidc-settings';
import type { SessionKey } from './session-key';
import type { NewSession } from './web-sessions';

const CALLBACK_PATH = '/sign-in/oidc/callback';

/** Time for a password, a second factor and a detour by a mailbox. */
const TRANSACTION_LIFE_MS = 10 * 60_000;
const AUDIENCE = 'tollgate-oidc';
/** How long the issuer may take to answer one request. */
const ISSUER_TIMEOUT_S = 10;
/** Endpoints change rarely, and some day they do. */
const DISCOVERY_LIFE_MS = 60 * 60_000;
/** As long as e-mail addresses get. */
const LONGEST_SUBJECT = 320;

export interface OidcPorts {
  readonly database: Database;
  readonly key: SessionKey;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly settings: OidcSettings;
}

export interface FinishedOidc {
  readonly session: NewSession;
  readonly next: string | null;
}

interface Transaction {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly next: string | null;
}

const BASIC = 'client_secret_basic';

/** Basic is what RFC 6749 asks every issuer to take; only one that says otherwise gets the secret in the body. */
function clientAuthentication(secret: string | null): ClientAuth {
  if (secret === null) return None();
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (server, ...rest) => {
    const supported = server.token_endpoint_auth_methods_supported ?? [BASIC];
    return (supported.includes(BASIC) ? basic : post)(server, ...rest);
  };
}

/** Address and its being verified belong together: never one of the ID token's and one of the profile's. */
function vouchedEmail({ email, email_verified }: Claims): Claims {
  return { email, email_verified };
}

function transactionFrom(claims: Claims | null): Transaction | null {
  if (claims === null) return null;
  const { state, nonce, verifier, next } = claims;
  if (typeof state !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string') return null;
  return { state, nonce, verifier, next: typeof next === 'string' ? next : null };
}

export class OidcSignIn {
  #configuration: { readonly value: Promise<Configuration>; readonly readAtMs: number } | null = null;

  constructor(private readonly ports: OidcPorts) {}

  async begin(origin: string, next: string | null): Promise<{ url: URL; cookie: CookieToSet }> {
    const { key, nowMs, settings } = this.ports;
    const configuration = await this.#discover();
    const transaction: Transaction = {
      state: randomState(),
      nonce: randomNonce(),
      verifier: randomPKCECodeVerifier(),
      next,
    };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: origin + CALLBACK_PATH,
      scope: settings.scopes,
      state: transaction.state,
      nonce: transaction.nonce,
      code_challenge: await calculatePKCECodeChallenge(transaction.verifier),
      code_challenge_method: 'S256',
    });
    const jwt = await key.sign(AUDIENCE, { ...transaction }, nowMs() + TRANSACTION_LIFE_MS);
    return { url, cookie: cookieToSet('oidc', origin, jwt, TRANSACTION_LIFE_MS / 1000) };
  }

  /** The session that the issuer's answer opens; `null` when it opens none, for whatever reason. @throws any error of the database */
  async finish(search: string, cookieHeader: string | null, origin: string): Promise<FinishedOidc | null> {
    const cookie = readCookie(cookieHeader, cookieName('oidc', origin));
    const transaction = cookie === null ? null : transactionFrom(await this.ports.key.read(AUDIENCE, cookie));
    if (transaction === null) return this.#refuse('no_transaction');
    const claims = await this.#claims(new URL(CALLBACK_PATH + search, origin), transaction);
    if (claims === null) return null;
    const session = await this.#sessionFor(claims);
    return session === null ? null : { session, next: transaction.next };
  }

  /** What the issuer says, checked: state, code, signature, issuer, audience and nonce. */
  async #claims(url: URL, { state, nonce, verifier }: Transaction): Promise<Claims | null> {
    try {
      const configuration = await this.#discover();
      const tokens = await authorizationCodeGrant(configuration, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const idToken = tokens.claims();
      if (idToken === undefined) return this.#refuse('no_id_token');
      if (!this.#lacksClaims(idToken, configuration)) return idToken;
      const profile = await fetchUserInfo(configuration, tokens.access_token, idToken.sub);
      return { ...profile, ...idToken, ...vouchedEmail(idToken.email === undefined ? profile : idToken) };
    } catch (error) {
      const { name, code, error: said } = error as { name?: string; code?: string; error?: string };
      return this.#refuse(said ?? code ?? name ?? 'unknown');
    }
  }

  /** Many issuers keep all but `sub` out of the ID token and tell it at their userinfo endpoint. */
  #lacksClaims(claims: Claims, configuration: Configuration): boolean {
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return false;
    const { userClaim, operator } = this.ports.settings;
    const wanted = [userClaim, ...(operator === null ? [] : [operator.claim]), 'email'];
    return wanted.some((name) => claimOf(claims, name) === undefined);
  }

  async #sessionFor(claims: Claims): Promise<NewSession | null> {
    const { database, settings } = this.ports;
    const known = {
      subject: subjectOf(claims).slice(0, LONGEST_SUBJECT),
      method: 'oidc',
      credential: oidcHashOf(settings),
      mayChange: true,
      credentialEndsAtMs: null,
    } as const;
    if (isOperator(claims, settings.operator)) return { ...known, kind: 'operator', userId: null };
    const named = customerNamed(claims, settings.userClaim);
    if (named === null) return this.#refuse('no_customer_claim');
    const statement = claimedCustomersStatement(named.by, named.value);
    const { rows } = await withBusyRetry(() => database.client.execute(statement));
    const [customer] = rows;
    if (customer === undefined || rows.length > 1 || customer['suspended_at'] !== null)
      return this.#refuse('no_such_customer');
    return { ...known, kind: 'customer', userId: textOf(customer['id']) };
  }

  /** The reader is told nothing; the operator finds the reason in the log. */
  #refuse(reason: string): null {
    this.ports.log.write('warn', 'oidc_refused', { reason });
    return null;
  }

  #discover(): Promise<Configuration> {
    const nowMs = this.ports.nowMs();
    if (this.#configuration !== null && nowMs - this.#configuration.readAtMs < DISCOVERY_LIFE_MS)
      return this.#configuration.value;
    const { issuer, clientId, clientSecret } = this.ports.settings;
    const server = new URL(issuer);
    // The environment lets plain HTTP through for loopback hosts alone.
    const insecure = server.protocol === 'http:' ? [allowInsecureRequests] : [];
    const value = discovery(server, clientId, undefined, clientAuthentication(clientSecret), {
      // ID tokens come straight from the issuer over TLS; their signature is checked all the same.
      execute: [...insecure, enableNonRepudiationChecks],
      timeout: ISSUER_TIMEOUT_S,
    });
    const configuration = { value, readAtMs: nowMs };
    this.#configuration = configuration;
    value.catch(() => {
      if (this.#configuration === configuration) this.#configuration = null;
    });
    return value;
  }
}
