/**
 * The pipeline, top to bottom:
 * authenticate → read → authorize → admit (hold ∥ rate limit) → forward → respond (meter) → settle (after the response).
 */
import { GatewayError } from '@/lib/domain/errors';
import { newId } from '@/lib/std/ids';
import { FORMATS } from '@/lib/wire/registry';
import { type Call, attributionOf } from './call';
import { addGatewayHeaders, limitViewOf } from './headers';
import type { Ports, RequestContext } from './ports';
import { createRouteTable } from './routes';
import { type CallToAdmit, type Admitted, admit } from './stages/admit';
import { answerFree, passThrough } from './stages/answer-free';
import { answerModels } from './stages/answer-models';
import { assertActive, authenticate, type Caller } from './stages/authenticate';
import { authorize } from './stages/authorize';
import { readBody } from './stages/read';
import { refuse } from './stages/refuse';
import { sendAndMeter } from './stages/send';
import { settleCall } from './stages/settle-call';

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
    authorized: null,
    admitted: null,
    settled: false,
    failure: null,
  };
  try {
    if (routes.isBase(url.pathname) && (request.method === 'GET' || request.method === 'HEAD'))
      return answerBase(call);
    const route = (call.route = routes.match(request.method, url.pathname));
    const caller = (call.caller = await authenticate(request, ports));
    if (route.endpoint.kind === 'list-models' || route.endpoint.kind === 'get-model') {
      return await answerFree(call, ports, () =>
        Response.json(answerModels(route, url.searchParams, caller.identity, ports)),
      );
    }
    const body = await readBody(request, ports);
    const wire = (call.wire = route.format.readCall({ ...route, body, headers: request.headers }));
    if (route.endpoint.kind === 'count') {
      call.authorized = authorize(caller.identity, route, wire, ports);
      return await answerFree(call, ports, () => passThrough(call, body, ports));
    }
    const admitted = await admitFresh(call, ports);
    const clamped = admitted.outputTokens < admitted.wantedOutputTokens;
    const prepared = route.format.prepare(body, clamped ? { maxOutputTokens: admitted.outputTokens } : {});
    const answer = await sendAndMeter(call, prepared, ports);
    if (clamped) answer.headers.set('x-tollgate-clamped-max-tokens', String(admitted.outputTokens));
    addGatewayHeaders(answer.headers, {
      requestId: call.id,
      provider: call.authorized?.provider.name,
      ...limitViewOf(call, admitted.month, admitted.minute, null, ports),
    });
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  } catch (error) {
    return refuse(call, error, call.route?.format ?? routes.formatOf(url.pathname), ports);
  }
}

function answerBase(call: Call): Response {
  const headers = new Headers({ 'x-request-id': call.id, 'cache-control': 'no-store' });
  return Response.json({ gateway: 'tollgate', status: 'ok' }, { headers });
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
      hasOutput: route.endpoint.kind === 'generate',
    };
    const onRefusedHold = (error: GatewayError) => {
      const durationMs = ports.nowMs() - call.startedAtMs;
      const end = { how: 'refused', errorCode: error.code } as const;
      const outcome = {
        end,
        status: error.status,
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
