/** Token counts of one call, by kind, and the rules for adding and counting them. */

/** How sure the recorded figures are. */
export type Grade = 'exact' | 'drained' | 'estimated' | 'floor' | 'unpriced';

/** How a call ended. A row without an ending is still running, or waits for the sweeper. */
export type Ending = 'complete' | 'cancelled' | 'broken' | 'refused' | 'expired';

/**
 * Tokens by kind. `null` means "the provider did not say"; `0` means it said zero.
 * `inputTokens` excludes every cache count; `outputTokens` includes `reasoningTokens`.
 */
export interface TokenUsage {
  readonly inputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWrite5mTokens: number | null;
  readonly cacheWrite1hTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** Searches the provider ran for the model; billed per search. */
  readonly webSearchRequests: number | null;
}

export const UNKNOWN_USAGE: TokenUsage = {
  inputTokens: null,
  cacheReadTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: null,
  reasoningTokens: null,
  webSearchRequests: null,
};

/** Ways of serving a call that cost a multiple (or, with `flex`, a part) of the list price. */
export const PREMIUMS = ['fast', 'us-only', 'regional', 'flex', 'priority'] as const;
export type Premium = (typeof PREMIUMS)[number];

/** One billable share of a call. `model: null` is the call's own model. */
export interface UsagePart {
  readonly model: string | null;
  readonly usage: TokenUsage;
  /** Premiums the provider says it served the share with. */
  readonly premiums?: readonly Premium[];
  /** Tokens of sound among `inputTokens`, which some models charge more for. */
  readonly audioInputTokens?: number;
  /** Hosted tools that were used: billed beside the tokens where the model's price names a fee. */
  readonly hostedTools?: HostedTools;
}

/** Tools the provider runs for a flat fee: counted as it bills them, priced by the row of the model that used them. */
export interface HostedTools {
  /** Memory of all containers the answer's code ran in; each is billed as one session of the full length. */
  readonly containerGb: number;
  readonly fileSearches: number;
}

const KINDS = Object.keys(UNKNOWN_USAGE) as (keyof TokenUsage)[];

/** Adds two counts; unknown plus a number is the number, unknown plus unknown stays unknown. */
function addCount(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : a + b;
}

/** Sums the parts kind by kind; an empty list is wholly unknown. */
export function sumUsage(parts: readonly UsagePart[]): TokenUsage {
  if (parts.length === 1 && parts[0] !== undefined) return parts[0].usage;
  const total: { -readonly [K in keyof TokenUsage]: TokenUsage[K] } = { ...UNKNOWN_USAGE };
  for (const part of parts) {
    for (const kind of KINDS) total[kind] = addCount(total[kind], part.usage[kind]);
  }
  return total;
}

/**
 * Tokens that count against a plan's monthly token cap: uncached input, cache writes and output.
 * Cache reads are over 90 % of an agent's volume, so they count only where the plan says so
 * (they always count, at their price, against the money cap).
 */
export function countedTokens(usage: TokenUsage, countCacheReads: boolean): number {
  return (
    (usage.inputTokens ?? 0) +
    (usage.cacheWrite5mTokens ?? 0) +
    (usage.cacheWrite1hTokens ?? 0) +
    (usage.outputTokens ?? 0) +
    (countCacheReads ? (usage.cacheReadTokens ?? 0) : 0)
  );
}

/** Tokens that count against a plan's tokens per minute: uncached input and output. */
export function meteredPerMinute(usage: TokenUsage): number {
  return (
    (usage.inputTokens ?? 0) +
    (usage.cacheWrite5mTokens ?? 0) +
    (usage.cacheWrite1hTokens ?? 0) +
    (usage.outputTokens ?? 0)
  );
}
