/** The meter between provider and caller: filters, keep-alives, and what it never does. */
import { describe, expect, it, vi } from 'vitest';
import { meter, type MeterOptions, type StreamEnd } from '@/lib/gateway/meter';
import { decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import type { StreamFilter, UsageReader } from '@/lib/wire/format';

/** A provider that sends when it is told to. */
function provider() {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) });
  return {
    body,
    send: (text: string) => controller.enqueue(encodeUtf8(text)),
    close: () => controller.close(),
    fail: (fault: unknown) => controller.error(fault),
  };
}

function reader(terminal = true): UsageReader & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    push: (chunk) => void seen.push(decodeUtf8(chunk)),
    read: () => ({ terminal, final: terminal, failed: false }) as ReturnType<UsageReader['read']>,
  };
}

function run(options: Partial<MeterOptions>) {
  const up = provider();
  const usage = options.reader ?? reader();
  const ends: StreamEnd[] = [];
  const stream = meter({
    upstream: up.body,
    reader: usage,
    drainMs: 0,
    errorEvent: () => null,
    filter: null,
    keepAlive: null,
    breakOff: () => Promise.resolve(),
    onFirstByte: () => undefined,
    onEnd: (end) => void ends.push(end),
    ...options,
  });
  return { up, ends, output: stream.getReader() };
}

const KEEP_ALIVE = { text: ': keep\n\n', everyMs: 1_000 };
const next = async (output: ReadableStreamDefaultReader<Uint8Array>) => {
  const { value } = await output.read();
  return value === undefined ? null : decodeUtf8(value);
};

