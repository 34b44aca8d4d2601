/** Callers, proxies and neighbours that misbehave: none of them holds a socket, a slot or a row for ever. */
import {
  type Server as HttpServer,
  createServer as createHttpServer,
  request as httpRequest,
} from 'node:http';
import {
  type AddressInfo,
  type Server,
  type Socket,
  connect,
  createServer as createTcpServer,
} from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDecoder } from '@/lib/adapters/decoders';
import { DrainList } from '@/lib/adapters/drain-list';
import { startNodeMount } from '@/lib/adapters/node-mount';
import { createUndiciFetch } from '@/lib/adapters/undici-fetch';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import type { Customer } from '@/tests/support/gateway-verbs';
import { keepLog } from '@/tests/support/kept-log';
import { begin, messageBody, messageHead } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

/** Well below undici's connect timeout of 10 s, which would end the waiting too. */
const AT_ONCE_MS = 3_000;
const STALL_MS = 1_000;
/** Failures an address has free before it is logged. */
const HONEST = 5;

const log = keepLog();
let upstream: Upstream;
let gateway: InProcessGateway;
let customer: Customer;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  const variables = {
    ANTHROPIC_UPSTREAM_URL: upstream.url,
    ANTHROPIC_API_KEY: UPSTREAM_KEY,
    TOLLGATE_IDLE_TIMEOUT_MS: String(STALL_MS),
    TOLLGATE_TRUST_PROXY: '1',
  };
  gateway = await startGateway(variables, { log });
  customer = await gateway.customer();
});
afterEach(() => {
  upstream.script();
  log.forget();
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

/** Listens on a free port and says which. */
async function listen(server: Server | HttpServer): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

/** Everything a server says on a bare socket until it closes it. */
function said(port: string | number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text));
  });
}

const portOf = (url: string): string => new URL(url).port;

it('a caller that stops reading is hung up on, and with it the provider', async () => {
  const filler = `: ${'x'.repeat(256 * 1024)}\n\n`;
  upstream.script({ body: Array<string>(192).fill(filler) });
  const headers = { 'x-api-key': customer.token, 'content-type': 'application/json' };
  const id = await new Promise<string>((resolve, reject) => {
    const outgoing = httpRequest(`${gateway.url}/v1/messages`, { method: 'POST', headers }, (incoming) => {
      incoming.on('error', () => undefined);
      incoming.pause();
      resolve(String(incoming.headers['x-request-id']));
    });
    outgoing.on('error', reject);
    outgoing.end(messageBody({ stream: true }));
  });
  const row = await gateway.settledRow(id);
  expect(row).toMatchObject({ ending: 'cancelled', status: 200 });
  await upstream.requests.at(-1)?.aborted;
});

describe('a caller that leaves before its request has a connection', () => {
  const sockets = new Set<Socket>();
  // Takes connections and never answers the TLS handshake.
  const silent = createTcpServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('is told at once that nothing reached the provider', async () => {
    const url = `https://127.0.0.1:${await listen(silent)}/v1`;
    const pool = createUndiciFetch();
    const leaving = new AbortController();
    const body = new Uint8Array();
    const call = { url, method: 'POST', headers: new Headers(), body } as const;
    const waiting = pool.fetch({ ...call, signal: leaving.signal });
    const startedMs = Date.now();
    setTimeout(() => leaving.abort(), 100);
    await expect(waiting).rejects.toMatchObject({ kind: 'reset', reached: false });
    await expect(pool.fetch({ ...call, signal: leaving.signal })).rejects.toMatchObject({ reached: false });
    expect(Date.now() - startedMs).toBeLessThan(AT_ONCE_MS);
    await pool.close();
  });
});

describe('uploads', () => {
  it('must arrive in five minutes', () => {
    expect(gateway.http.requestTimeout).toBe(5 * 60_000);
  });

  it('that nobody wants are closed soon after the answer', async () => {
    const startedMs = Date.now();
    const text = await said(
      portOf(gateway.url),
      'POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: sk-wrong\r\ncontent-length: 9000000\r\n\r\n{',
    );
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(Date.now() - startedMs).toBeLessThan(AT_ONCE_MS);
  });

  it('that were read leave the connection open for the next call', async () => {
    const call = begin(gateway.url);
    const body = messageBody();
    call.write(messageHead(customer.token, body) + body);
    expect((await call.head()).headers['connection']).toBe('keep-alive');
    await call.over();
    call.leave();
  });
});

