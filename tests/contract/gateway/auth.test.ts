/** Who may call, by which header, and that nothing of a credential goes on in either direction. */
import { beforeAll, expect, it } from 'vitest';
import { UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { expectUnauthenticated } from '@/tests/support/gateway-calls';
import { ADMIN_TOKEN, type Customer } from '@/tests/support/gateway-verbs';
import { GEMINI_KEY } from '@/tests/support/gemini-upstream';
import { describeMounts, useRig } from '@/tests/support/mounts';
import type { RawAnswer } from '@/tests/support/raw-http';

const FOREIGN_KEY = 'sk-ant-api03-somebody-elses-key';
/** Life of a token that expires under a test's eyes, and how late its refusal may come on a busy machine. */
const BRIEF_MS = 300;
const LATE_MS = 5_000;

describeMounts('authentication', (mount) => {
  // Each call below comes from an address of its own, so that strangers are not slowed down.
  const rig = useRig(mount, { variables: { TOLLGATE_TRUST_PROXY: '1' } });
  let customer: Customer;
  let addresses = 0;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ user: 'acme', plan: {} });
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

  const placements: readonly (readonly [string, (token: string) => Record<string, string>])[] = [
    ['Authorization: Bearer', (token) => ({ authorization: `Bearer ${token}` })],
    ['authorization: bearer in any case', (token) => ({ authorization: `bearer  ${token}` })],
    ['x-api-key', (token) => ({ 'x-api-key': token })],
    ['x-goog-api-key', (token) => ({ 'x-goog-api-key': token })],
    ['api-key', (token) => ({ 'api-key': token })],
    [
      'Bearer and x-api-key that agree',
      (token) => ({ authorization: `Bearer ${token}`, 'x-api-key': token }),
    ],
    [
      'all of them at once',
      (token) => ({
        authorization: `Bearer ${token}`,
        'x-api-key': token,
        'x-goog-api-key': token,
        'api-key': token,
      }),
    ],
    [
      'x-api-key beside a foreign bearer',
      (token) => ({ authorization: `Bearer ${FOREIGN_KEY}`, 'x-api-key': token }),
    ],
    [
      'Bearer beside a foreign x-api-key',
      (token) => ({ authorization: `Bearer ${token}`, 'x-api-key': FOREIGN_KEY }),
    ],
  ];

  it.each(placements)(
    '%s is taken, booked to its token, and stripped before the upstream',
    async (_name, place) => {
      const answer = await ask(place(customer.token));
      expect(answer.status).toBe(200);
      expect(await rowOf(answer)).toMatchObject({ user_id: 'acme', token_id: customer.tokenId });
      const headers = rig.forwardedHeaders();
      expect(headers['x-api-key']).toBe(UPSTREAM_KEY);
      for (const name of ['authorization', 'x-goog-api-key', 'api-key'])
        expect(headers[name]).toBeUndefined();
      const all = JSON.stringify(rig.anthropic.requests.at(-1));
      for (const secret of [customer.token, FOREIGN_KEY]) expect(all).not.toContain(secret);
    },
  );

  it('two gateway tokens that disagree are refused', async () => {
    const other = await rig.gateway.customer({ plan: {} });
    await expectRefused(
      { authorization: `Bearer ${customer.token}`, 'x-api-key': other.token },
      'Two different gateway tokens were sent in one request; send one.',
    );
  });

  it('no credential, a foreign one, or one in the query alone is refused with what to do', async () => {
    const missing =
      'No gateway token was sent. Send it as "Authorization: Bearer tg_…" or "x-api-key: tg_…".';
    const foreign =
      'The API key sent is not a gateway token. Use the token (tg_…) your operator gave you as the API key.';
    await expectRefused({}, missing);
    await expectRefused({ authorization: '' }, missing);
    await expectRefused({ authorization: 'Bearer ' }, missing);
    await expectRefused({ cookie: `token=${customer.token}` }, missing);
    await expectRefused({ 'x-api-key': FOREIGN_KEY }, foreign);
    await expectRefused(
      { authorization: `Basic ${Buffer.from(`x:${customer.token}`).toString('base64')}` },
      foreign,
    );
    await expectRefused({ 'x-api-key': 'x'.repeat(10_000) }, foreign);
    const seen = rig.anthropic.requests.length;
    expect((await rig.ask({ path: `/v1/messages?key=${customer.token}` })).status).toBe(401);
    expect(rig.anthropic.requests).toHaveLength(seen);
  });

  it('a mangled token is told apart from an unknown one', async () => {
    const { token } = customer;
    const last = token.endsWith('0') ? '1' : '0';
    for (const mangled of [
      token.slice(0, -1),
      `${token}0`,
      token.slice(0, -1) + last,
      'tg_',
      `tg_2${token.slice(4)}`,
    ]) {
      await expectRefused({ 'x-api-key': mangled }, 'The gateway token is malformed.');
    }
    // Right in shape and checksum, but minted elsewhere.
    const stranger = 'tg_10000000000000000000000000000000000000000000';
    await expectRefused(
      { 'x-api-key': stranger + checksumOf(stranger) },
      'The gateway token is not known here.',
    );
  });

  it('a revoked, expired or rotated-out token is refused at once, a suspended customer with 403', async () => {
    const revoked = await rig.gateway.customer({ plan: {} });
    expect((await ask({ 'x-api-key': revoked.token })).status).toBe(200);
    await rig.gateway.admin('POST', `/api/admin/tokens/${revoked.tokenId}/revoke`);
    await expectRefused({ 'x-api-key': revoked.token }, 'The gateway token was revoked.');

    const rotated = await rig.gateway.customer({ plan: {} });
    const fresh = await rig.gateway.admin('POST', `/api/admin/tokens/${rotated.tokenId}/rotate`, {});
    await expectRefused({ 'x-api-key': rotated.token }, 'The gateway token was revoked.');
    expect((await ask({ 'x-api-key': String(fresh.body['token']) })).status).toBe(200);

    const suspended = await rig.gateway.customer({ plan: {} });
    expect((await ask({ 'x-api-key': suspended.token })).status).toBe(200);
    await rig.gateway.admin('POST', `/api/admin/users/${suspended.user}/suspend`);
    const answer = await ask({ 'x-api-key': suspended.token });
    expect([answer.status, answer.json()['error']]).toEqual([
      403,
      { type: 'permission_error', message: 'This account is suspended. Ask your operator.' },
    ]);
  });

  it('a token is good until the instant of its expiry and refused from then on', async () => {
    const expiresAtMs = Date.now() + BRIEF_MS;
    const expires_at = new Date(expiresAtMs).toISOString();
    const { token } = await rig.gateway.customer({ plan: {}, token: { expires_at } });
    // The clock decides, not a pause: asked again until it is refused.
    while ((await ask({ 'x-api-key': token })).status === 200)
      expect(Date.now() - expiresAtMs).toBeLessThan(LATE_MS);
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAtMs);
    await expectRefused({ 'x-api-key': token }, 'The gateway token has expired.');
  });

  it.each([
    [true, { agent: 'asked', campaign: 'asked-too' }],
    [false, { agent: 'own', campaign: 'asked-too' }],
  ])(
    'headers name what a token leaves open, and override its own names only where it allows that: %s',
    async (allowed, expected) => {
      const { token } = await rig.gateway.customer({
        plan: {},
        token: { agent: 'own', may_attribute: allowed },
      });
      const plain = await ask({ 'x-api-key': token });
      expect(await rowOf(plain)).toMatchObject({ agent: 'own', campaign: null });
      const asking = { 'x-tollgate-agent': 'asked', 'x-tollgate-campaign': 'asked-too' };
      const answer = await ask({ 'x-api-key': token, ...asking });
      expect(await rowOf(answer)).toMatchObject(expected);
      expect(JSON.stringify(rig.forwardedHeaders())).not.toContain('asked');
    },
  );

  it('cookies, forwarded headers and other marks of the caller’s network stay here', async () => {
    const answer = await ask({
      'x-api-key': customer.token,
      cookie: 'session=secret-cookie',
      'x-forwarded-for': '198.51.100.7',
      'x-forwarded-proto': 'https',
      'x-real-ip': '198.51.100.7',
      forwarded: 'for=198.51.100.7',
      via: '1.1 secret-proxy',
      'proxy-authorization': 'Basic c2VjcmV0',
      'cf-connecting-ip': '198.51.100.7',
      'x-custom': 'secret-custom',
      referer: 'https://secret.test',
      origin: 'https://secret.test',
    });
    expect(answer.status).toBe(200);
    const headers = rig.forwardedHeaders();
    expect(Object.keys(headers).toSorted()).toEqual(UPSTREAM_HEADERS);
    expect(JSON.stringify(headers)).not.toMatch(/secret|198\.51/);
  });

  it('the provider’s key reaches nobody, not even when the provider echoes it', async () => {
    const answers = [
      await ask({ 'x-api-key': customer.token }),
      await rig.send({ path: '/v1/models', headers: { 'x-api-key': customer.token } }),
      await rig.send({ path: '/status' }),
      await rig.send({ path: '/api/user/usage', headers: { 'x-api-key': customer.token } }),
    ];
    rig.anthropic.script({
      status: 401,
      body: JSON.stringify({ type: 'error', error: { type: 'authentication_error', message: UPSTREAM_KEY } }),
    });
    answers.push(await ask({ 'x-api-key': customer.token }));
    for (const { text, headers } of answers) {
      for (const key of [UPSTREAM_KEY, GEMINI_KEY, ADMIN_TOKEN])
        expect(text + JSON.stringify(headers)).not.toContain(key);
    }
  });
});

/** Everything the upstream may see of a call that brings only what the format needs. */
const UPSTREAM_HEADERS = [
  'accept-encoding',
  'anthropic-version',
  'connection',
  'content-length',
  'content-type',
  'host',
  'x-api-key',
];

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The token's checksum, written out again from its description: CRC-32 in six base 62 digits. */
function checksumOf(text: string): string {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = ~crc >>> 0;
  let digits = '';
  for (; digits.length < 6; rest = Math.floor(rest / 62)) digits = (DIGITS[rest % 62] ?? '') + digits;
  return digits;
}
