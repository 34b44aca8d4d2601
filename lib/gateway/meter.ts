/** The stream between provider and caller: each chunk goes on first and is observed after; the end is told exactly once. */
import { encodeUtf8 } from '@/lib/std/bytes';
import type { StreamFilter, UsageReader, UsageReading } from '@/lib/wire/format';

export type StreamEnd =
  | { readonly how: 'end' }
  /** The caller left; `drained`: the rest was read in the background, to its end. */
  | { readonly how: 'cancelled'; readonly drained: boolean }
  /** The provider broke off, or ended a stream without its terminal event. */
  | { readonly how: 'broken'; readonly fault: unknown };

export interface MeterOptions {
  readonly upstream: ReadableStream<Uint8Array>;
  readonly reader: UsageReader;
  /** How long to read on when the caller leaves (an answer that is billed whole anyway); 0 aborts, but for a finished text. */
  readonly drainMs: number;
  /** The in-band error for a break after the first byte; `null` where the format has none. */
  readonly errorEvent: (fault: unknown) => Uint8Array | null;
  /** Takes out of the caller's copy what only the gateway asked for; `null`: every byte goes on. */
  readonly filter: StreamFilter | null;
  /** Sent between two events, so that no silence lasts longer than `everyMs`; `null` where the format's clients bear none. */
  readonly keepAlive: { readonly text: string; readonly everyMs: number } | null;
  /** Breaks the caller's connection, after what was sent so far is on its way. */
  readonly breakOff: () => Promise<void>;
  readonly onFirstByte: () => void;
  /** Called once, however the stream ends. */
  readonly onEnd: (end: StreamEnd) => void;
}

/** How long the usage of a finished text is waited for after its caller left: it follows within a second. */
const USAGE_GRACE_MS = 3_000;

/** Whether all that was asked for is written and only its usage is missing, which tells of hidden thinking too. */
export function awaitsUsage({ terminal, written, final, failed, pending }: UsageReading): boolean {
  return (terminal || written === true) && !final && !failed && pending !== true;
}

/** Why a stream that ended cleanly is still broken. */
export class TruncatedStream extends Error {
  constructor() {
    super('the provider ended the stream without its terminal event');
    this.name = 'TruncatedStream';
  }
}

const LF = 10;
const CR = 13;

/** What decides whether a blank line stands at the end; more line ends than that change nothing. */
const TAIL_BYTES = 4;

/** Follows whether the bytes sent so far end with an event's blank line: only there may anything be put in. */
class Boundary {
  /** How many line ends in a row stand at the end; two are a blank line. */
  private lineEnds = 2;
  private last = LF;

  push(chunk: Uint8Array): void {
    for (let at = Math.max(0, chunk.length - TAIL_BYTES); at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === CR || (byte === LF && this.last !== CR)) this.lineEnds += 1;
      else if (byte !== LF) this.lineEnds = 0;
      this.last = byte;
    }
  }

  get reached(): boolean {
    return this.lineEnds >= 2;
  }
}

/**
 * Returns what the caller reads. A break upstream becomes the format's error event and then an aborted stream:
 * several SDKs take a clean end for success.
 */
export function meter(options: MeterOptions): ReadableStream<Uint8Array> {
  return new ReadableStream(new Meter(options), { highWaterMark: 0 });
}

type Next = ReadableStreamReadResult<Uint8Array>;

/** Reads when the caller asks, a chunk in hand at most. A TransformStream, with its two queues, takes more than twice the CPU. */
class Meter implements UnderlyingDefaultSource<Uint8Array> {
  private readonly source: ReadableStreamDefaultReader<Uint8Array>;
  private readonly boundary: Boundary | null;
  private readonly ticking: ReturnType<typeof setInterval> | undefined;
  private draining: ReturnType<typeof setTimeout> | undefined;
  private controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** The caller waits for a chunk. */
  private asked = false;
  private first = true;
  private silent = false;
  private left = false;
  /** After the caller left: to the end, not just to the usage. */
  private readsToEnd = false;
  private ended = false;
  /** What broke the stream, once its error event is on its way. */
  private broken: { readonly fault: unknown } | null = null;

