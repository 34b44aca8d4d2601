/** Stage 4: hold the worst case against the month and take from the minute, side by side, before anything goes upstream. */
import { fitsWithoutHolds, leastOf } from '@/lib/domain/caps';
import { GatewayError } from '@/lib/domain/errors';
import type { MonthState } from '@/lib/domain/month';
import type { WireCall } from '@/lib/wire/format';
import { ClosedMinutes } from '../closed-minutes';
import type { AdmissionResult, Attribution, Identity, LimiterDecision, MinuteState, Ports } from '../ports';
import { fromStore, type Caller } from './authenticate';
import type { Authorized } from './authorize';
import { heldRefusal, minuteRefusal, monthRefusal } from './limit-refusals';
import { type Need, needOf } from './need';

/** Output a call is expected to write, for the per-minute estimate: `max_tokens` is mostly far above what is used. */
const EXPECTED_OUTPUT_TOKENS = 4_096;
/** How long a call waits once for running calls to give their holds back: most settle just after their last byte. */
const HELD_PAUSE_MS = 250;

export interface Admitted {
  readonly kind: 'admitted';
  readonly wantedOutputTokens: number;
  /** Output tokens held; less than wanted means the request must be clamped to it. */
  readonly outputTokens: number;
  readonly month: MonthState;
  /** Tokens taken from the minute; `null` while the limiter is out. */
  readonly chargedTokens: number | null;
  readonly minute: MinuteState | null;
}

export interface CallToAdmit {
  readonly id: string;
  readonly startedAtMs: number;
  readonly endpoint: string;
  readonly caller: Caller;
  readonly attribution: Attribution;
  readonly wire: WireCall;
  readonly authorized: Authorized;
  /** Output allowance makes no sense for e.g. embeddings. */
  readonly hasOutput: boolean;
}

type Stale = Extract<AdmissionResult, { kind: 'stale' }>;

/** The plan's limits of one minute. */
export function minuteLimits(identity: Identity) {
  return { rpm: identity.plan.rateLimitRpm, tpm: identity.plan.rateLimitTpm };
}

const closedMinutes = new ClosedMinutes();

/**
 * Holds and takes. `stale` means the caller changed since it was read: nothing is held, decide again.
 * A minute refused after the hold was made leaves a row that `onRefusedHold` settles.
 * @throws GatewayError for every cap and limit, and `store_unavailable`
 */
export async function admit(
  call: CallToAdmit,
  ports: Ports,
  onRefusedHold: (error: GatewayError) => void,
  inBackground: (work: Promise<unknown>) => void,
): Promise<Admitted | Stale> {
  const { wire, authorized, caller } = call;
  const { identity } = caller;
  const limits = minuteLimits(identity);
  if (limits.rpm < 1 || limits.tpm < 1) {
    throw new GatewayError('policy_blocked', `The plan "${identity.plan.plan}" allows no calls.`);
  }
  const need = needOf(wire, authorized, call.hasOutput);
  const minuteTokens =
    Math.min(wire.promptTokensLikely, need.promptTokens) +
    Math.min(need.outputTokens, EXPECTED_OUTPUT_TOKENS);
  const take = async () =>
    limiterDecision(await settledly(ports.limiter.take(identity.userId, limits, minuteTokens)), ports);

  // While the minute is known to be closed the limiter is asked first: hammering it makes neither holds nor rows.
  const early = closedMinutes.has(identity.userId, ports.nowMs()) ? await take() : null;
  if (early?.kind === 'refused') throw minuteRefusal(early, minuteTokens, undefined, ports);
  const [hold, decision] = await Promise.all([settledly(holdFor(call, need, ports)), early ?? take()]);

  const giveBack = () => {
    if (decision.kind === 'allowed')
      inBackground(ports.limiter.release(identity.userId, limits, decision.chargedTokens));
  };
  if (hold.status === 'rejected') {
    giveBack();
    return fromStore(Promise.reject(hold.reason));
  }
  if (hold.value.kind !== 'admitted') {
    giveBack();
    if (hold.value.kind === 'stale') return hold.value;
    const { month } = hold.value;
    const least = leastOf(need);
    throw fitsWithoutHolds(month, least) ? heldRefusal(month) : monthRefusal(hold.value, month, least, ports);
  }
  if (decision.kind === 'refused') {
    closedMinutes.add(identity.userId, ports.nowMs() + decision.retryAfterMs);
    const error = minuteRefusal(decision, minuteTokens, hold.value.month, ports);
    onRefusedHold(error);
    throw error;
  }
  return {
    kind: 'admitted',
    wantedOutputTokens: need.outputTokens,
    outputTokens: hold.value.outputTokens,
    month: hold.value.month,
    chargedTokens: decision.kind === 'allowed' ? decision.chargedTokens : null,
    minute: decision.kind === 'allowed' ? decision.state : null,
  };
}

/** A promise's outcome as a value, so that two can run side by side and both be cleaned up after. */
async function settledly<T>(work: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [result] = await Promise.allSettled([work]);
  return result;
}

/** Makes the row with its hold; where only running calls stand in the way, once more after a moment. */
async function holdFor(call: CallToAdmit, need: Need, ports: Ports): Promise<AdmissionResult> {
  const admission = {
    ...call.attribution,
    ...need,
    id: call.id,
    startedAtMs: call.startedAtMs,
    provider: call.authorized.provider.name,
    model: call.wire.model,
    endpoint: call.endpoint,
    stream: call.wire.stream,
    holdExpiresAtMs: call.startedAtMs + ports.settings.holdMs,
    identity: call.caller.identity,
    principal: call.caller.principal,
  };
  const result = await ports.store.admit(admission);
  if (result.kind !== 'refused' || !fitsWithoutHolds(result.month, leastOf(need))) return result;
  await new Promise<void>((resolve) => setTimeout(resolve, HELD_PAUSE_MS));
  return ports.store.admit(admission);
}

/** The one place that decides what a limiter outage means: the call goes through. An outage is logged by who met it first. */
function limiterDecision(result: PromiseSettledResult<LimiterDecision>, ports: Ports): LimiterDecision {
  if (result.status === 'fulfilled') return result.value;
  const reason = result.reason instanceof Error ? result.reason.message : String(result.reason);
  ports.log.write('warn', 'limiter_outage', { reason });
  return { kind: 'outage', reason };
}
