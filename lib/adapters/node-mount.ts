/** The self-hosted mount: gateway paths go straight to the gateway through a thin adapter, everything else to the pages. */
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer as createHttpServer,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { TollgateServer } from '@/lib/server';
import { CLIENT_ADDRESS_HEADER } from './client-address';
import { DrainList } from './drain-list';
import { sendResponse } from './node-response';

/** How often rows of dead processes are looked for and running holds renewed; far below a hold's life. */
const SWEEP_EVERY_MS = 60_000;
/** Longer than the 60 s at which load balancers mostly give up idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/** A client that takes longer to send its headers is stuck or hostile. */
const HEADERS_TIMEOUT_MS = 30_000;
/**
 * A whole request has to arrive in this time: 32 MB on a slow line do. It ends with the request's last byte,
 * so the answer may stream for as long as it likes.
 */
const REQUEST_TIMEOUT_MS = 5 * 60_000;
/** HTTP/1.0 callers need not name a host, and nothing depends on it. */
const UNNAMED_HOST = 'localhost';
/** After the drain deadline the last rows still have to be written. */
const SETTLE_GRACE_MS = 5_000;

/** Paths the gateway answers itself; everything else is a page. `app/` has a route for each (held by a test). */
const GATEWAY_PATH =
  /^\/(api|v1|v1beta|v1beta1|bedrock|model|vertex|foundry|health|status|openapi\.json)(\/|\?|$)/;

const WEBSOCKET = /\bwebsocket\b/i;

export type PageHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface NodeMount {
  readonly http: Server;
  readonly port: number;
  /**
   * Stops gracefully: no new calls, open streams may finish within `drainMs`, then they are cut off and settled.
   * Resolves with how many calls were cut off.
   */
  stop(drainMs: number): Promise<number>;
}

/** Serves a server on a port (0: any free one) and sweeps now and then. @throws when the port is taken */
export async function startNodeMount(
  server: TollgateServer,
  toPages: PageHandler,
  port: number,
  host: string,
): Promise<NodeMount> {
  const drainList = new DrainList((error) => {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    server.log.write('error', 'background_failed', { error: name, message });
  });
  let draining = false;

  const toGateway = getRequestListener(
    async (request, { outgoing }) => {
      const response = outgoing as ServerResponse;
      const answer = await server.answer(request, {
        clientAddress: addressOf(response.req, server.env.trustProxy),
        background: drainList.add,
        onLeave: (left) => {
          // The caller may have left before anybody asked to be told.
          if (response.destroyed) left();
          else response.once('close', () => response.writableFinished || left());
        },
        breakOff: () => breakOff(response),
      });
      // The adapter's own response half waits a moment to measure each body; ours writes what comes.
      await sendResponse(answer, response, server.env.idleTimeoutMs);
      return RESPONSE_ALREADY_SENT;
    },
    { overrideGlobalObjects: false, hostname: UNNAMED_HOST },
  );

  const options = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  };
  const http = createHttpServer(options, (req, res) => {
    if (draining) return refuseDraining(res);
    if (WEBSOCKET.test(req.headers.upgrade ?? '')) return refuseWebSocket(res);
    const url = (req.url = pathOf(req.url ?? '/'));
    const isGateway = GATEWAY_PATH.test(url) || (url === '/' && req.method === 'HEAD');
    // Pages see no socket: they are told whose it is, whatever the caller says there.
    if (!isGateway) req.headers[CLIENT_ADDRESS_HEADER] = addressOf(req, server.env.trustProxy) ?? '';
    const work = (isGateway ? toGateway(req, res) : toPages(req, res)).catch(() => void res.destroy());
    drainList.add(work);
  });
  // While nobody listens to upgrades, Node serves requests that offer one (Java and curl offer h2c) as plain ones.
  // Next adds a listener with the first page, which would take them all.
  http.on('newListener', (event) => {
    if (event === 'upgrade') queueMicrotask(() => http.removeAllListeners('upgrade'));
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, resolve);
  });

  const sweeping = setInterval(() => drainList.add(server.sweep()), SWEEP_EVERY_MS);
  sweeping.unref();

  return {
    http,
    port: (http.address() as AddressInfo).port,
    async stop(drainMs) {
      draining = true;
      clearInterval(sweeping);
      http.close();
      http.closeIdleConnections();
      const left = await drainList.drain(drainMs);
      // Cutting the connections settles their rows as cancelled before the process goes.
      http.closeAllConnections();
      await drainList.drain(SETTLE_GRACE_MS);
      return left;
    },
  };
}

/** Closes a connection in mid-answer. What the adapter wrote is corked until the next turn, then queued before the empty write. */
async function breakOff(response: ServerResponse): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  const { socket } = response;
  if (response.destroyed || socket === null) return;
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    socket.write('', () => response.destroy());
  });
}

/** Codex tries a WebSocket first and falls back at once on 426; any other answer costs it up to 45 s. */
function refuseWebSocket(res: ServerResponse): void {
  res.writeHead(426, { connection: 'close', 'content-length': 0 });
  res.end();
}

/** Proxies may send the whole URL as the target (RFC 9112 §3.2.2); the host in it is the caller's word and means nothing here. */
function pathOf(target: string): string {
  return target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/^(?!\/|\*)/, '/');
}

function refuseDraining(res: ServerResponse): void {
  const headers = {
    'content-type': 'application/json',
    connection: 'close',
    'retry-after': '1',
    'x-should-retry': 'true',
  };
  res.writeHead(503, headers);
  res.end(
    '{"type":"error","error":{"type":"api_error","message":"This instance is shutting down; try again."}}',
  );
}

/** Callers can send the header too: only its last entry is our own proxy's. */
function addressOf(request: IncomingMessage, trustProxy: boolean): string | null {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
  const last = (Array.isArray(forwarded) ? forwarded.join() : forwarded)?.split(',').at(-1)?.trim();
  return last ?? request.socket.remoteAddress ?? null;
}
