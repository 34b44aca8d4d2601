/** Follows an answer that the provider works on after answering (OpenAI's `background`), until its usage is known. */
import { UpstreamFault, type UpstreamCall } from '@/lib/providers/provider';
import type { AnswerHead, UsageReader, UsageReading } from '@/lib/wire/format';
import type { Call } from '../call';
import type { Ports } from '../ports';
import { headOf } from '../headers';
import { toolsOf } from './forward';

/** Pauses between looks: short tasks are settled soon, long ones cost few looks. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
const PAUSE_GROWTH = 1.5;
/** Looks that may fail in a row, some ten minutes of them, before the figures seen so far have to do. */
const FAILURES = 45;
/** A provider may know an answer a moment after it named it: only what stays unknown was deleted. */
const UNKNOWN_LOOKS = 3;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

type Look = UsageReading | 'failed' | 'unknown';

/**
 * Reads a stored answer again and again until it is done; resolves with the last reading. Its id is kept at
 * once, so that its maker can read it. A process that dies meanwhile leaves the row to the sweeper. Never throws.
 */
export async function follow(call: Call, reading: UsageReading, ports: Ports): Promise<UsageReading> {
  const look = looker(call, reading, ports);
  if (look === null || reading.answerId === undefined) return reading;
  await keepAnswer(call, reading.answerId, ports);
  let last = reading;
  let failures = 0;
  let unknown = 0;
  let pauseMs = FIRST_PAUSE_MS;
  while (last.pending === true && failures < FAILURES && unknown < UNKNOWN_LOOKS) {
    await pause(pauseMs);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH);
    const seen = await look();
    unknown = seen === 'unknown' ? unknown + 1 : 0;
    failures = seen === 'failed' ? failures + 1 : 0;
    if (typeof seen !== 'string') last = seen;
  }
  if (last.pending === true)
    ports.log.write('warn', 'background_lost', { id: call.id, answerId: reading.answerId });
  // Cancelled or lost without usage, it may have written all that was held: the sweep reckons so too.
  const held = last.parts.length > 0 || last.failed ? 0 : (call.admitted?.outputTokens ?? 0);
  // What was streamed before the answer was cancelled was written, whatever the stored answer shows of it.
  const streamedOutputTokens = Math.max(held, last.streamedOutputTokens, reading.streamedOutputTokens);
  return { ...last, answerId: reading.answerId, streamedOutputTokens };
}

/** A look at the stored answer; `null` where the format has no endpoint for one. */
function looker(call: Call, { answerId }: UsageReading, ports: Ports): (() => Promise<Look>) | null {
  const { route, authorized, wire } = call;
  if (route === null || authorized === null || wire === null || answerId === undefined) return null;
  const { format } = route;
  const endpoint = format.endpoints.find(({ kind, method }) => kind === 'stored' && method === 'GET');
  if (endpoint === undefined) return null;
  const lookUp: UpstreamCall = {
    format: format.name,
    endpoint,
    params: { id: answerId },
    search: '',
    headers: new Headers(),
    body: null,
    model: authorized.upstreamModel,
    stream: false,
  };
  return async () => {
    try {
      const { signal } = new AbortController();
      const answer = await authorized.provider.send(lookUp, authorized.settings, signal, toolsOf(ports));
      const reader = format.usageReader({ ...wire, stream: false }, headOf(answer));
      for await (const chunk of chunksOf(answer.body)) reader.push(chunk);
      if (answer.status === 404) return 'unknown';
      const seen = reader.read();
      return answer.status < 400 && seen.terminal ? seen : 'failed';
    } catch (error) {
      if (!(error instanceof UpstreamFault))
        ports.log.write('error', 'background_look_failed', { id: call.id, reason: String(error) });
      return 'failed';
    }
  };
}

/** Should the id not be kept, its maker can't read the answer before it is settled, which keeps it too. */
async function keepAnswer(call: Call, answerId: string, ports: Ports): Promise<void> {
  try {
    await ports.store.keepAnswer(call.id, answerId);
  } catch (error) {
    ports.log.write('warn', 'answer_not_kept', { id: call.id, reason: String(error) });
  }
}

/**
 * The reader of a stream whose answer is made in the background: the id is kept with the first event, so that the
 * answer can be cancelled meanwhile.
 */
export function keepingAnswer(call: Call, reader: UsageReader, head: AnswerHead, ports: Ports): UsageReader {
  const { route, wire } = call;
  if (route === null || wire?.background !== true || !route.format.isStream(wire, head)) return reader;
  let kept = false;
  return {
    push(chunk) {
      reader.push(chunk);
      if (kept) return;
      const { answerId } = reader.read();
      if (answerId === undefined) return;
      kept = true;
      // Not handed to the mount, which takes no more work now (Next's `after`); the settlement keeps the host up.
      void keepAnswer(call, answerId, ports);
    },
    read: () => reader.read(),
  };
}

async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const source = body.getReader();
  for (;;) {
    const { done, value } = await source.read();
    if (done) return;
    yield value;
  }
}
