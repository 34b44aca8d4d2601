/**
 * The pipeline, top to bottom:
 * authenticate → read → authorize → admit (hold ∥ rate limit) → forward → respond (meter) → settle (after the response).
 */
import { GatewayError } from '@/lib/domain/errors';
import { newId } from '@/lib/std/ids';
import type { BodyEdits } from '@/lib/wire/format';
import { FORMATS } from '@/lib/wire/registry';
import { type Call, attributionOf } from './call';
import { addGatewayHeaders, limitViewOf } from './headers';
import type { Ports, RequestContext } from './ports';
import { createRouteTable } from './routes';
import { type CallToAdmit, type Admitted, admit } from './stages/admit';
import { answerFree, passThrough } from './stages/answer-free';
import { answerModels } from './stages/answer-models';
import { authorizeStored, continueAnswers } from './stages/answer-stored';
import { assertActive, authenticate, type Caller } from './stages/authenticate';
import { authorize } from './stages/authorize';
import { readBody } from './stages/read';
import { refuse } from './stages/refuse';
import { sendAndMeter } from './stages/send';
import { sentStatus, settleCall } from './stages/settle-call';

const routes = createRouteTable(FORMATS);

/** How often a call is decided again because its caller changed meanwhile; more often than that is no coincidence. */
const STALE_ROUNDS = 3;
/** Answers one request to an LLM endpoint. Never throws. */
export async function handle(request: Request, context: RequestContext, ports: Ports): Promise<Response> {
  const url = new URL(request.url);
  const startedAtMs = ports.nowMs();
  const call: Call = {
    id: newId('req_', startedAtMs),
    startedAtMs,
    request,
    url,
    context,
    route: null,
    caller: null,
    wire: null,
    session: null,
    authorized: null,
    admitted: null,
    hidesUsage: false,
    settled: false,
    failure: null,
  };
  try {
    if (routes.isBase(url.pathname) && (request.method === 'GET' || request.method === 'HEAD'))
      return answerBase(call);
    const route = (call.route = routes.match(request.method, url.pathname, request.headers));
    const caller = (call.caller = await authenticate(request, ports, route.format));
    if (route.endpoint.kind === 'list-models' || route.endpoint.kind === 'get-model') {
      return await answerFree(call, ports, () =>
        Response.json(answerModels(route, url.searchParams, caller.identity, ports)),
      );
    }
    if (route.endpoint.kind === 'stored') {
      call.authorized = await authorizeStored(call, ports);
      const body = request.method === 'POST' ? await readBody(request, ports) : null;
      return await answerFree(call, ports, () => passThrough(call, body, ports));
    }
    const body = await readBody(request, ports);
    let wire = (call.wire = route.format.readCall({ ...route, body, headers: request.headers }));
    if (wire.refersTo.length > 0) wire = call.wire = await continueAnswers(caller.identity, wire, ports);
    if (route.endpoint.kind === 'count') {
      const authorized = (call.authorized = authorize(caller.identity, route, wire, ports));
      const { upstreamModel } = authorized;
      const counted =
        upstreamModel === wire.model ? body : route.format.prepare(body, { model: upstreamModel }, route);
      return await answerFree(call, ports, () => passThrough(call, counted, ports));
    }
    const admitted = await admitFresh(call, ports);
    const edits = editsFor(call, admitted);
    const answer = await sendAndMeter(call, route.format.prepare(body, edits, route), ports);
    if (edits.maxOutputTokens !== undefined)
      answer.headers.set('x-tollgate-clamped-max-tokens', String(edits.maxOutputTokens));
    addGatewayHeaders(answer.headers, {
      requestId: call.id,
      provider: call.authorized?.provider.name,
      ...limitViewOf(call, admitted.month, admitted.minute, null, ports),
    });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  } catch (error) {
    return refuse(call, error, call.route?.format ?? routes.formatOf(url.pathname, request.headers), ports);
  }
}

function answerBase(call: Call): Response {
  const headers = new Headers({ 'x-request-id': call.id, 'cache-control': 'no-store' });
  return Response.json({ gateway: 'tollgate', status: 'ok' }, { headers });
}

/** The changes this call's body needs: most need none. */
function editsFor(call: Call, admitted: Admitted): BodyEdits {
  const { authorized, wire } = call;
  if (authorized === null || wire === null) throw new Error('edit before authorize');
  const { upstreamModel, provider } = authorized;
  call.hidesUsage = wire.stream && !wire.reportsUsage && provider.reportsUsageUnasked !== true;
  const clamped = admitted.outputTokens < admitted.wantedOutputTokens;
  return {
    ...(upstreamModel === wire.model ? {} : { model: upstreamModel }),
    ...(clamped ? { maxOutputTokens: Math.floor(admitted.outputTokens / wire.answers) } : {}),
    ...(call.hidesUsage ? { reportUsage: true } : {}),
  };
}

/** Authorizes and admits; when the caller's plan, token or account changed since it was read, decides again with the new one. */
async function admitFresh(call: Call, ports: Ports): Promise<Admitted> {
  const { route, wire } = call;
  let caller: Caller | null = call.caller;
  if (route === null || wire === null) throw new Error('admit before read');
  for (let round = 0; round < STALE_ROUNDS && caller !== null; round += 1) {
    call.caller = caller;
    const authorized = (call.authorized = authorize(caller.identity, route, wire, ports));
    const toAdmit: CallToAdmit = {
      id: call.id,
      startedAtMs: call.startedAtMs,
      endpoint: route.endpoint.name,
      caller,
      attribution: attributionOf(call, caller),
      wire,
      authorized,
      hasOutput: route.endpoint.kind === 'generate' && authorized.entries[0]?.kind !== 'embedding',
    };
    const onRefusedHold = (error: GatewayError) => {
      const durationMs = ports.nowMs() - call.startedAtMs;
      const end = { how: 'refused', errorCode: error.code } as const;
      const outcome = {
        end,
        status: sentStatus(call, error),
        reading: null,
        upstreamRequestId: null,
        attempts: 0,
        firstByteMs: null,
        durationMs,
      };
      call.context.background(settleCall(call, outcome, ports));
    };
    const result = await admit(toAdmit, ports, onRefusedHold, call.context.background);
    if (result.kind === 'admitted') return (call.admitted = result);
    assertActive(result.identity, caller.principal.kind, ports.nowMs());
    caller = { principal: caller.principal, identity: result.identity };
  }
  throw new GatewayError('store_unavailable', 'Your account is being changed right now; try again.', {
    retryAfterMs: 1_000,
  });
}