describe.each([
  ['before any page', () => undefined],
  // As Next does with the first page it serves.
  ['after a page', () => void gateway.http.on('upgrade', (_request, socket: Socket) => socket.end())],
])('an offer to upgrade, %s,', (_when, prepare) => {
  beforeAll(() => {
    prepare();
  });

  it('to HTTP/2 is ignored: the call is served', async () => {
    const body = messageBody();
    const head = messageHead(customer.token, body).replace(
      '\r\n\r\n',
      '\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n',
    );
    const call = begin(gateway.url);
    call.write(head + body);
    await call.over();
    expect((await call.head()).status).toBe(200);
    expect(call.text()).toContain('"type":"message"');
    call.leave();
  });

  it.each(['/v1/responses', '/'])('to a WebSocket on %s is refused at once', async (path) => {
    const offer = `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\n\r\n`;
    expect(await said(portOf(gateway.url), offer)).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
  });
});

it('a caller that names no host in HTTP/1.0 is served', async () => {
  expect(await said(portOf(gateway.url), 'GET /health HTTP/1.0\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 200 OK\r\n[^]*"status":"ok"/,
  );
});

it('the address of a caller is what our own proxy says, not what the caller adds before it', async () => {
  for (let attempt = 0; attempt <= HONEST; attempt += 1) {
    await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-forwarded-for': `192.0.2.${attempt}, 203.0.113.9`, 'x-api-key': 'sk-wrong' },
      body: '{}',
    });
  }
  const suspicious = log.lines.filter(({ event }) => event === 'suspicious');
  expect(suspicious.map(({ fields }) => fields['address'])).toEqual(['203.0.113.9']);
});

it.each(['constructor', '__proto__', 'toString'])('a content coding named %s is unknown', (coding) => {
  expect(createDecoder(coding)).toBeNull();
});

describe('work in the background that fails', () => {
  it('is told to the one who keeps the list, and counts as done', async () => {
    const told: unknown[] = [];
    const list = new DrainList((error) => told.push(error));
    list.add(Promise.reject(new Error('disk full')));
    expect(await list.drain(AT_ONCE_MS)).toBe(0);
    expect(told).toMatchObject([{ message: 'disk full' }]);
  });

  it('is logged', async () => {
    const server = {
      ...gateway.server,
      answer: async (_request: Request, context: { background(work: Promise<unknown>): void }) => {
        context.background(Promise.reject(new TypeError('disk full')));
        return new Response('fine');
      },
    };
    const mount = await startNodeMount(server, () => Promise.resolve(), 0, '127.0.0.1');
    await (await fetch(`http://127.0.0.1:${mount.port}/health`)).text();
    await mount.stop(0);
    expect(log.lines).toContainEqual({
      level: 'error',
      event: 'background_failed',
      fields: { error: 'TypeError', message: 'disk full' },
    });
  });
});

describe('a token issuer whose keys cannot be had', () => {
  const broken = createHttpServer((_request, response) => void response.writeHead(500).end());
  afterAll(() => void broken.close());

  it.each(['answers 500', 'is gone'])('and %s is a 503 to retry, not a refusal of the token', async (how) => {
    const port = how === 'is gone' ? 1 : await listen(broken);
    const keyless = await startGateway({
      TOLLGATE_JWKS_URL: `http://127.0.0.1:${port}/jwks.json`,
      TOLLGATE_JWT_ISSUER: 'https://issuer.test',
      TOLLGATE_JWT_AUDIENCE: 'tollgate',
    });
    const { privateKey } = await generateKeyPair('RS256');
    const token = await new SignJWT({ sub: 'acme' })
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer('https://issuer.test')
      .setAudience('tollgate')
      .setExpirationTime('5m')
      .sign(privateKey);
    const answer = await fetch(`${keyless.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: messageBody(),
    });
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining('keys of the token issuer'),
    ]);
    await keyless.stop();
  });
});

it('a long answer outlives the time that a request may take to arrive', async () => {
  const server = createHttpServer(
    { requestTimeout: 300, headersTimeout: 200, connectionsCheckingInterval: 50 },
    (_request, response) => {
      response.write('begun ');
      void sleep(1_000).then(() => response.end('ended'));
    },
  );
  const text = await said(await listen(server), 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
  expect(text).toContain('ended');
  server.close();
});
