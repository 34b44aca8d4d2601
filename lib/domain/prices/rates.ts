/** Builders for the rows of the price table, in integers only. */
import type { ModelPrice, Rates } from '@/lib/domain/price';

/**
 * `rate × numerator / denominator`, exactly.
 * @throws RangeError when the result is not a whole number of nano-USD: such a rate has to be written out.
 */
export function share(rate: number, numerator: number, denominator: number): number {
  const scaled = BigInt(rate) * BigInt(numerator);
  if (scaled % BigInt(denominator) !== 0n) {
    throw new RangeError(`${rate} × ${numerator}/${denominator} is not a whole rate`);
  }
  return Number(scaled / BigInt(denominator));
}

/**
 * Anthropic's rule: 5-minute writes cost 1.25 × input, 1-hour writes 2 ×, reads `readPermille` thousandths.
 * Rates are nano-USD per million tokens. Source: platform.claude.com/docs/en/about-claude/pricing.
 */
export function claudeRates(input: number, output: number, readPermille = 100): Rates {
  return {
    input,
    output,
    cacheRead: share(input, readPermille, 1000),
    cacheWrite5m: share(input, 125, 100),
    cacheWrite1h: share(input, 2, 1),
  };
}

/**
 * Gemini's rule: filling a cache is billed as input; reads as listed, or as input where no caching is sold.
 * Rates are nano-USD per million tokens. Source: ai.google.dev/gemini-api/docs/pricing.
 */
export function geminiRates(input: number, output: number, cacheRead: number = input): Rates {
  return { input, output, cacheRead, cacheWrite5m: input, cacheWrite1h: input };
}

/** Rates as a list states them: what it says nothing about is billed as plain input. */
export function listedRates(
  input: number,
  output: number,
  cacheRead: number = input,
  cacheWrite: number = input,
): Rates {
  return { input, output, cacheRead, cacheWrite5m: cacheWrite, cacheWrite1h: cacheWrite };
}

/**
 * OpenAI's rule: reads as listed, or as input where no caching is sold; until GPT-5.6 filling a cache was plain input.
 * Rates are nano-USD per million tokens. Source: developers.openai.com/api/docs/pricing.
 */
export function openaiRates(input: number, output: number, cacheRead?: number, cacheWrite?: number): Rates {
  return listedRates(input, output, cacheRead, cacheWrite);
}

/** A row of the table; its version is made from model and day. */
export function row(
  price: Omit<ModelPrice, 'version' | 'premiums'> & Partial<Pick<ModelPrice, 'premiums'>>,
): ModelPrice {
  return { premiums: {}, ...price, version: `table/${price.model}@${price.effectiveFrom}` };
}
