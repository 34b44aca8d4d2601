/** Short-lived JWTs as credentials: whose they are, what they may say, and which are refused. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { JWT_SECRET } from '@/tests/support/gateway';
import { expectUnauthenticated } from '@/tests/support/gateway-calls';
import { describeMounts, useRig } from '@/tests/support/mounts';
import type { RawAnswer } from '@/tests/support/raw-http';

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'tollgate';
const SECRET = new TextEncoder().encode(JWT_SECRET);
const OTHER_SECRET = new TextEncoder().encode('another-secret-of-at-least-32-characters');
const DAY_S = 24 * 60 * 60;
const JWT_REFUSED = 'The JWT is not valid here or has expired.';

const nowS = (): number => Math.floor(Date.now() / 1000);

interface JwtOptions {
  readonly claims?: JWTPayload;
  /** Seconds from now; `null` leaves `exp` out. */
  readonly lifeS?: number | null;
  readonly secret?: Uint8Array;
  readonly issuer?: string;
  readonly audience?: string;
  readonly algorithm?: string;
}

function jwt(options: JwtOptions = {}): Promise<string> {
  const { claims = {}, lifeS = 300, secret = SECRET, issuer = ISSUER, audience = AUDIENCE } = options;
  const signer = new SignJWT(claims)
    .setProtectedHeader({ alg: options.algorithm ?? 'HS256' })
    .setIssuer(issuer)
    .setAudience(audience);
  if (lifeS !== null) signer.setExpirationTime(nowS() + lifeS);
  return signer.sign(secret);
}

/** A JWT that says it needs no signature. */
function unsigned(claims: JWTPayload): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const all = { ...claims, iss: ISSUER, aud: AUDIENCE, exp: nowS() + 300 };
  return `${part({ alg: 'none', typ: 'JWT' })}.${part(all)}.c2ln`;
}

describeMounts('JWTs', (mount) => {
  let keys: { server: Server; private: CryptoKey };
  const variables: Record<string, string> = {
    TOLLGATE_SECRET: JWT_SECRET,
    TOLLGATE_JWT_ISSUER: ISSUER,
    TOLLGATE_JWT_AUDIENCE: AUDIENCE,
    // Each call below comes from an address of its own, so that strangers are not slowed down.
    TOLLGATE_TRUST_PROXY: '1',
  };
  beforeAll(async () => {
    keys = await startJwks();
    variables['TOLLGATE_JWKS_URL'] =
      `http://127.0.0.1:${(keys.server.address() as AddressInfo).port}/.well-known/jwks.json`;
  });
  afterAll(() => void keys.server.close());
  const rig = useRig(mount, { variables });
  let addresses = 0;
  beforeAll(async () => {
    await rig.gateway.customer({ user: 'acme', plan: {} });
  });

  const fromSomewhere = (headers: Readonly<Record<string, string>>) => ({
    'x-forwarded-for': `192.0.2.${(addresses += 1) % 250}`,
    ...headers,
  });
  const ask = (headers: Readonly<Record<string, string>>): Promise<RawAnswer> =>
    rig.ask({ headers: fromSomewhere(headers) });
  const rowOf = (answer: RawAnswer) => rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
  const expectRefused = (headers: Readonly<Record<string, string>>, message: string) =>
    expectUnauthenticated(rig, fromSomewhere(headers), message);

  it('a JWT is booked to its subject, plan, agent and campaign, whichever header it comes in', async () => {
    const token = await jwt({ claims: { sub: 'acme', agent: 'scout', campaign: 'autumn' } });
    for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-api-key': token }] as const) {
      const answer = await ask(headers);
      expect(answer.status).toBe(200);
      expect(await rowOf(answer)).toMatchObject({
        user_id: 'acme',
        token_id: null,
        agent: 'scout',
        campaign: 'autumn',
      });
      expect(JSON.stringify(rig.anthropic.requests.at(-1))).not.toContain(token);
    }
  });

  it('a JWT’s plan claim holds for its calls and makes a customer that is not known yet', async () => {
    const token = await jwt({ claims: { sub: 'from-claim', plan: 'starter' } });
    const answer = await ask({ authorization: `Bearer ${token}` });
    expect([answer.status, answer.headers['anthropic-ratelimit-requests-limit']]).toEqual([200, '20']);
    expect((await rig.gateway.admin('GET', '/api/admin/users/from-claim')).body).toMatchObject({
      plan: 'starter',
    });
    const pro = await ask({
      authorization: `Bearer ${await jwt({ claims: { sub: 'from-claim', plan: 'pro' } })}`,
    });
    expect(pro.headers['anthropic-ratelimit-requests-limit']).toBe('60');
  });

  it('a JWT signed by a key of the JWKS is taken, one signed by another key of the same name is not', async () => {
    const sign = (key: CryptoKey) =>
      new SignJWT({ sub: 'acme' })
        .setProtectedHeader({ alg: 'ES256', kid: 'test-key' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime(nowS() + 300)
        .sign(key);
    expect((await ask({ authorization: `Bearer ${await sign(keys.private)}` })).status).toBe(200);
    const forged = await generateKeyPair('ES256');
    await expectRefused({ authorization: `Bearer ${await sign(forged.privateKey)}` }, JWT_REFUSED);
  });

  const badJwts: readonly (readonly [string, () => Promise<string>])[] = [
    ['expired', () => jwt({ claims: { sub: 'acme' }, lifeS: -60 })],
    ['without an expiry', () => jwt({ claims: { sub: 'acme' }, lifeS: null })],
    ['that lives longer than a day', () => jwt({ claims: { sub: 'acme' }, lifeS: 2 * DAY_S })],
    ['without a subject', () => jwt()],
    ['signed with another secret', () => jwt({ claims: { sub: 'acme' }, secret: OTHER_SECRET })],
    ['of another issuer', () => jwt({ claims: { sub: 'acme' }, issuer: 'https://evil.test' })],
    ['for another audience', () => jwt({ claims: { sub: 'acme' }, audience: 'other' })],
    ['of another HMAC algorithm', () => jwt({ claims: { sub: 'acme' }, algorithm: 'HS384' })],
    ['with alg none', () => Promise.resolve(unsigned({ sub: 'acme' }))],
    ['not valid yet', () => jwt({ claims: { sub: 'acme', nbf: nowS() + 600 } })],
  ];

  it.each(badJwts)('a JWT %s is refused', async (_name, make) => {
    await expectRefused({ authorization: `Bearer ${await make()}` }, JWT_REFUSED);
  });

  it('a JWT of an unknown customer or plan is refused', async () => {
    const unknown = 'The customer or the plan that the JWT names is not known here.';
    await expectRefused({ authorization: `Bearer ${await jwt({ claims: { sub: 'nobody' } })}` }, unknown);
    const noPlan = await jwt({ claims: { sub: 'nobody', plan: 'no-such-plan' } });
    await expectRefused({ authorization: `Bearer ${noPlan}` }, unknown);
  });
});

/** A key server on this machine, with one key pair. */
async function startJwks(): Promise<{ server: Server; private: CryptoKey }> {
  const pair = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'test-key', alg: 'ES256', use: 'sig' };
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, private: pair.privateKey };
}
