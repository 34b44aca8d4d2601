/** Child process: events of every dialect through the meter and, in turns, through a TransformStream that does nothing. */
import { meter } from '@/lib/gateway/meter';
import { createRouteTable } from '@/lib/gateway/routes';
import { concatBytes, encodeUtf8 } from '@/lib/std/bytes';
import { FORMATS } from '@/lib/wire/registry';
import { type Dialect, dialectBody, DIALECTS } from '@/tests/bench/dialects';

export interface MeterJob {
  /** Events measured per figure and round. */
  readonly events: number;
  readonly rounds: number;
}

/** One way through, in one round. */
export interface MeterSample {
  readonly eventsPerSecond: number;
  readonly cpuUsPerThousand: number;
}

export interface MeterCase {
  readonly dialect: string;
  readonly streamEvents: number;
  readonly chunking: Chunking;
  readonly raw: readonly MeterSample[];
  readonly metered: readonly MeterSample[];
}

type Chunking = 'one event' | '16 kB';

const STREAM_SIZES = [200, 2_000] as const;
const CHUNKINGS: readonly Chunking[] = ['one event', '16 kB'];
/** What a socket hands over at most at once when a provider is faster than its reader. */
const LARGE_CHUNK_BYTES = 16 * 1024;
/** The gateway's own default; no measured stream is silent that long. */
const KEEP_ALIVE_MS = 15_000;

const routes = createRouteTable(FORMATS);

function recut(events: readonly Uint8Array[], chunking: Chunking): readonly Uint8Array[] {
  if (chunking === 'one event') return events;
  const bytes = concatBytes(events);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += LARGE_CHUNK_BYTES)
    chunks.push(bytes.slice(at, at + LARGE_CHUNK_BYTES));
  return chunks;
}

function sourceOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks[at];
      at += 1;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}

type Way = (source: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;

const doNothing: Way = (source) => source.pipeThrough(new TransformStream<Uint8Array, Uint8Array>());

/** The meter as the gateway sets it up for a call of the dialect. */
function meterOf(dialect: Dialect): Way {
  const { pathname } = new URL(dialect.path, 'http://localhost');
  const headers = new Headers(dialect.headers);
  const route = routes.match('POST', pathname, headers);
  const { format } = route;
  const body = encodeUtf8(dialectBody(dialect, false));
  const call = format.readCall({ ...route, body, headers });
  const answer = { status: 200, contentType: dialect.contentType, headers: new Headers() };
  const { keepAlive } = format;
  return (upstream) => {
    const reader = format.usageReader(call, answer);
    return meter({
      upstream,
      reader,
      drainMs: 0,
      errorEvent: () => null,
      filter: dialect.hidden === undefined ? null : (format.hideUsage?.() ?? null),
      keepAlive: keepAlive === null ? null : { text: keepAlive, everyMs: KEEP_ALIVE_MS },
      breakOff: () => Promise.resolve(),
      onFirstByte: () => undefined,
      onEnd: ({ how }) => {
        const { terminal, parts } = reader.read();
        if (how !== 'end' || !terminal || parts.length === 0)
          throw new Error(`${dialect.label}: not metered`);
      },
    });
  };
}

async function read(stream: ReadableStream<Uint8Array>): Promise<number> {
  const reader = stream.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes += value.length;
  }
}

/** A stream at a time, as often as it takes to have seen so many events. */
async function measure(
  way: Way,
  chunks: readonly Uint8Array[],
  streamEvents: number,
  job: MeterJob,
  bytes: number,
): Promise<MeterSample> {
  const streams = Math.ceil(job.events / streamEvents);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  for (let stream = 0; stream < streams; stream += 1) {
    if ((await read(way(sourceOf(chunks)))) !== bytes) throw new Error('the stream did not come whole');
  }
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  const events = streams * streamEvents;
  return {
    eventsPerSecond: events / (elapsedMs / 1_000),
    cpuUsPerThousand: ((user + system) / events) * 1_000,
  };
}

async function run(job: MeterJob, only: string | undefined): Promise<MeterCase[]> {
  const cases = DIALECTS.filter(({ label }) => only === undefined || label === only).flatMap((dialect) =>
    STREAM_SIZES.flatMap((streamEvents) =>
      CHUNKINGS.map((chunking) => {
        const events = dialect.events(streamEvents);
        const chunks = recut(events, chunking);
        const bytes = events.reduce((sum, event) => sum + event.length, 0);
        const seen = bytes - (dialect.hidden?.(events) ?? 0);
        const raw: MeterSample[] = [];
        const metered: MeterSample[] = [];
        const metering = meterOf(dialect);
        return {
          dialect: dialect.label,
          streamEvents,
          chunking,
          chunks,
          bytes,
          seen,
          raw,
          metered,
          metering,
        };
      }),
    ),
  );
  // The first round is for the compiler.
  for (let round = -1; round < job.rounds; round += 1) {
    for (const { chunks, streamEvents, bytes, seen, raw, metered, metering } of cases) {
      const plain = await measure(doNothing, chunks, streamEvents, job, bytes);
      const own = await measure(metering, chunks, streamEvents, job, seen);
      if (round < 0) continue;
      raw.push(plain);
      metered.push(own);
    }
  }
  return cases.map(({ dialect, streamEvents, chunking, raw, metered }) => ({
    dialect,
    streamEvents,
    chunking,
    raw,
    metered,
  }));
}

const [job, only] = process.argv.slice(2);
if (job !== undefined) {
  void run(JSON.parse(job) as MeterJob, only).then((cases) => process.stdout.write(JSON.stringify(cases)));
}
