/** What a caller is told when a limit stops its call: how much, until when, and what helps. */
import type { Cap, Least } from '@/lib/domain/caps';
import { GatewayError, type ErrorFacts } from '@/lib/domain/errors';
import { type MonthState, monthResetsAtMs } from '@/lib/domain/month';
import { formatUsd } from '@/lib/domain/plan';
import type { LimiterDecision, Ports } from '../ports';

const CODES = {
  plan: { tokens: 'monthly_tokens_used_up', cost: 'monthly_cost_used_up' },
  token: { tokens: 'token_tokens_used_up', cost: 'token_cost_used_up' },
} as const;

/** The month is used up, the customer's or the token's own, or what is left of it is too little for this call. */
export function monthRefusal(
  { scope, cap }: Cap,
  month: MonthState,
  least: Least,
  ports: Ports,
): GatewayError {
  const resetsAtMs = monthResetsAtMs(ports.nowMs());
  const tokens = cap === 'tokens';
  const of = scope === 'token' && month.token !== undefined ? month.token : month;
  const limit = (tokens ? of.tokensLimit : of.costLimitNanoUsd) ?? 0;
  const used = tokens ? of.tokensUsed : of.costUsedNanoUsd;
  const held = tokens ? of.tokensHeld : of.costHeldNanoUsd;
  const remaining = Math.max(0, limit - used - held);
  const facts: ErrorFacts = { limit, used, remaining, resetsAtMs, state: { month } };
  const { upgradeUrl } = ports.settings;
  const needed = tokens ? `${least.tokens} tokens` : formatUsd(least.nanoUsd, true);
  // With something left the caller must see why it isn't enough; with nothing left the figures say it all.
  const why =
    remaining > 0 ? ` (this call needs at least ${needed}${held > 0 ? '; others are running' : ''})` : '';
  const whose = scope === 'token' ? "this token's " : '';
  const message = `${whose}monthly ${tokens ? 'token' : 'spend'} limit reached${why}`;
  // No plan lifts a token's own cap: only who set it can.
  const helps = scope === 'plan' && upgradeUrl !== null;
  return new GatewayError(CODES[scope][cap], message, helps ? { ...facts, upgradeUrl } : facts);
}

/** The minute is used up; it says when the same call would be admitted. */
export function minuteRefusal(
  decision: Extract<LimiterDecision, { kind: 'refused' }>,
  neededTokens: number,
  month: MonthState | undefined,
  ports: Ports,
): GatewayError {
  const window = decision.state[decision.by];
  const seconds = Math.ceil(decision.retryAfterMs / 1000);
  const used = Math.max(0, window.limit - window.remaining);
  const { upgradeUrl } = ports.settings;
  const needed =
    decision.by === 'tokens' ? `; this call needs about ${Math.min(neededTokens, window.limit)}` : '';
  const message =
    `rate limit: ${window.limit} ${decision.by} per minute, used ${used}, remaining ${window.remaining}${needed} · ` +
    `try again in ${seconds} s${upgradeUrl === null ? '' : ` · higher limits: ${upgradeUrl}`}`;
  const facts: ErrorFacts = {
    limit: window.limit,
    used,
    remaining: window.remaining,
    resetsAtMs: ports.nowMs() + decision.retryAfterMs,
    retryAfterMs: decision.retryAfterMs,
    state: { minute: decision.state, ...(month === undefined ? {} : { month }) },
  };
  return new GatewayError(
    decision.by === 'requests' ? 'rate_limited_requests' : 'rate_limited_tokens',
    message,
    upgradeUrl === null ? facts : { ...facts, upgradeUrl },
  );
}

/** A running call settles within seconds as a rule; agents that are told to stop for good would stop for nothing. */
const HELD_RETRY_MS = 2_000;

/** Enough is left of the month, but running calls hold it: a matter of waiting, not of paying. */
export function heldRefusal(month: MonthState): GatewayError {
  const message = `your running calls reserve all that is left · try again in ${HELD_RETRY_MS / 1000} s, when some have ended`;
  return new GatewayError('month_held', message, { retryAfterMs: HELD_RETRY_MS, state: { month } });
}
