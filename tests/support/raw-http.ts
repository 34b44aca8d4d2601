/** Plain HTTP without a client's kindness: nothing is added, decoded, redirected or normalised on the way. */
import { Agent, type IncomingMessage, request as httpRequest } from 'node:http';

export interface RawRequest {
  readonly method?: string;
  /** Path and query exactly as they go on the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the body in chunks, without a declared length. */
  readonly chunked?: boolean;
}

export interface OpenAnswer {
  readonly status: number;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The next bytes as they come; `null` at the end. @throws when the connection breaks */
  next(): Promise<Buffer | null>;
  /** Reads on to the end. */
  rest(): Promise<Buffer>;
  /** Hangs up. */
  leave(): void;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
  /** The body as JSON. @throws SyntaxError */
  json(): Record<string, unknown>;
}

const agent = new Agent({ keepAlive: false });

/** Resolves with the response head; the body is read by the caller. */
export function open(base: string, request: RawRequest): Promise<OpenAnswer> {
  const { hostname, port } = new URL(base);
  const body = request.body === undefined ? null : Buffer.from(request.body as string);
  const length =
    body === null || request.chunked === true ? {} : { 'content-length': String(body.byteLength) };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        hostname,
        port,
        agent,
        path: request.path,
        method: request.method ?? (body === null ? 'GET' : 'POST'),
        headers: { ...length, ...request.headers },
      },
      (incoming) => resolve(answerOf(incoming)),
    );
    outgoing.once('error', reject);
    if (body !== null) outgoing.write(body);
    outgoing.end();
  });
}

/** Sends a request and reads its answer whole. */
export async function send(base: string, request: RawRequest): Promise<RawAnswer> {
  const answer = await open(base, request);
  const body = await answer.rest();
  const text = body.toString('utf8');
  const { status, headers } = answer;
  return { status, headers, body, text, json: () => JSON.parse(text) as Record<string, unknown> };
}

function answerOf(incoming: IncomingMessage): OpenAnswer {
  const chunks = incoming[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const next = async (): Promise<Buffer | null> => {
    const { done, value } = await chunks.next();
    return done === true ? null : value;
  };
  return {
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(
      Object.entries(incoming.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
    ),
    next,
    async rest() {
      const read: Buffer[] = [];
      for (let chunk = await next(); chunk !== null; chunk = await next()) read.push(chunk);
      return Buffer.concat(read);
    },
    leave: () => void incoming.destroy(),
  };
}

/** Reads until so many bytes are there, as UTF-8. @throws when the stream ends before */
export async function readBytes(answer: OpenAnswer, bytes: number): Promise<string> {
  const read: Buffer[] = [];
  for (let size = 0; size < bytes;) {
    const chunk = await answer.next();
    if (chunk === null) throw new Error(`the stream ended after ${size} of ${bytes} bytes`);
    read.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(read).toString('utf8');
}
