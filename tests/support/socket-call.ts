/** One gateway call on a bare socket, so that a test sees how the answer's body really ended. */
import { type Socket, connect } from 'node:net';

/** Longer than anything a test waits for on purpose. */
const PATIENCE_MS = 60_000;
const BLANK_LINE = '\r\n\r\n';

export interface MessageOptions {
  readonly model?: string;
  readonly stream?: boolean;
  readonly maxTokens?: number;
  readonly prompt?: string;
}

/** A Messages request body. */
export function messageBody(options: MessageOptions = {}): string {
  const { model = 'claude-sonnet-4-5', stream = false, maxTokens = 256, prompt = '40 words' } = options;
  return JSON.stringify({
    model,
    max_tokens: maxTokens,
    stream,
    messages: [{ role: 'user', content: prompt }],
  });
}

export interface SocketHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Our `x-request-id`. */
  readonly id: string;
}

export interface SocketCall {
  /** Resolves with the response head. @throws when the connection closes before it */
  head(): Promise<SocketHead>;
  /** Resolves once the body holds this text. @throws when the connection closes before it */
  until(text: string): Promise<void>;
  /** The decoded body so far. */
  text(): string;
  /** Whether the body was ended by its last chunk or its declared length. */
  endedCleanly(): boolean;
  /** Resolves when the body ended properly or the connection is closed, whichever comes first. */
  over(): Promise<void>;
  /** Closes the connection, as a client that has enough. */
  leave(): void;
  /** More bytes of the request, for one that was begun with `begin`. */
  write(bytes: string): void;
}

/** Sends a whole Messages request. */
export function callMessages(base: string, token: string, options: MessageOptions = {}): SocketCall {
  const body = messageBody(options);
  const call = begin(base);
  call.write(messageHead(token, body) + body);
  return call;
}

/** The head of a Messages request, to be sent before its body. */
export function messageHead(token: string, body: string): string {
  const lines = [
    'POST /v1/messages HTTP/1.1',
    'host: gateway.test',
    `x-api-key: ${token}`,
    'anthropic-version: 2023-06-01',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return lines.join('\r\n') + BLANK_LINE;
}

/** Opens a connection and sends nothing yet. */
export function begin(base: string): SocketCall {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  let received = Buffer.alloc(0);
  let closed = false;
  const waiting = new Set<() => void>();
  const changed = () => waiting.forEach((check) => check());
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    changed();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
    changed();
  });

  function when<T>(what: string, look: () => T | null): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => settle(() => reject(lateError(what, received))), PATIENCE_MS);
      const settle = (act: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        act();
      };
      const check = () => {
        const found = look();
        if (found !== null) settle(() => resolve(found));
        else if (closed)
          settle(() => reject(new Error(`closed before ${what}: ${received.toString('utf8')}`)));
      };
      waiting.add(check);
      check();
    });
  }

  const body = () => bodyOf(received);
  return {
    head: () => when('the response head', () => headOf(received)),
    until: (text) =>
      when(`"${text}"`, () => (body().text.includes(text) ? true : null)).then(() => undefined),
    text: () => body().text,
    endedCleanly: () => body().complete,
    over: () => when('its end', () => (body().complete || closed ? true : null)).then(() => undefined),
    leave: () => leave(socket),
    write: (bytes) => void socket.write(bytes),
  };
}

function leave(socket: Socket): void {
  socket.destroy();
}

function lateError(what: string, received: Buffer): Error {
  return new Error(`waited ${PATIENCE_MS} ms for ${what}, got: ${received.toString('utf8').slice(-500)}`);
}

function headOf(received: Buffer): SocketHead | null {
  const end = received.indexOf(BLANK_LINE);
  if (end < 0) return null;
  const [first = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first.split(' ')[1]), headers, id: headers['x-request-id'] ?? '' };
}

function bodyOf(received: Buffer): { text: string; complete: boolean } {
  const head = headOf(received);
  if (head === null) return { text: '', complete: false };
  const body = received.subarray(received.indexOf(BLANK_LINE) + BLANK_LINE.length);
  if (head.headers['transfer-encoding'] === 'chunked') return dechunked(body);
  const length = Number(head.headers['content-length'] ?? Infinity);
  return { text: body.toString('utf8'), complete: body.length >= length };
}

function dechunked(body: Buffer): { text: string; complete: boolean } {
  const chunks: Buffer[] = [];
  let complete = false;
  for (let at = 0; !complete;) {
    const lineEnd = body.indexOf('\r\n', at);
    if (lineEnd < 0) break;
    const size = Number.parseInt(body.subarray(at, lineEnd).toString('latin1'), 16);
    const from = lineEnd + 2;
    if (size === 0) complete = true;
    else chunks.push(body.subarray(from, from + size));
    at = from + size + 2;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), complete };
}
