/** The meter for answers that aren't event streams: the same promises without filters, keep-alives and error events. */
import type { MeterOptions } from './meter';

type WholeOptions = Omit<MeterOptions, 'errorEvent' | 'filter' | 'keepAlive'>;

/** Reads on after the caller left; says whether the end was reached in time. */
async function drain(
  source: ReadableStreamDefaultReader<Uint8Array>,
  { reader, drainMs }: Pick<WholeOptions, 'reader' | 'drainMs'>,
): Promise<boolean> {
  if (drainMs === 0) return false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), drainMs)));
  try {
    for (;;) {
      const next = await Promise.race([source.read().catch(() => null), late]);
      if (next === null) return false;
      if (next.done) return true;
      reader.push(next.value);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Returns what the caller reads; each chunk goes on first and is observed after. A body that breaks off errors, it never ends cleanly. */
export function meterWhole(options: WholeOptions): ReadableStream<Uint8Array> {
  const { upstream, reader, onEnd } = options;
  const source = upstream.getReader();
  let first = true;
  let over = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await source.read().catch((fault: unknown) => ({ fault }));
        if (over) {
          // This read was under way when the caller left: a drained body must not miss its piece.
          if ('value' in next && next.value !== undefined) reader.push(next.value);
          return;
        }
        if ('fault' in next) {
          over = true;
          onEnd({ how: 'broken', fault: next.fault });
          await options.breakOff();
          controller.error(next.fault);
        } else if (next.done) {
          over = true;
          onEnd({ how: 'end' });
          controller.close();
        } else {
          controller.enqueue(next.value);
          if (first) options.onFirstByte();
          first = false;
          reader.push(next.value);
        }
      },
      async cancel() {
        if (over) return;
        over = true;
        const drained = await drain(source, options);
        onEnd({ how: 'cancelled', drained });
        await source.cancel().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
