/** Prices as dated integers and the arithmetic that turns token counts into nano-dollars. No float touches money. */
import type { HostedTools, Premium, TokenUsage, UsagePart } from '@/lib/domain/usage';

/** Nano-USD (1e-9 $) per million tokens, all integers. $3 per million = 3_000_000_000. */
export interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/** Rates of a long-context tier: they hold for the whole call once the prompt (input + caches) exceeds `abovePromptTokens`. */
export interface RateTier extends Rates {
  readonly abovePromptTokens: number;
}

export interface ModelPrice extends Rates {
  /** Catalogue id this price is for. */
  readonly model: string;
  /** First UTC day (`YYYY-MM-DD`) the price holds; the newest not in the future wins. */
  readonly effectiveFrom: string;
  readonly tiers: readonly RateTier[];
  /** Nano-USD for one provider-run web search; 0 where none is sold. */
  readonly webSearch: number;
  /** Nano-USD per million input tokens of sound, where they cost more than text. */
  readonly audioInput?: number;
  /** Nano-USD for a gigabyte of a hosted container and for a search in stored files; none where the vendor sells none. */
  readonly hostedTools?: HostedToolFees;
  /** Percent of every token rate that a premium costs (600 = six times); a model without the premium is served and billed plainly. */
  readonly premiums: Partial<Readonly<Record<Premium, number>>>;
  /** Names table and row, e.g. `table/claude-sonnet-4-5@2025-09-29` or `override/…`: enough to re-rate a row. */
  readonly version: string;
}

export interface HostedToolFees {
  readonly containerGb: number;
  readonly fileSearch: number;
}

/** Looks prices up by catalogue id or alias; `null` where none is known. */
export interface PriceBook {
  find(model: string, atMs: number): ModelPrice | null;
}

export interface CostReport {
  /** Integer nano-USD of the parts that have a price; `null` when none has. */
  readonly costNanoUsd: number | null;
  /** Every part had a price. */
  readonly complete: boolean;
  /** Price versions used, joined by `,` in the order of the parts without repeats. */
  readonly priceVersion: string | null;
}

const PER_MILLION = 1_000_000n;

/** The rates that hold for a prompt of `promptTokens` (input plus all cache counts). */
export function ratesFor(price: ModelPrice, promptTokens: number): Rates {
  let best: RateTier | null = null;
  for (const tier of price.tiers) {
    if (promptTokens > tier.abovePromptTokens && tier.abovePromptTokens >= (best?.abovePromptTokens ?? 0))
      best = tier;
  }
  return best ?? price;
}

/** Applies premiums to an amount, in whole percents one after the other: they multiply. */
function withPremiums(
  price: ModelPrice,
  premiums: readonly Premium[],
  scaled: bigint,
): { scaled: bigint; divisor: bigint } {
  let [amount, divisor] = [scaled, PER_MILLION];
  for (const premium of premiums) {
    const percent = price.premiums[premium];
    if (percent === undefined) continue;
    amount *= BigInt(percent);
    divisor *= 100n;
  }
  return { scaled: amount, divisor };
}

/** Fees for hosted tools: flat, so that no premium touches them. */
function feesOf({ hostedTools: fees }: ModelPrice, used: HostedTools | undefined): number {
  if (fees === undefined || used === undefined) return 0;
  return used.containerGb * fees.containerGb + used.fileSearches * fees.fileSearch;
}

/** What sound costs beyond text; a long prompt's tier counts all input alike, at its own rate if that is the dearer. */
function soundSurcharge(price: ModelPrice, rates: Rates): number {
  return price.audioInput === undefined ? 0 : Math.max(0, price.audioInput - rates.input);
}

/** What a share holds beside its tokens. */
export type Beside = Pick<UsagePart, 'audioInputTokens' | 'hostedTools'>;

/** Cost of one usage at one price in integer nano-USD, rounded half up once, at the end. */
export function costOf(
  price: ModelPrice,
  usage: TokenUsage,
  premiums: readonly Premium[] = [],
  { audioInputTokens = 0, hostedTools }: Beside = {},
): number {
  const input = usage.inputTokens ?? 0;
  const read = usage.cacheReadTokens ?? 0;
  const write5m = usage.cacheWrite5mTokens ?? 0;
  const write1h = usage.cacheWrite1hTokens ?? 0;
  const rates = ratesFor(price, input + read + write5m + write1h);
  const listed =
    BigInt(input) * BigInt(rates.input) +
    BigInt(Math.min(audioInputTokens, input)) * BigInt(soundSurcharge(price, rates)) +
    BigInt(read) * BigInt(rates.cacheRead) +
    BigInt(write5m) * BigInt(rates.cacheWrite5m) +
    BigInt(write1h) * BigInt(rates.cacheWrite1h) +
    BigInt(usage.outputTokens ?? 0) * BigInt(rates.output);
  const { scaled, divisor } = withPremiums(price, premiums, listed);
  const tokensNanoUsd = Number((scaled + divisor / 2n) / divisor);
  return tokensNanoUsd + (usage.webSearchRequests ?? 0) * price.webSearch + feesOf(price, hostedTools);
}

/** Prices every part at its own model (`null` = `ownModel`) and adds up. */
export function rateParts(
  book: PriceBook,
  ownModel: string,
  parts: readonly UsagePart[],
  atMs: number,
): CostReport {
  let total = 0;
  let priced = 0;
  const versions: string[] = [];
  for (const part of parts) {
    const price = book.find(part.model ?? ownModel, atMs);
    if (price === null) continue;
    priced += 1;
    total += costOf(price, part.usage, part.premiums, part);
    if (!versions.includes(price.version)) versions.push(price.version);
  }
  const complete = priced === parts.length;
  return {
    costNanoUsd: priced > 0 || complete ? total : null,
    complete,
    priceVersion: versions.length > 0 ? versions.join(',') : null,
  };
}

export interface WorstCase {
  /** Nano-USD the prompt may cost at most. */
  readonly inputNanoUsd: number;
  /** Nano-USD per million output tokens, at the dearest tier the prompt can reach. */
  readonly outputNanoUsdPerMillion: number;
}

/** The most a call can cost before it is sent: every prompt token at the dearest rate it could be billed at. */
export function worstCase(
  price: ModelPrice,
  call: {
    promptTokens: number;
    cacheWrites: 'none' | '5m' | '1h';
    webSearches: number;
    premiums?: readonly Premium[];
    hearsSound?: boolean;
    hostedTools?: HostedTools | undefined;
  },
): WorstCase {
  const rates = ratesFor(price, call.promptTokens);
  const plain = rates.input + (call.hearsSound === true ? soundSurcharge(price, rates) : 0);
  const perMillion =
    call.cacheWrites === '1h'
      ? Math.max(plain, rates.cacheWrite1h)
      : call.cacheWrites === '5m'
        ? Math.max(plain, rates.cacheWrite5m)
        : plain;
  const premiums = call.premiums ?? [];
  const input = withPremiums(price, premiums, BigInt(call.promptTokens) * BigInt(perMillion));
  const output = withPremiums(price, premiums, BigInt(rates.output) * PER_MILLION);
  return {
    inputNanoUsd:
      Number((input.scaled + input.divisor - 1n) / input.divisor) +
      call.webSearches * price.webSearch +
      feesOf(price, call.hostedTools),
    outputNanoUsdPerMillion: Number((output.scaled + output.divisor - 1n) / output.divisor),
  };
}
