/** Follows an answer that the provider works on after it answered (OpenAI's `background`), until its usage is known. */
import { UpstreamFault, type UpstreamCall } from '@/lib/providers/provider';
import type { UsageReading } from '@/lib/wire/format';
import type { Call } from '../call';
import type { Ports } from '../ports';
import { toolsOf } from './forward';

/** Pauses between looks: short tasks are settled soon, long ones cost few looks. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
const PAUSE_GROWTH = 1.5;
/** Looks that may fail in a row before the figures seen so far have to do. */
const FAILURES = 10;

/**
 * Reads a stored answer again and again until it is done; resolves with the last reading. Its id is kept at once,
 * so that its maker can read it meanwhile. A process that dies meanwhile leaves the row to the sweeper.
 */
export async function follow(call: Call, reading: UsageReading, ports: Ports): Promise<UsageReading> {
  const { route, authorized, wire } = call;
  const { answerId } = reading;
  if (route === null || authorized === null || wire === null || answerId === undefined) return reading;
  const endpoint = route.format.endpoints.find(({ kind, method }) => kind === 'stored' && method === 'GET');
  if (endpoint === undefined) return reading;
  await ports.store.keepAnswer(call.id, answerId);
  const lookUp: UpstreamCall = {
    format: route.format.name,
    endpoint,
    params: { id: answerId },
    search: '',
    headers: new Headers(),
    body: null,
    model: authorized.upstreamModel,
    stream: false,
  };
  let last = reading;
  let failures = 0;
  for (let pauseMs = FIRST_PAUSE_MS; last.pending === true && failures < FAILURES;) {
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * PAUSE_GROWTH);
    try {
      last = await readOnce(lookUp);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!(error instanceof UpstreamFault)) throw error;
    }
  }
  return last;

  async function readOnce(upstreamCall: UpstreamCall): Promise<UsageReading> {
    if (route === null || authorized === null || wire === null) return last;
    const signal = new AbortController().signal;
    const answer = await authorized.provider.send(upstreamCall, authorized.settings, signal, toolsOf(ports));
    const contentType = answer.headers.get('content-type') ?? '';
    const head = { status: answer.status, contentType, headers: answer.headers };
    const reader = route.format.usageReader({ ...wire, stream: false }, head);
    for await (const chunk of chunksOf(answer.body)) reader.push(chunk);
    if (answer.status === 404) return { ...last, pending: false };
    if (answer.status >= 400) throw new UpstreamFault('reset', `status ${answer.status}`, true);
    return reader.read();
  }
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
