/** The TransformStream between provider and caller: each chunk goes on first and is observed after; the end is told exactly once. */
import { encodeUtf8 } from '@/lib/std/bytes';
import type { StreamFilter, UsageReader } from '@/lib/wire/format';

export type StreamEnd =
  | { readonly how: 'end' }
  /** The caller left; `drained`: the rest was read in the background, to its end. */
  | { readonly how: 'cancelled'; readonly drained: boolean }
  /** The provider broke off, or ended a stream without its terminal event. */
  | { readonly how: 'broken'; readonly fault: unknown };

export interface MeterOptions {
  readonly upstream: ReadableStream<Uint8Array>;
  readonly reader: UsageReader;
  /** How long to read on when the caller leaves (a provider that bills the whole answer anyway); 0 aborts at once. */
  readonly drainMs: number;
  /** The in-band error for a break after the first byte; `null` where the format has none. */
  readonly errorEvent: (fault: unknown) => Uint8Array | null;
  /** Takes out of the caller's copy what only the gateway asked for; `null`: every byte goes on. */
  readonly filter: StreamFilter | null;
  /** Sent between two events after `everyMs` of silence; `null` where the format's clients bear none. */
  readonly keepAlive: { readonly text: string; readonly everyMs: number } | null;
  /** Breaks the caller's connection, after what was sent so far is on its way. */
  readonly breakOff: () => Promise<void>;
  readonly onFirstByte: () => void;
  /** Called once, however the stream ends. */
  readonly onEnd: (end: StreamEnd) => void;
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

/** Follows whether the bytes sent so far end with an event's blank line: only there may anything be put in. */
class Boundary {
  /** How many line ends in a row stand at the end; two are a blank line. */
  private lineEnds = 2;
  private last = LF;

  push(chunk: Uint8Array): void {
    // The last four bytes decide; more line ends than that change nothing.
    for (const byte of chunk.subarray(-4)) {
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
  const { reader, upstream, filter, keepAlive } = options;
  const boundary = keepAlive === null ? null : new Boundary();
  /** Chunks of our own making: neither filtered nor observed. */
  const own = new WeakSet<Uint8Array>();
  let ended = false;
  let first = true;
  let silent = false;
  const end = (how: StreamEnd) => {
    if (ended) return;
    ended = true;
    clearInterval(ticking);
    options.onEnd(how);
  };
  const through = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (own.has(chunk)) return controller.enqueue(chunk);
      if (filter === null) {
        controller.enqueue(chunk);
        boundary?.push(chunk);
      } else {
        for (const piece of filter.push(chunk)) {
          controller.enqueue(piece);
          boundary?.push(piece);
        }
      }
      if (first) {
        first = false;
        options.onFirstByte();
      }
      reader.push(chunk);
    },
    flush(controller) {
      const rest = filter?.end();
      if (rest !== undefined && rest.length > 0) controller.enqueue(rest);
    },
  });
  const writer = through.writable.getWriter();
  const ticking = keepAlive === null ? undefined : setInterval(tick, keepAlive.everyMs);
  void pump(upstream.getReader(), writer);
  return through.readable;

  /** Whole intervals without a byte count as silence: one timer a stream, not one a chunk. */
  function tick(): void {
    if (silent && boundary?.reached === true && (writer.desiredSize ?? 0) > 0) {
      void writer.write(ours(encodeUtf8(keepAlive?.text ?? ''))).catch(() => undefined);
    }
    silent = true;
  }

  function ours(bytes: Uint8Array): Uint8Array {
    own.add(bytes);
    return bytes;
  }

  async function pump(
    source: ReadableStreamDefaultReader<Uint8Array>,
    sink: WritableStreamDefaultWriter<Uint8Array>,
  ): Promise<void> {
    let left = false;
    // The caller leaving errors the writable side at once, also while the provider is silent.
    sink.closed.catch(() => {
      if (ended) return;
      left = true;
      if (options.drainMs > 0) {
        setTimeout(() => leave(source, false), options.drainMs);
      } else leave(source, false);
    });
    try {
      for (;;) {
        if (!left) await sink.ready.catch(() => undefined);
        const next = await source.read().catch((fault: unknown) => ({ fault }));
        silent = false;
        if (ended) return;
        if (left) {
          if ('fault' in next || next.done) return leave(source, !('fault' in next));
          reader.push(next.value);
          continue;
        }
        if ('fault' in next) return await breakOff(sink, next.fault);
        if (next.done) break;
        void sink.write(next.value).catch(() => undefined);
      }
      await sink.ready;
      const reading = reader.read();
      if (!reading.terminal && !reading.failed) return await breakOff(sink, new TruncatedStream());
      end({ how: 'end' });
      await sink.close();
    } catch {
      leave(source, false);
    }
  }

  function leave(source: ReadableStreamDefaultReader<Uint8Array>, drained: boolean): void {
    end({ how: 'cancelled', drained });
    source.cancel().catch(() => undefined);
  }

  async function breakOff(sink: WritableStreamDefaultWriter<Uint8Array>, fault: unknown): Promise<void> {
    const reading = reader.read();
    // Before the first byte there is no event to be the continuation of; a body that is complete needs none.
    const event = first || reading.terminal || reading.failed ? null : options.errorEvent(fault);
    end({ how: 'broken', fault });
    try {
      await sink.ready;
      // Resolves when the caller has taken the event: aborting earlier would throw it away.
      if (event !== null) {
        await sink.write(ours(event));
        await sink.ready;
      }
      await options.breakOff();
    } finally {
      await sink.abort(fault).catch(() => undefined);
    }
  }
}
