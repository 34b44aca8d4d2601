/** Stage 4: hold the worst case against the month and take from the minute, side by side, before anything goes upstream. */
import { GatewayError, type ErrorFacts } from '@/lib/domain/errors';
import { type MonthState, monthResetsAtMs } from '@/lib/domain/month';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { worstCase } from '@/lib/domain/price';
import type { WireCall } from '@/lib/wire/format';
import type { AdmissionResult, Attribution, Identity, LimiterDecision, MinuteState, Ports } from '../ports';
import { fromStore, type Caller } from './authenticate';
import type { Authorized } from './authorize';

/** Below this many output tokens an answer is of no use: better refuse than clamp further. */
const OUTPUT_FLOOR_TOKENS = 64;
/** Output a call is expected to write, for the per-minute estimate: `max_tokens` is mostly far above what is used. */
const EXPECTED_OUTPUT_TOKENS = 4_096;
/** Output allowance for a model whose limit nobody told us, where the request names none either. */
const UNKNOWN_MODEL_OUTPUT_TOKENS = 32_000;

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

function minuteLimits(identity: Identity) {
  return { rpm: identity.plan.rateLimitRpm, tpm: identity.plan.rateLimitTpm };
}

/** The least a call must be able to spend to be worth sending. */
interface Least {
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** `$0.02` of integer nano-USD, rounded up: a need is never understated. */
function dollarsUp(nanoUsd: number): string {
  const cents = Math.ceil(nanoUsd / NANO_USD_PER_CENT);
  return `$${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

function monthRefusal(cap: 'tokens' | 'cost', month: MonthState, least: Least, ports: Ports): GatewayError {
  const resetsAtMs = monthResetsAtMs(ports.nowMs());
  const tokens = cap === 'tokens';
  const limit = (tokens ? month.tokensLimit : month.costLimitNanoUsd) ?? 0;
  const used = tokens ? month.tokensUsed : month.costUsedNanoUsd;
  const held = tokens ? month.tokensHeld : month.costHeldNanoUsd;
  const remaining = Math.max(0, limit - used - held);
  const facts: ErrorFacts = { limit, used, remaining, resetsAtMs, state: { month } };
  const { upgradeUrl } = ports.settings;
  const code = tokens ? 'monthly_tokens_used_up' : 'monthly_cost_used_up';
  const needed = tokens ? `${least.tokens} tokens` : dollarsUp(least.nanoUsd);
  // With something left the caller must see why it isn't enough; with nothing left the figures say it all.
  const why =
    remaining > 0 ? ` (this call needs at least ${needed}${held > 0 ? '; others are running' : ''})` : '';
  const message = `monthly ${tokens ? 'token' : 'spend'} limit reached${why}`;
  return new GatewayError(code, message, upgradeUrl === null ? facts : { ...facts, upgradeUrl });
}

function minuteRefusal(decision: Extract<LimiterDecision, { kind: 'refused' }>, ports: Ports): GatewayError {
  const window = decision.state[decision.by];
  const seconds = Math.ceil(decision.retryAfterMs / 1000);
  const used = Math.max(0, window.limit - window.remaining);
  const { upgradeUrl } = ports.settings;
  const message =
    `rate limit: ${window.limit} ${decision.by} per minute, used ${used}, remaining ${window.remaining} · ` +
    `try again in ${seconds} s${upgradeUrl === null ? '' : ` · higher limits: ${upgradeUrl}`}`;
  const facts: ErrorFacts = {
    limit: window.limit,
    used,
    remaining: window.remaining,
    resetsAtMs: ports.nowMs() + decision.retryAfterMs,
    retryAfterMs: decision.retryAfterMs,
    state: { minute: decision.state },
  };
  return new GatewayError(
    decision.by === 'requests' ? 'rate_limited_requests' : 'rate_limited_tokens',
    message,
    upgradeUrl === null ? facts : { ...facts, upgradeUrl },
  );
}

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
  const { identity, principal } = caller;
  // Of a model that nobody described only the request itself says how much it may write.
  const most = authorized.entry?.maxOutputTokens ?? wire.maxOutputTokens ?? UNKNOWN_MODEL_OUTPUT_TOKENS;
  const wanted = call.hasOutput ? Math.min(wire.maxOutputTokens ?? most, most) : 0;
  const floor = Math.min(wanted, Math.max(OUTPUT_FLOOR_TOKENS, wire.minOutputTokens));
  // No provider reads more than the model's window, whatever the body's size suggests.
  const ceiling = Math.min(wire.promptTokensCeiling, authorized.entry?.contextTokens ?? Infinity);
  const { cacheWrites, webSearches, premiums } = wire;
  const cases = authorized.prices.map((price) =>
    worstCase(price, { promptTokens: ceiling, cacheWrites, webSearches, premiums }),
  );
  const worst = {
    inputNanoUsd: Math.max(0, ...cases.map((each) => each.inputNanoUsd)),
    outputNanoUsdPerMillion: Math.max(0, ...cases.map((each) => each.outputNanoUsdPerMillion)),
  };
  const least = {
    tokens: ceiling + floor,
    nanoUsd: worst.inputNanoUsd + Math.ceil((floor * worst.outputNanoUsdPerMillion) / 1_000_000),
  };
  const limits = minuteLimits(identity);
  const minuteTokens = Math.min(wire.promptTokensLikely, ceiling) + Math.min(wanted, EXPECTED_OUTPUT_TOKENS);

  const [hold, minute] = await Promise.allSettled([
    ports.store.admit({
      ...call.attribution,
      id: call.id,
      startedAtMs: call.startedAtMs,
      provider: authorized.provider.name,
      model: wire.model,
      endpoint: call.endpoint,
      stream: wire.stream,
      promptTokens: ceiling,
      promptNanoUsd: worst.inputNanoUsd,
      outputTokens: wanted,
      minOutputTokens: floor,
      outputNanoUsdPerMillion: worst.outputNanoUsdPerMillion,
      holdExpiresAtMs: call.startedAtMs + ports.settings.holdMs,
      identity,
      principal,
    }),
    ports.limiter.take(identity.userId, limits, minuteTokens),
  ]);

  const decision = limiterDecision(minute, ports);
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
    throw monthRefusal(hold.value.cap, hold.value.month, least, ports);
  }
  if (decision.kind === 'refused') {
    const error = minuteRefusal(decision, ports);
    onRefusedHold(error);
    throw error;
  }
  return {
    kind: 'admitted',
    wantedOutputTokens: wanted,
    outputTokens: hold.value.outputTokens,
    month: hold.value.month,
    chargedTokens: decision.kind === 'allowed' ? decision.chargedTokens : null,
    minute: decision.kind === 'allowed' ? decision.state : null,
  };
}

/** The one place that decides what a limiter outage means: the call goes through. An outage is logged by who met it first. */
function limiterDecision(result: PromiseSettledResult<LimiterDecision>, ports: Ports): LimiterDecision {
  if (result.status === 'fulfilled') return result.value;
  const reason = result.reason instanceof Error ? result.reason.message : String(result.reason);
  ports.log.write('warn', 'limiter_outage', { reason });
  return { kind: 'outage', reason };
}
