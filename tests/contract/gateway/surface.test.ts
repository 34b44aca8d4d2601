/** The paths other programs are written against, and that nothing else ever goes upstream. */
import { connect } from 'node:net';
import { beforeAll, expect, it } from 'vitest';
import { UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { ADMIN_TOKEN, CRON_SECRET, type Customer } from '@/tests/support/gateway-verbs';
import { GEMINI_KEY } from '@/tests/support/gemini-upstream';
import { describeMounts, useRig } from '@/tests/support/mounts';

const MESSAGE_PATHS = ['/v1/messages', '/api/llm/chat', '/api/llm/anthropic/v1/messages'] as const;
const COUNT_PATHS = ['/v1/messages/count_tokens', '/api/llm/anthropic/v1/messages/count_tokens'] as const;
const MODEL_PATHS = ['/v1/models', '/api/llm/anthropic/v1/models'] as const;
const QUERIES = ['', '?beta=true', '?beta=true&x=%2F..%2F&y='] as const;

/** Paths that are no endpoint, however they are decoded or resolved. */
const STRANGE_PATHS = [
  '/v1/nothing',
  '/v1/complete',
  '/api/llm',
  '/api/llm/nothing',
  '/api/llm/anthropic/v1/complete',
  '/api/nothing',
  '/v1/messages/batches',
  '/v1/files',
  '/V1/MESSAGES',
  '/v1/messages;x=1',
  '/v1/messages%2Fcount_tokens',
  '/v1/messages/../complete',
  '/v1/messages/%2e%2e/complete',
  '/v1/models/..%2fmessages',
  '/v1/models/%2e%2e%2fmessages',
  '/v1/models/%2e%2e',
  '/v1/messages%00',
  '/v1/messages/%E0%A4%A',
  '/api/llm/anthropic/http:/evil.test/v1/messages',
  '/api/llm/anthropic/%2F%2Fevil.test/v1/messages',
  '//evil.test/v1/messages',
  '/v1//messages',
] as const;

describeMounts('the surface', (mount) => {
  const rig = useRig(mount);
  let customer: Customer;
  beforeAll(async () => {
    customer = await rig.gateway.customer({ plan: {} });
  });

  const cases = MESSAGE_PATHS.flatMap((path) => QUERIES.map((query) => [path, query] as const));

  it.each(cases)(
    'POST %s%s is the Messages endpoint, and its query goes on as it is',
    async (path, query) => {
      const seen = rig.anthropic.requests.length;
      for (const stream of [false, true]) {
        const answer = await rig.ask({ token: customer.token, path: path + query, call: { stream } });
        expect(answer.status).toBe(200);
        expect(answer.headers['content-type']).toContain(stream ? 'text/event-stream' : 'application/json');
        expect(answer.headers['x-tollgate-provider']).toBe('anthropic');
        expect(answer.headers['x-request-id']).toMatch(/^req_/);
      }
      const urls = rig.anthropic.requests.slice(seen).map(({ url }) => url);
      expect(urls).toEqual(Array(2).fill(`/v1/messages${query}`));
    },
  );

  it.each(COUNT_PATHS)('POST %s counts for free', async (path) => {
    const seen = rig.anthropic.requests.length;
    const answer = await rig.ask({ token: customer.token, path: `${path}?beta=true` });
    expect([answer.status, Object.keys(answer.json())]).toEqual([200, ['input_tokens']]);
    expect(rig.anthropic.requests.slice(seen).map(({ url }) => url)).toEqual([
      '/v1/messages/count_tokens?beta=true',
    ]);
    expect(
      (await rig.gateway.admin('GET', `/api/admin/requests/${answer.headers['x-request-id']}`)).status,
    ).toBe(404);
  });

  it('POST /api/llm/embed embeds', async () => {
    const body = JSON.stringify({ model: 'gemini-embedding-001', content: 'Hello' });
    const answer = await rig.ask({ token: customer.token, path: '/api/llm/embed', body });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ model: 'gemini-embedding-001', usage: { input_tokens: 2 } });
  });

  it('a trailing slash is the same place', async () => {
    for (const path of [...MESSAGE_PATHS, ...COUNT_PATHS]) {
      expect([path, (await rig.ask({ token: customer.token, path: `${path}/` })).status]).toEqual([
        path,
        200,
      ]);
    }
    for (const path of MODEL_PATHS) {
      const headers = { 'x-api-key': customer.token };
      expect((await rig.send({ path: `${path}/`, headers })).status).toBe(200);
    }
  });

  it.each([
    ['HEAD', '/'],
    ['HEAD', '/api/hello'],
    ['GET', '/api/hello'],
    ['HEAD', '/api/llm/anthropic'],
    ['GET', '/api/llm/anthropic'],
    ['GET', '/api/llm/anthropic/'],
    ['GET', '/health'],
    ['HEAD', '/health'],
    ['GET', '/api/health'],
    ['GET', '/status'],
    ['GET', '/api/status'],
  ])('%s %s answers 200 without credentials', async (method, path) => {
    const seen = rig.anthropic.requests.length;
    const answer = await rig.send({ method, path });
    expect(answer.status).toBe(200);
    if (method === 'HEAD') expect(answer.body).toHaveLength(0);
    const forwarded = rig.anthropic.requests.slice(seen).filter(({ method: used }) => used === 'POST');
    expect(forwarded).toEqual([]);
  });

  it.each(STRANGE_PATHS)('POST %s is refused and never forwarded', async (path) => {
    const seen = rig.anthropic.requests.length;
    const answer = await rig.ask({ token: customer.token, path });
    if (answer.status >= 300 && answer.status < 400) {
      // Next tidies doubled slashes by a redirect, which must not lead off this host.
      expect(new URL(answer.headers['location'] ?? '', rig.gateway.url).origin).toBe(rig.gateway.url);
    } else if (mount.name === 'self-hosted') expect([400, 404, 405]).toContain(answer.status);
    // Next answers an escape it cannot decode with a 500 of its own.
    else expect([400, 404, 405, 500]).toContain(answer.status);
    expect(rig.anthropic.requests.slice(seen)).toEqual([]);
    expect(rig.gemini.requests.filter(({ url }) => url.includes('evil'))).toEqual([]);
  });

  it('an unknown path is the native 404', async () => {
    for (const path of ['/v1/nothing', '/api/llm/anthropic/v1/complete']) {
      const { status, headers, ...answer } = await rig.ask({ token: customer.token, path });
      expect([status, headers['content-type'], headers['x-should-retry']]).toEqual([
        404,
        'application/json',
        'false',
      ]);
      expect(answer.json()).toEqual({
        type: 'error',
        error: { type: 'not_found_error', message: `Tollgate serves nothing at ${path}.` },
        request_id: headers['x-request-id'],
      });
    }
  });

  it.each([
    ['GET', '/v1/messages', 'POST'],
    ['PUT', '/api/llm/chat', 'POST'],
    ['DELETE', '/v1/messages/count_tokens', 'POST'],
    ['POST', '/v1/models', 'GET'],
    ['PATCH', '/v1/models/claude-sonnet-4-5', 'GET'],
  ])('%s %s is a native 405 that names %s', async (method, path, allow) => {
    const { status, headers, ...answer } = await rig.send({
      method,
      path,
      headers: { 'x-api-key': customer.token },
    });
    expect([status, headers['allow']]).toEqual([405, allow]);
    expect(answer.json()).toEqual({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: `${method} is not allowed at ${path}; use ${allow}.`,
      },
      request_id: headers['x-request-id'],
    });
  });

  it('no header of the caller chooses the upstream', async () => {
    const answer = await rig.ask({
      token: customer.token,
      headers: {
        host: 'evil.test',
        'x-forwarded-host': 'evil.test',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.test',
        'x-upstream-url': 'http://evil.test',
        'x-tollgate-upstream': 'http://evil.test',
        'x-tollgate-provider': 'google',
      },
    });
    expect([answer.status, answer.headers['x-tollgate-provider']]).toEqual([200, 'anthropic']);
    const headers = rig.forwardedHeaders();
    expect(headers['host']).toBe(new URL(rig.anthropic.url).host);
    expect(JSON.stringify(headers)).not.toContain('evil.test');
  });

  it('/status tells what is reachable and how fast, and no secret', async () => {
    await rig.ask({ token: customer.token });
    const answer = await rig.send({ path: '/status' });
    const check = { reachable: true, latency_ms: expect.any(Number) as number, last_error: null };
    expect(answer.json()).toEqual({
      status: 'ok',
      database: { name: 'database', ...check },
      limiter: { name: 'limiter', ...check, kind: 'in-process' },
      providers: [
        { name: 'anthropic', ...check },
        { name: 'google', ...check },
      ],
      checked_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
    });
    const secrets = [
      UPSTREAM_KEY,
      GEMINI_KEY,
      ADMIN_TOKEN,
      CRON_SECRET,
      customer.token,
      'file:',
      '127.0.0.1',
    ];
    for (const secret of secrets) expect(answer.text).not.toContain(secret);
  });

  it('CORS is off: an Origin is granted nothing, and a preflight neither', async () => {
    const origin = { origin: 'https://page.test' };
    const called = await rig.ask({ token: customer.token, headers: origin });
    const preflight = await rig.send({
      method: 'OPTIONS',
      path: '/v1/messages',
      headers: { ...origin, 'access-control-request-method': 'POST' },
    });
    expect(called.status).toBe(200);
    for (const { headers } of [called, preflight]) {
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  if (mount.name === 'self-hosted') {
    it.each(['/v1/responses', '/v1/messages', '/'])(
      'a WebSocket upgrade on %s is answered 426 at once',
      async (path) => {
        const said = await upgrade(rig.gateway.url, path);
        expect(said).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
      },
    );
  }

  it('HEAD of a metered path is a 405 without a body', async () => {
    const answer = await rig.send({
      method: 'HEAD',
      path: '/v1/messages',
      headers: { 'x-api-key': customer.token },
    });
    expect([answer.status, answer.body.length]).toEqual([405, 0]);
  });
});

/** Everything a server says to an upgrade until it closes the connection. */
function upgrade(base: string, path: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const head = [
    `GET ${path} HTTP/1.1`,
    `host: ${hostname}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    'openai-beta: responses_websockets=2026-02-06',
  ].join('\r\n');
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\n\r\n`));
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (said += text));
    socket.once('close', () => resolve(said));
    socket.once('error', reject);
  });
}
