/** The one place where errors become answers: rendered in the caller's own format and kept for the operator. */
import type { GatewayError } from '@/lib/domain/errors';
import type { MonthState } from '@/lib/domain/month';
import { attributionOf, type Call } from '../call';
import { addGatewayHeaders, limitViewOf } from '../headers';
import { causeOf, logCall } from '../log-call';
import type { Ports } from '../ports';
import type { WireFormat } from '@/lib/wire/format';
import { asGatewayError, sentStatus, settleUnanswered } from './settle-call';

/** Refused calls kept per customer and minute, so that hammering a closed door doesn't fill the database. */
const REFUSALS_KEPT_PER_MINUTE = 60;
/** Longest model id kept of a refused call. */
const LONGEST_MODEL_KEPT = 200;

/** Renders a refusal in the caller's own format and keeps it: on the row if one exists, else as a row of its own. */
export async function refuse(
  call: Call,
  thrown: unknown,
  format: WireFormat,
  ports: Ports,
): Promise<Response> {
  const error = asGatewayError(thrown);
  if (call.admitted !== null && !call.settled) settleUnanswered(call, thrown, false, ports);
  else if (!call.settled) keepRefusal(call, error, ports);
  if (error.status === 401) await ports.strangers.note(call.context.clientAddress);
  const rendered = format.renderError(error, call.id);
  const headers = new Headers(rendered.headers);
  for (const name in error.facts.headers) headers.set(name, error.facts.headers[name] ?? '');
  const { minute } = error.facts.state ?? {};
  const month = error.facts.state?.month ?? call.admitted?.month ?? (await monthOf(call, error, ports));
  addGatewayHeaders(headers, {
    requestId: call.id,
    provider: call.authorized?.provider.name ?? 'tollgate',
    ...limitViewOf(call, month, minute ?? null, error, ports),
  });
  // A settled call writes its own line, with its figures.
  if (!call.settled) logCall(call, rendered.status, { error: error.code, ...causeOf(error) }, ports, error);
  return new Response(call.request.method === 'HEAD' ? null : rendered.body, {
    status: rendered.status,
    headers,
  });
}

/** The month for a refusal's headers. Not for those that come in floods, and not from a database that is away. */
async function monthOf(call: Call, error: GatewayError, ports: Ports): Promise<MonthState | undefined> {
  if (call.caller === null || error.status === 429 || error.status === 503) return undefined;
  return ports.store.readMonth(call.caller.identity, call.startedAtMs).catch(() => undefined);
}

const refusalsKept = new Map<string, number>();
let refusalsMinute = 0;

/** Keeps a refusal of a known caller as a row, at most so many per customer and minute. */
function keepRefusal(call: Call, error: GatewayError, ports: Ports): void {
  const { caller, route, wire } = call;
  if (caller === null || route === null || route.endpoint.kind === 'count') return;
  const minute = Math.floor(call.startedAtMs / 60_000);
  if (minute !== refusalsMinute) {
    refusalsMinute = minute;
    refusalsKept.clear();
  }
  const kept = refusalsKept.get(caller.identity.userId) ?? 0;
  if (kept >= REFUSALS_KEPT_PER_MINUTE || error.code === 'store_unavailable') return;
  refusalsKept.set(caller.identity.userId, kept + 1);
  const work = ports.store.recordRefusal({
    ...attributionOf(call, caller),
    id: call.id,
    startedAtMs: call.startedAtMs,
    provider: call.authorized?.provider.name ?? null,
    model: wire?.model.slice(0, LONGEST_MODEL_KEPT) ?? null,
    endpoint: route.endpoint.name,
    stream: wire?.stream ?? false,
    status: sentStatus(call, error),
    errorCode: error.code,
    durationMs: ports.nowMs() - call.startedAtMs,
  });
  call.context.background(
    work.catch((reason: unknown) =>
      ports.log.write('error', 'refusal_not_kept', { id: call.id, reason: String(reason) }),
    ),
  );
}
