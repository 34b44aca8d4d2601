/** Sends an admitted call upstream and arranges its settlement, whichever way it ends. */
import type { Call } from '../call';
import { upstreamRequestHeaders } from '../headers';
import type { UpstreamCall } from '@/lib/providers/provider';
import type { Ports } from '../ports';
import { follow } from './follow';
import { forward } from './forward';
import { type Answer, respond } from './respond';
import { settleCall, settleUnanswered } from './settle-call';

/** Aborts when the caller leaves, unless by then its answer is read on for the sake of the bill. */
export function leaveController(call: Call, readsOn: () => boolean = () => false): AbortController {
  const controller = new AbortController();
  const left = () => readsOn() || controller.abort();
  if (call.context.onLeave !== undefined) call.context.onLeave(left);
  else if (call.request.signal.aborted) left();
  else call.request.signal.addEventListener('abort', left, { once: true });
  return controller;
}

/** Query names that carry credentials with some clients. */
const CREDENTIAL_QUERY = ['key', 'api_key', 'access_token'] as const;

/** The caller's query as it came, but for credentials in it. */
function searchWithoutCredentials(url: URL): string {
  if (!CREDENTIAL_QUERY.some((name) => url.searchParams.has(name))) return url.search;
  const kept = new URLSearchParams(url.searchParams);
  for (const name of CREDENTIAL_QUERY) kept.delete(name);
  return kept.size === 0 ? '' : `?${kept.toString()}`;
}

/** The call as a provider is to send it. */
export function upstreamCall(call: Call, body: Uint8Array | null): UpstreamCall {
  const { route, wire, authorized, request, url } = call;
  if (route === null || authorized === null) throw new Error('forward before authorize');
  return {
    format: route.format.name,
    endpoint: route.endpoint,
    params: route.params,
    search: searchWithoutCredentials(url),
    headers: upstreamRequestHeaders(request.headers, route.format),
    body,
    model: authorized.upstreamModel,
    stream: wire?.stream ?? false,
  };
}

/** Forwards an admitted call and arranges its settlement, whichever way it ends. */
export async function sendAndMeter(call: Call, body: Uint8Array, ports: Ports): Promise<Answer> {
  const { authorized } = call;
  if (authorized === null) throw new Error('forward before authorize');
  // Nothing is sent for a caller that left before; what was sent to a provider that bills it whole is read to its end.
  let readsOn = () => false;
  let left = false;
  const controller = leaveController(call, () => {
    left = true;
    return readsOn();
  });
  readsOn = () => authorized.provider.onCallerLeave === 'drain';
  const { response, attempts } = await forward(
    authorized,
    upstreamCall(call, body),
    controller.signal,
    ports,
  ).catch((failure: unknown) => {
    throw settleUnanswered(call, failure, left, ports);
  });
  let firstByteMs: number | null = null;
  let finish: (work: Promise<void>) => void = () => undefined;
  call.context.background(new Promise<void>((resolve) => (finish = resolve)));
  const answer = respond(call, response, ports, {
    onFirstByte: () => (firstByteMs = ports.nowMs() - call.startedAtMs),
    onEnd: (end, observed) => {
      // A caller that left can show as a broken body first: its going is what broke it.
      const brokeByLeaving = controller.signal.aborted && end.how === 'broken';
      if (end.how === 'cancelled') controller.abort();
      const outcome = {
        end: brokeByLeaving ? ({ how: 'cancelled', drained: false } as const) : end,
        status: response.status,
        upstreamRequestId: response.headers.get(authorized.provider.requestIdHeader),
        attempts,
        firstByteMs,
        durationMs: ports.nowMs() - call.startedAtMs,
      };
      const settleNow = async () => {
        await observed.finish();
        const reading = observed.reader.read();
        const last = reading.pending === true ? await follow(call, reading, ports) : reading;
        await settleCall(call, { ...outcome, reading: last }, ports);
      };
      finish(settleNow());
    },
  });
  readsOn = answer.readsOn;
  if (!left || answer.body === null) return answer;
  // Nobody is there to read it, or to leave once more.
  void answer.body.cancel().catch(() => undefined);
  return { ...answer, body: null };
}
