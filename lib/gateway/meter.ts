/** The TransformStream between provider and caller: each chunk goes on first and is observed after; the end is told exactly once. */
import type { UsageReader } from '@/lib/wire/format';

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

/**
 * Returns what the caller reads. A break upstream becomes the format's error event and then an aborted stream:
 * several SDKs take a clean end for success.
 */
export function meter(options: MeterOptions): ReadableStream<Uint8Array> {
  const { reader, upstream } = options;
  let ended = false;
  let first = true;
  const end = (how: StreamEnd) => {
    if (ended) return;
    ended = true;
    options.onEnd(how);
  };
  const through = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk);
      if (first) {
        first = false;
        options.onFirstByte();
      }
      reader.push(chunk);
    },
  });
  void pump(upstream.getReader(), through.writable.getWriter());
  return through.readable;

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
        await sink.write(event);
        await sink.ready;
      }
      await options.breakOff();
    } finally {
      await sink.abort(fault).catch(() => undefined);
    }
  }
}
