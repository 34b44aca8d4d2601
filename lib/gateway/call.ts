/** One call on its way through the pipeline: what is known of it so far, for refusals, log lines and settlement. */
import type { GatewayError } from '@/lib/domain/errors';
import { newId } from '@/lib/std/ids';
import type { Attribution, RequestContext } from './ports';
import type { Admitted } from './stages/admit';
import type { Caller } from './stages/authenticate';
import type { Authorized } from './stages/authorize';
import type { Route } from './routes';
import { type SessionRef, sessionOf } from './sessions';
import type { WireCall } from '@/lib/wire/format';

export interface Call {
  readonly id: string;
  readonly startedAtMs: number;
  readonly request: Request;
  readonly url: URL;
  readonly context: RequestContext;
  route: Route | null;
  caller: Caller | null;
  wire: WireCall | null;
  /** Found once: a random one must stay the same. */
  session: SessionRef | null;
  authorized: Authorized | null;
  admitted: Admitted | null;
  /** The upstream was asked for usage that the caller did not ask for. */
  hidesUsage: boolean;
  /** Set once a hold exists: the row is settled with figures, not recorded as a bare refusal. */
  settled: boolean;
  /** Why a settled call failed, for its log line. */
  failure: GatewayError | null;
}

/** Longest agent or campaign name kept. */
const LONGEST_NAME = 100;
/** Longest id of its own that a client may give a request. */
const LONGEST_REQUEST_ID = 200;

/** A header's value as a name: printable, bounded; empty is none. */
function nameFrom(value: string | null, longest = LONGEST_NAME): string | null {
  const name =
    value
      ?.replace(/[^\x20-\x7e]/g, '')
      .trim()
      .slice(0, longest) ?? '';
  return name === '' ? null : name;
}

/** The session of a call that has one: only what generates belongs to a conversation. */
function sessionFor(call: Call, tokenId: string | null): SessionRef | null {
  if (call.session !== null || call.wire === null || call.route?.endpoint.kind !== 'generate')
    return call.session;
  call.session = sessionOf(call.request.headers, call.wire, tokenId, () => newId('ses_', call.startedAtMs));
  return call.session;
}

/** Who a call is booked to: the token's own names, which headers may override only where the token allows it. */
export function attributionOf(call: Call, caller: Caller): Attribution {
  const { identity } = caller;
  const { headers } = call.request;
  // Any client may name what its token leaves open; overriding the operator's own word takes his leave.
  const named = (own: string | null, ...names: string[]) => {
    const asked = nameFrom(names.map((name) => headers.get(name)).find(Boolean) ?? null);
    return identity.mayAttribute ? (asked ?? own) : (own ?? asked);
  };
  return {
    userId: identity.userId,
    tokenId: identity.tokenId,
    agent: named(identity.agent, 'x-tollgate-agent', 'x-clawrouter-agent-id'),
    campaign: named(identity.campaign, 'x-tollgate-campaign', 'x-clawrouter-project-id'),
    session: sessionFor(call, identity.tokenId),
    clientRequestId: nameFrom(
      headers.get('x-client-request-id') ?? headers.get('x-request-id'),
      LONGEST_REQUEST_ID,
    ),
  };
}
