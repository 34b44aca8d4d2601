/** Which monthly cap stops a call: the plan's or the token's own, of tokens or of money. */
import { type MonthState, scopesOf } from './month';

/** The least a call must be able to spend to be worth sending. */
export interface Least {
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** The prompt and the least output worth having. */
export function leastOf(call: {
  readonly promptTokens: number;
  readonly promptNanoUsd: number;
  readonly minOutputTokens: number;
  readonly outputNanoUsdPerMillion: number;
}): Least {
  const outputNanoUsd = Math.ceil((call.minOutputTokens * call.outputNanoUsdPerMillion) / 1_000_000);
  return {
    tokens: call.promptTokens + call.minOutputTokens,
    nanoUsd: call.promptNanoUsd + outputNanoUsd,
  };
}

/** A cap, and whose it is. */
export interface Cap {
  readonly scope: 'plan' | 'token';
  readonly cap: 'tokens' | 'cost';
}

interface CapState extends Cap {
  readonly limit: number;
  readonly used: number;
  readonly held: number;
}

/** The caps a month has. The plan's come first: they stop every token of the customer, and an upgrade lifts them. */
function capsOf(month: MonthState): readonly CapState[] {
  return scopesOf(month).flatMap((of, index) => {
    const scope: Cap['scope'] = index === 0 ? 'plan' : 'token';
    const either = (cap: Cap['cap'], limit: number | null, used: number, held: number): CapState[] =>
      limit === null ? [] : [{ scope, cap, limit, used, held }];
    return [
      ...either('tokens', of.tokensLimit, of.tokensUsed, of.tokensHeld),
      ...either('cost', of.costLimitNanoUsd, of.costUsedNanoUsd, of.costHeldNanoUsd),
    ];
  });
}

const neededOf = (cap: Cap, least: Least): number => (cap.cap === 'tokens' ? least.tokens : least.nanoUsd);

/** Whether a call would fit under every cap if no other call were running. */
export function fitsWithoutHolds(month: MonthState, least: Least): boolean {
  return capsOf(month).every((cap) => cap.limit - cap.used >= neededOf(cap, least));
}

/**
 * The cap that is the reason for a refusal: one that is used up before one that only running calls hold. Where room came back since
 * the decision, the first cap there is: one that nobody set was never the reason.
 */
export function capInTheWay(month: MonthState, least: Least): Cap {
  const caps = capsOf(month);
  const found =
    caps.find((cap) => cap.limit - cap.used < neededOf(cap, least)) ??
    caps.find((cap) => cap.limit - cap.used - cap.held < neededOf(cap, least)) ??
    caps[0];
  return { scope: found?.scope ?? 'plan', cap: found?.cap ?? 'tokens' };
}