  constructor(private readonly options: MeterOptions) {
    const { upstream, keepAlive } = options;
    this.source = upstream.getReader();
    this.boundary = keepAlive === null ? null : new Boundary();
    if (keepAlive !== null)
      this.ticking = setInterval(() => this.tick(keepAlive.text), keepAlive.everyMs / 2);
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.controller = controller;
  }

  /** Called when the caller has taken everything so far and wants more. */
  pull(): Promise<void> {
    // Erroring earlier would throw the error event away that is still to be taken.
    if (this.broken !== null) return this.breakOff(this.broken.fault);
    this.asked = true;
    return this.next();
  }

  /** The caller leaving is told at once, also while the provider is silent. */
  cancel(): void {
    if (this.ended) return;
    this.left = true;
    clearInterval(this.ticking);
    const { drainMs, reader } = this.options;
    this.readsToEnd = drainMs > 0;
    if (!this.readsToEnd && !awaitsUsage(reader.read())) return this.leave(false);
    this.draining = setTimeout(() => this.leave(false), this.readsToEnd ? drainMs : USAGE_GRACE_MS);
    if (!this.asked) void this.next();
  }

  private next(): Promise<void> {
    return this.source.read().then(this.onRead, this.onFault);
  }

  private readonly onRead = (next: Next): void | Promise<void> => {
    this.silent = false;
    if (this.ended) return;
    if (this.left) return this.drain(next);
    try {
      if (next.done) return this.finish();
      const passed = this.pass(next.value);
      if (this.first) {
        this.first = false;
        this.options.onFirstByte();
      }
      this.options.reader.push(next.value);
      if (!passed) return this.next();
      this.asked = false;
    } catch (error) {
      this.leave(false);
      this.controller?.error(error);
    }
  };

  private readonly onFault = (fault: unknown): void | Promise<void> => {
    if (this.ended) return;
    if (this.left) return this.leave(false);
    return this.break(fault);
  };

  /** Says whether anything went on. */
  private pass(chunk: Uint8Array): boolean {
    const { filter } = this.options;
    if (filter === null) {
      this.controller?.enqueue(chunk);
      this.boundary?.push(chunk);
      return true;
    }
    const pieces = filter.push(chunk);
    for (const piece of pieces) {
      this.controller?.enqueue(piece);
      this.boundary?.push(piece);
    }
    return pieces.length > 0;
  }

  private drain(next: Next): void | Promise<void> {
    if (next.done) return this.leave(true);
    const { reader } = this.options;
    reader.push(next.value);
    if (this.readsToEnd) return this.next();
    const reading = reader.read();
    return awaitsUsage(reading) ? this.next() : this.leave(reading.final);
  }

  private finish(): void | Promise<void> {
    const { reader, filter } = this.options;
    const { terminal, failed } = reader.read();
    if (!terminal && !failed) return this.break(new TruncatedStream());
    const rest = filter?.end();
    if (rest !== undefined && rest.length > 0) this.controller?.enqueue(rest);
    this.end({ how: 'end' });
    this.controller?.close();
  }

  private break(fault: unknown): void | Promise<void> {
    const { terminal, failed } = this.options.reader.read();
    // Before the first byte there is no event to be the continuation of; a body that is complete needs none.
    const event = this.first || terminal || failed ? null : this.options.errorEvent(fault);
    this.end({ how: 'broken', fault });
    if (event === null) return this.breakOff(fault);
    this.broken = { fault };
    this.controller?.enqueue(event);
  }

  private async breakOff(fault: unknown): Promise<void> {
    try {
      await this.options.breakOff();
    } finally {
      this.controller?.error(fault);
    }
  }

  private leave(drained: boolean): void {
    this.end({ how: 'cancelled', drained });
    this.source.cancel().catch(() => undefined);
  }

  private end(how: StreamEnd): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.ticking);
    clearTimeout(this.draining);
    this.options.onEnd(how);
  }

  /** Runs twice an interval; the second time without a byte is silence. One timer a stream, not one a chunk. */
  private tick(text: string): void {
    const waiting = this.asked && !this.left && (this.controller?.desiredSize ?? -1) >= 0;
    if (this.silent && waiting && this.boundary?.reached === true) {
      this.controller?.enqueue(encodeUtf8(text));
      this.silent = false;
    } else this.silent = true;
  }
}