describe('keep-alives', () => {
  it('come after a whole interval of silence, between two events, and are not observed', async () => {
    vi.useFakeTimers();
    try {
      const usage = reader();
      const { up, output } = run({ keepAlive: KEEP_ALIVE, reader: usage });
      up.send('data: 1\n\n');
      expect(await next(output)).toBe('data: 1\n\n');
      const silence = next(output);
      await vi.advanceTimersByTimeAsync(KEEP_ALIVE.everyMs);
      expect(await silence).toBe(KEEP_ALIVE.text);
      up.send('data: 2\r\n\r\n');
      expect(await next(output)).toBe('data: 2\r\n\r\n');
      const again = next(output);
      await vi.advanceTimersByTimeAsync(KEEP_ALIVE.everyMs);
      expect(await again).toBe(KEEP_ALIVE.text);
      expect(usage.seen).toEqual(['data: 1\n\n', 'data: 2\r\n\r\n']);
      up.close();
      expect(await next(output)).toBeNull();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each(['data: 1', 'data: 1\n', 'data: 1\r\n', 'event: a\ndata: 1\n'])(
    'never stand inside an event (%j)',
    async (piece) => {
      vi.useFakeTimers();
      try {
        const { up, output } = run({ keepAlive: KEEP_ALIVE });
        up.send(piece);
        expect(await next(output)).toBe(piece);
        const after = next(output);
        await vi.advanceTimersByTimeAsync(5 * KEEP_ALIVE.everyMs);
        up.send('\n\n');
        expect(await after).toBe('\n\n');
        up.close();
      } finally {
        vi.useRealTimers();
      }
    },
  );

  it('come before the first event too, when a provider thinks for long', async () => {
    vi.useFakeTimers();
    try {
      const { up, output } = run({ keepAlive: KEEP_ALIVE });
      const first = next(output);
      await vi.advanceTimersByTimeAsync(KEEP_ALIVE.everyMs);
      expect(await first).toBe(KEEP_ALIVE.text);
      up.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('stop with the stream, whichever way it ends', async () => {
    vi.useFakeTimers();
    try {
      const broken = run({ keepAlive: KEEP_ALIVE });
      broken.up.fail(new Error('gone'));
      await expect(broken.output.read()).rejects.toThrow();
      const left = run({ keepAlive: KEEP_ALIVE });
      await left.output.cancel();
      await vi.advanceTimersByTimeAsync(0);
      expect(vi.getTimerCount()).toBe(0);
      expect([broken.ends[0]?.how, left.ends[0]?.how]).toEqual(['broken', 'cancelled']);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a filter', () => {
  /** Drops chunks that say so and keeps back what is unfinished. */
  const filter = (): StreamFilter => ({
    push: (chunk) => (decodeUtf8(chunk).includes('hide') ? [] : [chunk]),
    end: () => encodeUtf8('tail'),
  });

  it('hides from the caller, not from the usage reader', async () => {
    const usage = reader();
    const { up, output } = run({ filter: filter(), reader: usage });
    up.send('data: a\n\n');
    up.send('data: hide\n\n');
    up.close();
    expect(await next(output)).toBe('data: a\n\n');
    expect(await next(output)).toBe('tail');
    expect(await next(output)).toBeNull();
    expect(usage.seen).toEqual(['data: a\n\n', 'data: hide\n\n']);
  });

  it('lets the error event of a break through as it is', async () => {
    const { up, output, ends } = run({
      filter: filter(),
      reader: reader(false),
      errorEvent: () => encodeUtf8('data: hide this error not\n\n'),
    });
    up.send('data: a\n\n');
    expect(await next(output)).toBe('data: a\n\n');
    up.close();
    expect(await next(output)).toBe('data: hide this error not\n\n');
    await expect(output.read()).rejects.toThrow('without its terminal event');
    expect(ends).toMatchObject([{ how: 'broken' }]);
  });
});

describe('a caller who leaves', () => {
  it('ends the call at once, also while the provider is silent', async () => {
    let cancelled = false;
    const upstream = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
    const { output, ends } = run({ upstream });
    const waiting = output.read();
    await output.cancel();
    expect((await waiting).done).toBe(true);
    expect([ends, cancelled]).toEqual([[{ how: 'cancelled', drained: false }], true]);
  });

  it.each([true, false])(
    'of a provider that bills the whole answer leaves the rest to be read (a read under way: %s)',
    async (reading) => {
      const usage = reader();
      const { up, output, ends } = run({ drainMs: 60_000, reader: usage });
      up.send('data: 1\n\n');
      expect(await next(output)).toBe('data: 1\n\n');
      if (reading) void output.read();
      await output.cancel();
      up.send('data: 2\n\n');
      up.close();
      await vi.waitFor(() => expect(ends).toEqual([{ how: 'cancelled', drained: true }]));
      expect(usage.seen).toEqual(['data: 1\n\n', 'data: 2\n\n']);
    },
  );

  it('is not waited for longer than the provider is read on', async () => {
    vi.useFakeTimers();
    try {
      const { up, output, ends } = run({ drainMs: 1_000 });
      up.send('data: 1\n\n');
      expect(await next(output)).toBe('data: 1\n\n');
      await output.cancel();
      await vi.advanceTimersByTimeAsync(999);
      expect(ends).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(ends).toEqual([{ how: 'cancelled', drained: false }]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

it('a break reaches the caller only after its error event was taken', async () => {
  const broken: string[] = [];
  const { up, output } = run({
    reader: reader(false),
    errorEvent: () => encodeUtf8('event: error\n\n'),
    breakOff: () => Promise.resolve(void broken.push('broken off')),
  });
  up.send('data: 1\n\n');
  expect(await next(output)).toBe('data: 1\n\n');
  up.fail(new Error('gone'));
  expect(await next(output)).toBe('event: error\n\n');
  expect(broken).toEqual([]);
  await expect(output.read()).rejects.toThrow('gone');
  expect(broken).toEqual(['broken off']);
});

it('nothing is read ahead of a caller who takes nothing', async () => {
  let pulled = 0;
  const upstream = new ReadableStream<Uint8Array>(
    { pull: (controller) => controller.enqueue(encodeUtf8(`data: ${++pulled}\n\n`)) },
    { highWaterMark: 0 },
  );
  const { output } = run({ upstream });
  await new Promise((resolve) => setTimeout(resolve));
  expect(pulled).toBe(0);
  await next(output);
  await new Promise((resolve) => setTimeout(resolve));
  expect(pulled).toBe(1);
});
