/** What a plan allows. `null` is "no limit" for the monthly caps and "every model" for `models`. */
export interface Plan {
  readonly plan: string;
  readonly monthlyTokens: number | null;
  readonly monthlyCostCents: number | null;
  readonly rateLimitRpm: number;
  readonly rateLimitTpm: number;
  /** Whether cache reads count against `monthlyTokens`. */
  readonly countCacheReads: boolean;
  /** Model ids the plan may use. */
  readonly models: readonly string[] | null;
}

/** What a month is capped at: a plan's caps, or a token's own below them. */
export type MonthlyCaps = Pick<Plan, 'monthlyTokens' | 'monthlyCostCents'>;

/** 1 cent = 1e7 nano-USD. */
export const NANO_USD_PER_CENT = 10_000_000;
/** 1 USD = 1e9 nano-USD. */
export const NANO_USD_PER_USD = 1_000_000_000;

/** Every nano-dollar of a whole number of them, for files: `12.340000000`. No float comes between. */
export function exactUsd(nanoUsd: number): string {
  const nano = BigInt(nanoUsd);
  const digits = String(nano < 0n ? -nano : nano).padStart(10, '0');
  return `${nano < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** Decimals shown of small sums: below a dollar, cents would say nothing. */
const SMALL_SUM_DECIMALS = 6;

/** `$12.34`, and below a dollar as exact as six decimals are: `$0.009165`. `up` rounds up, for what is needed. */
export function formatUsd(nanoUsd: number, up = false): string {
  const decimals = Math.abs(nanoUsd) < NANO_USD_PER_USD ? SMALL_SUM_DECIMALS : 2;
  const unit = NANO_USD_PER_USD / 10 ** decimals;
  const units = up ? Math.ceil(nanoUsd / unit) : Math.round(nanoUsd / unit);
  const text = (units / 10 ** decimals).toFixed(decimals);
  return `$${decimals === 2 ? text : text.replace(/0{1,4}$/, '')}`;
}
