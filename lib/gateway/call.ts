/** One call on its way through the pipeline: what is known of it so far, for refusals, log lines and settlement. */
import type { GatewayError } from '@/lib/domain/errors';
import type { Attribution, RequestContext } from './ports';
import type { Admitted } from './stages/admit';
import type { Caller } from './stages/authenticate';
import type { Authorized } from './stages/authorize';
import type { Route } from './routes';
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
  authorized: Authorized | null;
  admitted: Admitted | null;
  /** Set once a hold exists: the row is settled with figures, not recorded as a bare refusal. */
  settled: boolean;
  /** Why a settled call failed, for its log line. */
  failure: GatewayError | null;
}

/** Longest agent or campaign name kept. */
const LONGEST_NAME = 100;

/** A header's value as a name: printable, bounded; empty is none. */
function nameFrom(value: string | null): string | null {
  const name =
    value
      ?.replace(/[^\x20-\x7e]/g, '')
      .trim()
      .slice(0, LONGEST_NAME) ?? '';
  return name === '' ? null : name;
}

/** Who a call is booked to: the token's own names, which headers may override only where the token allows it. */
export function attributionOf(call: Call, caller: Caller): Attribution {
  const { identity } = caller;
  const { headers } = call.request;
  const asked = (name: string) => (identity.mayAttribute ? nameFrom(headers.get(name)) : null);
  return {
    userId: identity.userId,
    tokenId: identity.tokenId,
    agent: asked('x-tollgate-agent') ?? identity.agent,
    campaign: asked('x-tollgate-campaign') ?? identity.campaign,
    session: call.wire?.session ?? null,
  };
}
