/** One seeded call from admission to settlement: how it ended, how sure its figures are, what it cost. */
import { ERRORS, type ErrorCode } from '@/lib/domain/errors';
import { type PriceBook, rateParts } from '@/lib/domain/price';
import { createPriceBook } from '@/lib/domain/price-table';
import { countedTokens, type Ending, type Grade, type TokenUsage, UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { SeedCustomer, SeedToken } from './customers';
import { promptTokens, rawUsage } from './figures';
import type { ModelLine } from './models';
import type { Random } from './random';

/** A row of `llm_usage`, settled. */
export interface SeedCall {
  readonly id: string;
  readonly userId: string;
  readonly startedMs: number;
  readonly place: CallPlace;
  readonly provider: string;
  readonly model: string;
  readonly endpoint: string;
  readonly stream: boolean;
  readonly outcome: Outcome;
}

/** What all calls of a conversation share. */
export interface CallPlace {
  readonly customer: SeedCustomer;
  readonly token: SeedToken;
  readonly agent: string | null;
  readonly campaign: string | null;
  readonly key: string;
  readonly parent: string | null;
  readonly source: string;
}

export interface Outcome {
  readonly ending: Ending;
  readonly grade: Grade;
  readonly status: number | null;
  readonly usage: TokenUsage;
  readonly usageRaw: string | null;
  readonly counted: number;
  readonly costNanoUsd: number | null;
  readonly priceVersion: string | null;
  readonly errorCode: string | null;
  readonly attempts: number;
  readonly firstByteMs: number | null;
  readonly durationMs: number;
  /** Whether the gateway held anything for it: what it refuses itself never gets that far. */
  readonly held: boolean;
}

/** What a router's answers say they cost, beside what its list says: it finds somebody cheaper. */
const REPORTED_PERCENT = 97;
/** How long the sweeper leaves a dead process's call. */
const EXPIRED_AFTER_MS = 900_000;
/** Calls go wrong like this often, in thousandths. */
const CANCELLED = 14;
const BROKEN = 10;
const REFUSED_UPSTREAM = 8;
const EXPIRED = 1;
/** While a provider has an outage. */
const BROKEN_IN_OUTAGE = 350;

const UPSTREAM_FAULTS = [529, 500, 502, 503, 529];
const UPSTREAM_REFUSALS = [400, 400, 429, 413];
const OWN_REFUSALS: readonly ErrorCode[] = [
  'rate_limited_requests',
  'rate_limited_requests',
  'rate_limited_tokens',
  'rate_limited_tokens',
  'model_unknown',
  'forbidden',
  'body_invalid',
  'policy_blocked',
  'month_held',
];

export const PRICES: PriceBook = createPriceBook([]);

interface Timing {
  readonly firstByteMs: number;
  readonly durationMs: number;
}

function timing(random: Random, line: ModelLine, usage: TokenUsage): Timing {
  const firstByteMs = random.around(line.firstByteMs + promptTokens(usage) / 60, 0.4);
  return {
    firstByteMs,
    durationMs: firstByteMs + random.around((1_000 * (usage.outputTokens ?? 0)) / line.speed, 0.2),
  };
}

/** @throws when a model of the table cannot be priced in full */
function billed(line: ModelLine, model: string, usage: TokenUsage, atMs: number) {
  const cost = rateParts(PRICES, model, [{ model: null, usage }], atMs);
  const { costNanoUsd, priceVersion } = cost;
  if (line.reportsCost !== true || costNanoUsd === null)
    return { costNanoUsd, priceVersion, complete: cost.complete };
  const reported = Math.round((costNanoUsd * REPORTED_PERCENT) / 100);
  return { costNanoUsd: reported, priceVersion: `reported/${line.provider}`, complete: true };
}

const NOTHING = {
  grade: 'exact',
  usage: UNKNOWN_USAGE,
  usageRaw: null,
  counted: 0,
  costNanoUsd: 0,
  priceVersion: null,
} as const;

export interface Asking {
  readonly line: ModelLine;
  readonly model: string;
  readonly stream: boolean;
  readonly usage: TokenUsage;
  readonly atMs: number;
  readonly inOutage: boolean;
}

/** A call that ran to its end. */
export function completed(random: Random, asking: Asking, how: Partial<Outcome> = {}): Outcome {
  const { line, model, usage, atMs } = asking;
  const { costNanoUsd, priceVersion, complete } = billed(line, model, usage, atMs);
  return {
    ending: 'complete',
    status: 200,
    usage,
    usageRaw: rawUsage(line, usage),
    counted: countedTokens(usage, false),
    costNanoUsd,
    priceVersion,
    errorCode: null,
    attempts: random.chance(0.02) ? 2 : 1,
    ...timing(random, line, usage),
    held: true,
    ...how,
    grade: complete ? (how.grade ?? 'exact') : 'unpriced',
  };
}

function brokenOutcome(random: Random, asking: Asking): Outcome {
  const failed = { ...NOTHING, ending: 'broken' as const, held: true, firstByteMs: null, attempts: 3 };
  const fault = random.next();
  if (fault < 0.15)
    return { ...failed, grade: 'floor', status: 504, errorCode: 'upstream_timeout', durationMs: 120_000 };
  const status = random.pick(UPSTREAM_FAULTS);
  if (fault < 0.6 || !asking.stream)
    return { ...failed, status, errorCode: `upstream_${status}`, durationMs: random.around(900, 0.6) };
  return cutOff(random, asking, { ending: 'broken', grade: 'estimated', errorCode: 'upstream_broken' });
}

/** A stream that ended early: the prompt is known, and a part of the output. */
function cutOff(random: Random, asking: Asking, how: Partial<Outcome>): Outcome {
  const outputTokens = Math.floor((asking.usage.outputTokens ?? 0) * random.next());
  return completed(
    random,
    { ...asking, usage: { ...asking.usage, outputTokens, reasoningTokens: null } },
    how,
  );
}

function expired({ line, model, usage, atMs }: Asking, random: Random): Outcome {
  const counted = Math.round(promptTokens(usage) * 1.1);
  const { costNanoUsd } = billed(line, model, { ...UNKNOWN_USAGE, inputTokens: counted }, atMs);
  const durationMs = EXPIRED_AFTER_MS + random.between(0, 60_000);
  return {
    ...NOTHING,
    ending: 'expired',
    grade: 'estimated',
    status: null,
    counted,
    costNanoUsd: costNanoUsd ?? 0,
    errorCode: 'expired',
    attempts: 0,
    firstByteMs: null,
    durationMs,
    held: true,
  };
}

function cancelled(random: Random, asking: Asking): Outcome {
  // Nobody leaves a whole answer: it is read to its end.
  if (!asking.stream) return completed(random, asking);
  if (random.chance(0.6)) return completed(random, asking, { ending: 'cancelled', grade: 'drained' });
  return cutOff(random, asking, { ending: 'cancelled', grade: 'estimated' });
}

function refusedUpstream(random: Random): Outcome {
  const status = random.pick(UPSTREAM_REFUSALS);
  return {
    ...NOTHING,
    ending: 'refused',
    status,
    errorCode: `upstream_${status}`,
    attempts: 1,
    firstByteMs: null,
    durationMs: random.around(400, 0.5),
    held: true,
  };
}

/** However the call ends. */
export function outcomeOf(random: Random, asking: Asking): Outcome {
  const fate = random.between(0, 999) - (asking.inOutage ? BROKEN_IN_OUTAGE : BROKEN);
  if (fate < 0) return brokenOutcome(random, asking);
  if (fate < CANCELLED) return cancelled(random, asking);
  if (fate < CANCELLED + REFUSED_UPSTREAM) return refusedUpstream(random);
  if (fate < CANCELLED + REFUSED_UPSTREAM + EXPIRED) return expired(asking, random);
  return completed(random, asking);
}

/** The gateway itself said no. */
export function refusedOutcome(random: Random, code: ErrorCode = random.pick(OWN_REFUSALS)): Outcome {
  return {
    ...NOTHING,
    ending: 'refused',
    status: ERRORS[code].status,
    errorCode: code,
    attempts: 0,
    firstByteMs: null,
    durationMs: random.between(1, 9),
    held: false,
  };
}
