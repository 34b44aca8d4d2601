/** What a fake upstream answers: native answers, a test's changes to them, and the bytes that go on the wire. */
import { brotliCompress, constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';
import { promisify } from 'node:util';

export type Piece = string | Uint8Array;
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

/** A whole answer as the real API would give it; the pieces of `body` are its events or parts. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderValues;
  readonly body: readonly Piece[];
}

/** How one answer differs from the native one. Fields left out stay native; `{}` is the native answer. */
export interface Behaviour {
  /** From 400 on, without `body`: the native error of that status. */
  readonly status?: number;
  /** Added to the native headers; `null` takes one away. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly body?: Piece | readonly Piece[];
  /** Content coding of the body; flushed after every event, as a streaming server does. */
  readonly encoding?: Encoding;
  /** What happens instead of a response head. */
  readonly before?: 'hang' | 'reset';
  /** Milliseconds before the response head. */
  readonly delayMs?: number;
  /** Sizes in bytes of the parts the body is written in, and the pause before each; both lists repeat. */
  readonly cut?: { readonly sizes: readonly number[]; readonly delaysMs?: readonly number[] };
  readonly stopAfterEvents?: number;
  /** Sent after the events kept: an error in mid-stream, say. */
  readonly append?: Piece | readonly Piece[];
  /** Counted after the content coding. */
  readonly stopAfterBytes?: number;
  /** Awaited after the last byte and before the end, so that a test can read everything first. */
  readonly hold?: Promise<unknown>;
  /** How the body ends: properly (also when it was cut short), never, or with a TCP reset. */
  readonly end?: 'clean' | 'silence' | 'reset';
  /** Releases the body one event at a time. */
  readonly stepper?: Stepper;
}

export type Encoding = 'gzip' | 'br' | 'deflate';

/** Lets a test release one event at a time. */
export interface Stepper {
  /** Resolves once the next event is written; `false` when there is none left or the caller has gone. */
  step(): Promise<boolean>;
  /** Writes the rest without waiting. */
  runOn(): void;
  /** For the server: waits for leave to write, and gives back what reports the outcome. */
  permit(): Promise<(written: boolean) => void>;
  /** For the server: nothing will be written any more. */
  finish(): void;
}

export function createStepper(): Stepper {
  const asked: ((written: boolean) => void)[] = [];
  const state = { free: false, over: false };
  let wake = (): void => undefined;
  return {
    step: () =>
      state.over
        ? Promise.resolve(false)
        : new Promise((resolve) => {
            asked.push(resolve);
            wake();
          }),
    runOn: () => {
      state.free = true;
      wake();
    },
    permit: async () => {
      while (asked.length === 0 && !state.free && !state.over) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return asked.shift() ?? (() => undefined);
    },
    finish: () => {
      state.over = true;
      wake();
      for (const tell of asked.splice(0)) tell(false);
    },
  };
}

/** Splits an SSE body into its events, each with the blank line that ends it. */
export function sseEvents(body: Piece): string[] {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  return text.split(/(?<=\r?\n\r?\n)/).filter((event) => event.length > 0);
}

/** The body parts a behaviour puts on the wire, in the order they are written. */
export async function wireParts(answer: Answer, behaviour: Behaviour): Promise<Buffer[]> {
  const { body, append = [], encoding, cut, stopAfterEvents, stopAfterBytes } = behaviour;
  const given = listOf(body ?? answer.body);
  const native = stopAfterEvents === undefined ? given : given.slice(0, stopAfterEvents);
  const kept = [...native, ...listOf(append)].map((piece) => Buffer.from(piece as string));
  const coded = encoding === undefined ? kept : await encode(kept, encoding);
  const clipped = stopAfterBytes === undefined ? coded : [Buffer.concat(coded).subarray(0, stopAfterBytes)];
  return cut === undefined ? clipped : recut(Buffer.concat(clipped), cut.sizes);
}

export async function compress(bytes: Uint8Array, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'br') return promisify(brotliCompress)(bytes);
  return Buffer.concat(await encode([Buffer.from(bytes)], encoding));
}

function listOf(body: Piece | readonly Piece[]): readonly Piece[] {
  return typeof body === 'string' || body instanceof Uint8Array ? [body] : body;
}

/** Compresses piece by piece: as many parts back, each decodable as soon as it is there. */
async function encode(pieces: readonly Buffer[], encoding: Encoding): Promise<Buffer[]> {
  const coder =
    encoding === 'gzip' ? createGzip() : encoding === 'br' ? createBrotliCompress() : createDeflate();
  const flushKind = encoding === 'br' ? constants.BROTLI_OPERATION_FLUSH : constants.Z_SYNC_FLUSH;
  const out: Buffer[] = [];
  let pending: Buffer[] = [];
  coder.on('data', (bytes: Buffer) => pending.push(bytes));
  for (const piece of pieces) {
    coder.write(piece);
    await new Promise<void>((resolve) => {
      coder.flush(flushKind, resolve);
    });
    out.push(Buffer.concat(pending));
    pending = [];
  }
  const ended = new Promise((resolve) => {
    coder.on('end', resolve);
  });
  coder.end();
  await ended;
  out.push(Buffer.concat([out.pop() ?? Buffer.alloc(0), ...pending]));
  return out;
}

function recut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = Math.max(1, sizes[parts.length % sizes.length] ?? bytes.length);
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return parts;
}
