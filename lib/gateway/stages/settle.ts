/** Last stage: what the call really used, priced, written once; runs after the response. */
import { type CostReport, rateParts } from '@/lib/domain/price';
import {
  type Ending,
  type Grade,
  type Premium,
  type TokenUsage,
  UNKNOWN_USAGE,
  type UsagePart,
  countedTokens,
  meteredPerMinute,
  sumUsage,
} from '@/lib/domain/usage';
import type { UsageReading, WireCall } from '@/lib/wire/format';
import type { Identity, Ports, Settlement } from '../ports';
import type { StreamEnd } from '../meter';

/** Pauses between tries to settle while the database is away; after the last the next sweep tries again. */
const SETTLE_PAUSES_MS = [100, 500, 2_000, 5_000] as const;

export interface CallToSettle {
  readonly id: string;
  readonly startedAtMs: number;
  readonly identity: Identity;
  /** The id the call's own share is priced under. */
  readonly priceModel: string;
  /** What the provider charges more for, whatever its answer reports. */
  readonly premiums: readonly Premium[];
  /** The provider, where its answers say what they cost; `null` where the price table decides. */
  readonly costReporter: string | null;
  readonly wire: WireCall;
  /** Output tokens held: the provider can't have written more. */
  readonly outputTokens: number;
  /** `null`: the limiter was out, nothing was taken. */
  readonly chargedTokens: number | null;
}

export interface Outcome {
  readonly end:
    | StreamEnd
    | {
        readonly how: 'no-answer';
        readonly left: boolean;
        readonly reached: boolean;
        readonly errorCode: string;
      }
    | { readonly how: 'refused'; readonly errorCode: string };
  /** HTTP status the caller got; `null` when none was sent. */
  readonly status: number | null;
  readonly reading: UsageReading | null;
  readonly upstreamRequestId: string | null;
  readonly attempts: number;
  readonly firstByteMs: number | null;
  readonly durationMs: number;
}

interface Billing {
  readonly parts: readonly UsagePart[];
  readonly grade: Exclude<Grade, 'unpriced'>;
}

function endingOf(outcome: Outcome): Ending {
  const { end, status, reading } = outcome;
  if (end.how === 'refused') return 'refused';
  if (end.how === 'no-answer') return end.left ? 'cancelled' : 'broken';
  // Clients leave as soon as they have the terminal event: that call ended as the event says.
  const told = reading?.terminal !== true ? null : reading.failed ? 'broken' : 'complete';
  if (end.how === 'cancelled') return told ?? 'cancelled';
  if (end.how === 'broken') return told ?? 'broken';
  // An error body reads as failed too: there the status tells whose fault it was.
  if (status !== null && status >= 400) return status < 500 ? 'refused' : 'broken';
  // A whole answer that can't be read was cut off cleanly.
  return isNoAnswer(outcome) || reading?.terminal !== true || reading.failed ? 'broken' : 'complete';
}

/** Nothing reported: the prompt by its estimate, the output by what was streamed. */
function estimate(call: CallToSettle, reading: UsageReading | null): UsagePart {
  const outputTokens = Math.min(reading?.streamedOutputTokens ?? 0, call.outputTokens);
  return {
    model: null,
    usage: { ...UNKNOWN_USAGE, inputTokens: call.wire.promptTokensLikely, outputTokens },
  };
}

/** Start-of-stream figures know the prompt exactly and the output hardly: what was streamed beats them. */
function withStreamedOutput(parts: readonly UsagePart[], streamed: number): UsagePart[] {
  return parts.map((part, index) => {
    if (index > 0) return part;
    return {
      ...part,
      usage: { ...part.usage, outputTokens: Math.max(part.usage.outputTokens ?? 0, streamed) },
    };
  });
}

/** Adds what a provider always charges for to the call's own shares. */
function withPremiums(parts: readonly UsagePart[], premiums: readonly Premium[]): readonly UsagePart[] {
  if (premiums.length === 0) return parts;
  return parts.map((part) => ({ ...part, premiums: [...new Set([...(part.premiums ?? []), ...premiums])] }));
}

/** No answer to a metered call: one that came without a byte, or points elsewhere. */
function isNoAnswer({ end, status, firstByteMs }: Outcome): boolean {
  if (status !== null && status >= 300 && status < 400) return true;
  return end.how === 'end' && firstByteMs === null;
}

/** Which tokens are billed, and how sure that is. */
function billingOf(call: CallToSettle, outcome: Outcome): Billing {
  const { end, reading, status } = outcome;
  const nothing: Billing = { parts: [], grade: 'exact' };
  if (end.how === 'refused') return nothing;
  if (end.how === 'no-answer') {
    if (!end.reached) return nothing;
    return end.left ? { parts: [estimate(call, null)], grade: 'estimated' } : { parts: [], grade: 'floor' };
  }
  if (reading !== null && reading.parts.length > 0) {
    if (reading.estimated) return { parts: reading.parts, grade: 'estimated' };
    if (reading.final)
      return { parts: reading.parts, grade: end.how === 'cancelled' && end.drained ? 'drained' : 'exact' };
    // Bytes are only a guess at tokens: never guess more than was held, or the cap would not hold.
    const streamed = Math.min(reading.streamedOutputTokens, call.outputTokens);
    return { parts: withStreamedOutput(reading.parts, streamed), grade: 'estimated' };
  }
  // Errors cost nothing unless the provider reported usage.
  if ((status !== null && status >= 400) || isNoAnswer(outcome)) return nothing;
  if (status === null && end.how === 'broken') return { parts: [], grade: 'floor' };
  return { parts: [estimate(call, reading)], grade: 'estimated' };
}

