/** The plumbing of the fake upstreams: a local HTTP(S) server that records every request and misbehaves on demand. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { wireParts, type Answer, type Behaviour } from '@/tests/support/upstream-answer';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Arrival, ms since the epoch. */
  readonly atMs: number;
  /** When the client went away before its answer was complete, ms since the epoch; `null` so far. */
  readonly abortedAtMs: number | null;
  /** Resolves with that instant; stays pending for a client that stays. */
  readonly aborted: Promise<number>;
  /** The body as JSON. @throws SyntaxError */
  json(): unknown;
}

export type ScriptFunction = (request: RecordedRequest) => Behaviour | null | Promise<Behaviour | null>;

export interface Upstream {
  /** Base URL without a trailing slash, e.g. `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /**
   * A function decides every answer from now on (`null`: natively). Behaviours are queued, one per request;
   * a queue goes before the function. No argument: forget both.
   */
  script(...script: readonly [ScriptFunction] | readonly Behaviour[]): void;
  /** The oldest request that was not waited for yet. */
  waitForRequest(): Promise<RecordedRequest>;
  /** From now on connections are refused (open ones are cut), until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  stop(): Promise<void>;
}

export interface Certificate {
  readonly key: string;
  /** PEM; nobody signed it but itself. */
  readonly cert: string;
}

export interface NativeApi {
  answer(request: RecordedRequest): Answer | Promise<Answer>;
  error(status: number, request: RecordedRequest): Answer;
}

/** Turns of the event loop in which a client surely sees that its pooled connection was closed. */
const NOTICE_TURNS = 10;

/** Starts a server on a free port of 127.0.0.1; with a certificate it speaks TLS. */
export async function startUpstreamServer(api: NativeApi, certificate?: Certificate): Promise<Upstream> {
  const requests: RecordedRequest[] = [];
  const waiting: ((request: RecordedRequest) => void)[] = [];
  const queue: Behaviour[] = [];
  let decide: ScriptFunction = () => null;
  let handedOut = 0;

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const request = await record(req, res);
    if (request === null) return;
    requests.push(request);
    const taker = waiting.shift();
    if (taker !== undefined) {
      handedOut += 1;
      taker(request);
    }
    const behaviour = queue.shift() ?? (await decide(request)) ?? {};
    await play(api, request, res, behaviour);
  };
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    handle(req, res).catch((error: unknown) => res.destroy(error as Error));
  };
  const server: Server =
    certificate === undefined ? createServer(listener) : createTlsServer({ ...certificate }, listener);
  server.keepAliveTimeout = 60_000;
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    script: (...script) => {
      queue.length = 0;
      decide = () => null;
      const [first] = script;
      if (typeof first === 'function') decide = first;
      else queue.push(...(script as readonly Behaviour[]));
    },
    waitForRequest: () => {
      const next = requests[handedOut];
      if (next !== undefined) {
        handedOut += 1;
        return Promise.resolve(next);
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    refuse: async () => {
      await close(server);
      // Clients in this process learn of their closed connections in the next turns, and must not use one again.
      for (let turn = 0; turn < NOTICE_TURNS; turn += 1) await nextTurn();
    },
    accept: () => listen(server, port),
    stop: () => close(server),
  };
}

/** Makes a throwaway self-signed certificate for 127.0.0.1 with the openssl command. */
export function selfSignedCertificate(): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-cert-'));
  const file = (name: string): string => join(folder, name);
  try {
    const options =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost ' +
      '-addext subjectAltName=IP:127.0.0.1,DNS:localhost';
    const files = ['-keyout', file('key.pem'), '-out', file('cert.pem')];
    execFileSync('openssl', [...options.split(' '), ...files], { stdio: 'pipe' });
    return { key: readFileSync(file('key.pem'), 'utf8'), cert: readFileSync(file('cert.pem'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads a request to its end; `null` when the client left before that. */
async function record(req: IncomingMessage, res: ServerResponse): Promise<RecordedRequest | null> {
  const atMs = Date.now();
  let abortedAtMs: number | null = null;
  const aborted = new Promise<number>((resolve) => {
    res.on('close', () => {
      if (res.writableFinished || brokenByUs.has(res)) return;
      abortedAtMs = Date.now();
      resolve(abortedAtMs);
    });
  });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return null;
  }
  const url = req.url ?? '/';
  const { pathname, searchParams } = new URL(url, 'http://upstream.invalid');
  const body = Buffer.concat(chunks);
  return {
    method: req.method ?? 'GET',
    url,
    path: pathname,
    query: searchParams,
    headers: Object.fromEntries(
      Object.entries(req.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
    ),
    body,
    atMs,
    get abortedAtMs() {
      return abortedAtMs;
    },
    aborted,
    json: () => JSON.parse(body.toString('utf8')) as unknown,
  };
}

/** Responses this server broke off itself: their closing is not the client's leaving. */
const brokenByUs = new WeakSet<ServerResponse>();

async function play(api: NativeApi, request: RecordedRequest, res: ServerResponse, behaviour: Behaviour) {
  const { before, delayMs, status, stepper, hold, end = 'clean' } = behaviour;
  res.on('close', () => stepper?.finish());
  if (before === 'hang') return;
  if (before === 'reset') return reset(res);
  if (delayMs !== undefined) await sleep(delayMs);
  const answer =
    status !== undefined && status >= 400 ? api.error(status, request) : await api.answer(request);
  const parts = await wireParts(answer, behaviour);
  if (res.destroyed) return;
  writeHead(res, answer, behaviour);
  // A HEAD answer has no body, whatever the native one would be.
  if (request.method !== 'HEAD' && !(await writeParts(res, parts, behaviour))) return;
  stepper?.finish();
  await hold;
  if (end === 'reset') reset(res);
  else if (end === 'clean') res.end();
}

function writeHead(res: ServerResponse, answer: Answer, behaviour: Behaviour): void {
  for (const [name, value] of Object.entries({ ...answer.headers, ...behaviour.headers })) {
    if (value !== null) res.setHeader(name, value);
  }
  if (behaviour.encoding !== undefined) res.setHeader('content-encoding', behaviour.encoding);
  res.socket?.setNoDelay(true);
  res.writeHead(behaviour.status ?? answer.status);
  res.flushHeaders();
}

/** Writes part by part; `false` when the client left on the way. */
async function writeParts(
  res: ServerResponse,
  parts: readonly Buffer[],
  behaviour: Behaviour,
): Promise<boolean> {
  const { stepper, cut } = behaviour;
  const delays = cut?.delaysMs ?? [];
  for (const [index, part] of parts.entries()) {
    const report = await stepper?.permit();
    const delayMs = delays[index % delays.length] ?? 0;
    if (delayMs > 0) await sleep(delayMs);
    else if (cut !== undefined) await nextTurn();
    const written = !res.destroyed && (await write(res, part));
    report?.(written);
    if (!written) return false;
  }
  return true;
}

function write(res: ServerResponse, part: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    // The callback never comes for a socket that closes with the write still queued.
    const gone = (): void => resolve(false);
    res.once('close', gone);
    res.write(part, (error) => {
      res.off('close', gone);
      resolve(error === null || error === undefined);
    });
  });
}

/** Ends the connection with a TCP reset. */
function reset(res: ServerResponse): void {
  brokenByUs.add(res);
  res.socket?.resetAndDestroy();
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
