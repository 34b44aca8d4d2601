/** A real OIDC issuer on 127.0.0.1: `oidc-provider` with a person who always agrees, and a way to make it lie. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';

export const CLIENT_ID = 'tollgate';
export const CLIENT_SECRET = 'a-client-secret-for-tests-only';

export interface Person {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

export interface OidcIssuer {
  readonly url: string;
  /** Who is sitting at the browser. */
  person: Person;
  /** Changes an ID token's claims before it is signed, with the issuer's own key unless told otherwise. */
  lie: ((claims: JWTPayload) => JWTPayload) | null;
  /** Signs ID tokens with a key that the issuer has never published. */
  foreignKey: boolean;
  /** Requests by path. */
  readonly asked: readonly string[];
  /** Where the browser may be sent back to; all of them before the first request. */
  allow(redirectUri: string): void;
  /** Goes through signing in as a browser does; the address that the issuer sends it back to. */
  visit(authorizationUrl: string): Promise<string>;
  stop(): Promise<void>;
}

const KEY_ID = 'issuer-key';
const ALGORITHM = 'RS256';
/** Authorization, login, consent and the ways between: a longer chain is a circle. */
const MOST_REDIRECTS = 12;

async function signingKey() {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return { privateKey, jwk: { ...(await exportJWK(privateKey)), alg: ALGORITHM, use: 'sig', kid: KEY_ID } };
}

/** Answers the issuer's questions: who it is, and that they agree. */
async function agree(provider: Provider, accountId: string, req: IncomingMessage, res: ServerResponse) {
  const { prompt } = await provider.interactionDetails(req, res);
  if (prompt.name === 'login') {
    await provider.interactionFinished(req, res, { login: { accountId } });
    return;
  }
  const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
  grant.addOIDCScope('openid email profile');
  await provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
}

export async function startOidcIssuer(): Promise<OidcIssuer> {
  const [own, foreign] = [await signingKey(), await signingKey()];
  const redirectUris: string[] = [];
  const asked: string[] = [];
  let provider: Provider | null = null;
  const http = createServer();
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const issuer: OidcIssuer = {
    url,
    person: { sub: 'nobody' },
    lie: null,
    foreignKey: false,
    asked,
    allow: (uri) => void redirectUris.push(uri),
    visit,
    stop: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };

  /** The token endpoint's answer with another ID token in it, when a test asks for lies. */
  async function liesIn(body: unknown): Promise<unknown> {
    const { id_token: idToken } = body as { id_token?: unknown };
    if (typeof idToken !== 'string' || (issuer.lie === null && !issuer.foreignKey)) return body;
    const claims = decodeJwt(idToken);
    const signed = await new SignJWT(issuer.lie?.(claims) ?? claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID })
      .sign(issuer.foreignKey ? foreign.privateKey : own.privateKey);
    return { ...(body as object), id_token: signed };
  }

  function makeProvider(): Provider {
    const made = new Provider(url, {
      clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: redirectUris }],
      jwks: { keys: [own.jwk] },
      cookies: { keys: ['a key for tests only'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'roles', 'customer'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
      findAccount: (_ctx, id) => ({ accountId: id, claims: () => issuer.person }),
      // As many issuers are: the ID token holds `sub` alone, the rest is at the userinfo endpoint.
      conformIdTokenClaims: true,
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        Grant: 600,
        IdToken: 600,
        Interaction: 600,
        Session: 600,
      },
    });
    made.use(async (ctx, next) => {
      await next();
      if (ctx.path === '/token') ctx.body = await liesIn(ctx.body);
    });
    return made;
  }

  http.on('request', (req, res) => {
    asked.push((req.url ?? '').replace(/[?].*$/, ''));
    provider ??= makeProvider();
    const answer = req.url?.startsWith('/interaction/')
      ? agree(provider, issuer.person.sub, req, res)
      : provider.callback()(req, res);
    answer.catch((error: unknown) => res.writeHead(500).end(String(error)));
  });

  async function visit(authorizationUrl: string): Promise<string> {
    const jar = new Map<string, string>();
    let at = authorizationUrl;
    for (let hop = 0; hop < MOST_REDIRECTS; hop += 1) {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(at, { redirect: 'manual', headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        jar.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null)
        throw new Error(`the issuer answered ${response.status}: ${await response.text()}`);
      at = new URL(location, at).href;
      if (!at.startsWith(url)) return at;
    }
    throw new Error('the issuer sends browsers in circles');
  }

  return issuer;
}
