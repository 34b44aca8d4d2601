/** What a call may take at most, before anybody knows what it will take. */
import { worstCase } from '@/lib/domain/price';
import type { WireCall } from '@/lib/wire/format';
import type { Authorized } from './authorize';

/** Below this many output tokens an answer is of no use: better refuse than clamp further. */
const OUTPUT_FLOOR_TOKENS = 64;
/** Output allowance for a model whose limit nobody told us, where the request names none either. */
const UNKNOWN_MODEL_OUTPUT_TOKENS = 32_000;
/** The largest window sold, also as an option on models whose own is smaller: no prompt is read beyond it. */
const LARGEST_CONTEXT_TOKENS = 1_000_000;

export interface Need {
  /** Prompt tokens of every model, and the output of those beside the model itself. */
  readonly promptTokens: number;
  readonly promptNanoUsd: number;
  /** Output tokens asked for, or the most the models write. */
  readonly outputTokens: number;
  /** The least output worth sending. */
  readonly minOutputTokens: number;
  /** Nano-USD per million output tokens; 0 where unpriced. */
  readonly outputNanoUsdPerMillion: number;
}

/**
 * The worst case of a call. A fallback or an advisor is billed beside the model itself,
 * so with several models their worst cases add up.
 */
export function needOf(wire: WireCall, authorized: Authorized, hasOutput: boolean): Need {
  const { entries, prices } = authorized;
  const most = Math.max(...entries.map((entry) => entry?.maxOutputTokens ?? UNKNOWN_MODEL_OUTPUT_TOKENS));
  const outputTokens = hasOutput ? (wire.maxOutputTokens ?? most) * wire.answers : 0;
  const context = Math.max(LARGEST_CONTEXT_TOKENS, ...entries.map((entry) => entry?.contextTokens ?? 0));
  const promptTokens = Math.min(wire.promptTokensCeiling, context);
  const { cacheWrites, webSearches, hostedTools } = wire;
  const hearsSound = wire.hearsSound === true;
  const premiums = [...wire.premiums, ...authorized.premiums];
  const cases = prices.map((price) =>
    worstCase(price, { promptTokens, cacheWrites, webSearches, hostedTools, hearsSound, premiums }),
  );
  const others = wire.otherModels.length;
  return {
    // What other models write can't be clamped apart from the answer itself, so it is held in full beside their prompts.
    promptTokens: promptTokens * (others + 1) + outputTokens * others,
    promptNanoUsd: cases.reduce((sum, each) => sum + each.inputNanoUsd, 0),
    outputTokens,
    minOutputTokens: Math.min(
      outputTokens,
      Math.max(OUTPUT_FLOOR_TOKENS, wire.minOutputTokens) * wire.answers,
    ),
    outputNanoUsdPerMillion: cases.reduce((sum, each) => sum + each.outputNanoUsdPerMillion, 0),
  };
}
