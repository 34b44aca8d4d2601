/** Stage 6: the provider's answer as the caller's, metered on the way. */
import { type Provider, UpstreamFault, type UpstreamResponse } from '@/lib/providers/provider';
import type { UsageReader } from '@/lib/wire/format';
import type { Call } from '../call';
import { callerResponseHeaders, headOf } from '../headers';
import { TruncatedStream, awaitsUsage, meter, type StreamEnd } from '../meter';
import { meterWhole } from '../meter-whole';
import type { Ports } from '../ports';
import { keepingAnswer } from './follow';
import { faultError } from './forward';
import { GatewayError } from '@/lib/domain/errors';

/** How long an answer that is billed whole anyway is read on in the background after its caller left. */
const DRAIN_MS = 60_000;

/** Statuses whose answers have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

export interface Observation {
  readonly reader: UsageReader;
  /** Resolves when every byte seen has reached the reader. */
  readonly finish: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** Feeds a reader with the decoded copy of compressed bytes that go to the caller as they are. */
function observeDecoded(reader: UsageReader, decoder: TransformStream<Uint8Array, Uint8Array>): Observation {
  const sink = decoder.writable.getWriter();
  const source = decoder.readable.getReader();
  const reading = (async () => {
    for (;;) {
      const { done, value } = await source.read();
      if (done) return;
      reader.push(value);
    }
  })().catch(() => undefined);
  const compressed: UsageReader = {
    push: (chunk) => void sink.write(chunk).catch(() => undefined),
    read: () => reader.read(),
  };
  return {
    reader: compressed,
    finish: async () => {
      await sink.close().catch(() => undefined);
      await reading;
    },
  };
}

function accepts(request: Request, coding: string): boolean {
  const accepted = request.headers.get('accept-encoding')?.toLowerCase() ?? '';
  return accepted.split(',').some((entry) => {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim());
    return (
      (name === coding || name === '*') && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    );
  });
}

/** Hosts gather the writes of one turn: an error in the same turn would throw them away. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** The error a broken stream is reported with. */
function breakError(fault: unknown, provider: string): GatewayError {
  if (fault instanceof TruncatedStream) {
    return new GatewayError(
      'upstream_broken',
      `The provider (${provider}) ended its answer too early.`,
      {},
      { cause: fault },
    );
  }
  return faultError(
    fault instanceof UpstreamFault ? fault : new UpstreamFault('reset', String(fault), true),
    provider,
  );
}

export interface Relayed {
  readonly headers: Headers;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The coding the bytes still are in; `null` when the body is plain. */
  readonly coding: string | null;
}

/** Headers and body for the caller: compressed bytes go on as they are where caller and mount take them, else decoded. */
export function relay(
  { request, context }: Pick<Call, 'request' | 'context'>,
  upstream: UpstreamResponse,
  provider: Provider,
  ports: Ports,
): Relayed {
  const headers = callerResponseHeaders(upstream.headers, provider);
  if (BODILESS.has(upstream.status)) {
    void upstream.body?.cancel().catch(() => undefined);
    return { headers, body: null, coding: null };
  }
  const coding = upstream.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity';
  const decoder = coding === 'identity' || upstream.body === null ? null : ports.decoder(coding);
  const taken = context.plainOnly !== true && accepts(request, coding);
  if (coding !== 'identity' && decoder !== null && upstream.body !== null && !taken) {
    return { headers, body: upstream.body.pipeThrough(decoder), coding: null };
  }
  const length = upstream.headers.get('content-length');
  if (length !== null) headers.set('content-length', length);
  if (coding !== 'identity') headers.set('content-encoding', coding);
  return { headers, body: upstream.body, coding: coding === 'identity' ? null : coding };
}

export interface Metered extends Answer {
  /** Whether the answer is read on for the sake of the bill, should the caller leave now. */
  readonly readsOn: () => boolean;
}

/**
 * Wires provider to caller. `onEnd` runs once, when the last byte is through, the caller left, or the provider broke off.
 */
export function respond(
  call: Call,
  upstream: UpstreamResponse,
  ports: Ports,
  watch: { onFirstByte: () => void; onEnd: (end: StreamEnd, observed: Observation) => void },
): Metered {
  const { route, authorized, wire } = call;
  if (route === null || authorized === null || wire === null) throw new Error('respond() before authorize()');
  const { provider } = authorized;
  const { format } = route;
  const { headers, body, coding } = relay(call, upstream, provider, ports);
  const head = headOf(upstream);
  const reader = keepingAnswer(call, format.usageReader(wire, head), head, ports);
  const decoder = coding === null ? null : ports.decoder(coding);
  const observed =
    decoder === null ? { reader, finish: () => Promise.resolve() } : observeDecoded(reader, decoder);
  if (body === null) {
    watch.onEnd({ how: 'end' }, observed);
    return { status: upstream.status, headers, body, readsOn: () => false };
  }
  // Of a compressed stream only the far side of the decoder knows whether it is whole, and no plain event fits into it.
  const isStream = format.isStream(wire, head) && upstream.status < 400;
  const isPlainStream = isStream && coding === null;
  // A whole answer is finished and billed by the time its head arrives: leaving it stops no work.
  const drainMs = provider.onCallerLeave === 'drain' || !isStream ? DRAIN_MS : 0;
  const options = {
    upstream: body,
    reader: observed.reader,
    drainMs,
    breakOff: call.context.breakOff ?? nextTurn,
    onFirstByte: watch.onFirstByte,
    onEnd: (end: StreamEnd) => watch.onEnd(end, observed),
  };
  const errorEvent = (fault: unknown) =>
    format.renderStreamError(breakError(fault, provider.name), call.id, head);
  if (!isPlainStream)
    return { status: upstream.status, headers, body: meterWhole(options), readsOn: () => drainMs > 0 };
  const filter = call.hidesUsage ? (format.hideUsage?.() ?? null) : null;
  if (filter !== null) headers.delete('content-length');
  const { keepAlive: text } = format;
  const keepAlive = text === null ? null : { text, everyMs: ports.settings.keepAliveMs };
  return {
    status: upstream.status,
    headers,
    body: meter({ ...options, errorEvent, filter, keepAlive }),
    readsOn: () => drainMs > 0 || awaitsUsage(reader.read()),
  };
}