function errorCodeOf(outcome: Outcome): string | null {
  const { end, reading, status } = outcome;
  if (end.how === 'no-answer') return end.left ? null : end.errorCode;
  if (end.how === 'refused') return end.errorCode;
  if (status !== null && status >= 400) return `upstream_${status}`;
  const isCut = end.how === 'broken' || (end.how === 'end' && reading?.failed !== true);
  if (isNoAnswer(outcome) || (reading?.terminal !== true && isCut)) return 'upstream_broken';
  return reading?.failed === true ? 'upstream_error_event' : null;
}

/** The bill: what the provider says the answer cost, where it does, else its parts by the price table. */
function costOfCall(
  call: CallToSettle,
  { parts, grade }: Billing,
  outcome: Outcome,
  ports: Ports,
): CostReport {
  const reported = outcome.reading?.reportedCostNanoUsd;
  const isLastWord = grade === 'exact' || grade === 'drained';
  if (call.costReporter !== null && reported !== undefined && parts.length > 0 && isLastWord)
    return { costNanoUsd: reported, complete: true, priceVersion: `reported/${call.costReporter}` };
  // Only the provider's last word says how the call was served: until then it counts as what was asked for.
  const priced = withPremiums(parts, isLastWord ? call.premiums : [...call.premiums, ...call.wire.premiums]);
  return rateParts(ports.store.prices(), call.priceModel, priced, call.startedAtMs);
}

/** Far above any real call, and low enough that thousands of them still add up to a safe integer. */
const MOST_TOKENS = 1_000_000_000;
const MOST_NANO_USD = 100_000_000_000_000;

/** A whole number from 0 to `most`: nothing else may reach the database, whose sums every later call reads. */
function bounded(figure: number, most: number): number {
  return Number.isNaN(figure) ? most : Math.round(Math.min(Math.max(figure, 0), most));
}

function boundedUsage(usage: TokenUsage): TokenUsage {
  const counts = Object.entries(usage).map(([kind, tokens]: [string, number | null]) => [
    kind,
    tokens === null ? null : bounded(tokens, MOST_TOKENS),
  ]);
  return Object.fromEntries(counts) as TokenUsage;
}

/** Turns an outcome into the settlement of its row. */
function settlementOf(call: CallToSettle, outcome: Outcome, ports: Ports): Settlement {
  const billing = billingOf(call, outcome);
  const usage = boundedUsage(sumUsage(billing.parts));
  const cost = costOfCall(call, billing, outcome, ports);
  return {
    id: call.id,
    tokenId: call.identity.tokenId,
    ending: endingOf(outcome),
    grade: cost.complete ? billing.grade : 'unpriced',
    status: outcome.status,
    usage,
    countedTokens: countedTokens(usage, call.identity.plan.countCacheReads),
    costNanoUsd: cost.costNanoUsd === null ? null : bounded(cost.costNanoUsd, MOST_NANO_USD),
    priceVersion: cost.priceVersion,
    usageRaw: jsonOf(outcome.reading?.raw),
    reportedModel: outcome.reading?.model ?? null,
    upstreamRequestId: outcome.upstreamRequestId,
    answerId: outcome.reading?.answerId ?? null,
    errorCode: errorCodeOf(outcome),
    attempts: outcome.attempts,
    firstByteMs: outcome.firstByteMs,
    durationMs: outcome.durationMs,
  };
}

/** The provider's usage as text; what can't be written as JSON (nested without end) is not kept. */
function jsonOf(raw: unknown): string | null {
  try {
    return raw === null || raw === undefined ? null : JSON.stringify(raw);
  } catch {
    return null;
  }
}

/** Writes the settlement and settles the minute. What can't be written is logged and kept for the next sweep. */
export async function settle(call: CallToSettle, outcome: Outcome, ports: Ports): Promise<Settlement> {
  const settlement = settlementOf(call, outcome, ports);
  const { plan, userId } = call.identity;
  const limits = { rpm: plan.rateLimitRpm, tpm: plan.rateLimitTpm };
  await Promise.all([
    writeSettlement(settlement, ports),
    // A call that was let through without the limiter owes it nothing, and its outage is logged already.
    call.chargedTokens === null
      ? null
      : ports.limiter
          .settle(userId, limits, call.chargedTokens, meteredPerMinute(settlement.usage))
          .catch((error: unknown) => ports.log.write('warn', 'limiter_outage', { reason: String(error) })),
  ]);
  return settlement;
}

async function writeSettlement(settlement: Settlement, ports: Ports): Promise<void> {
  for (const pauseMs of [...SETTLE_PAUSES_MS, null]) {
    try {
      return await ports.store.settle(settlement);
    } catch (error) {
      if (pauseMs === null) {
        ports.log.write('error', 'settle_failed', { id: settlement.id, reason: String(error) });
        ports.store.settleLater(settlement);
        return;
      }
      await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
