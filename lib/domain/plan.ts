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

/** 1 cent = 1e7 nano-USD. */
export const NANO_USD_PER_CENT = 10_000_000;
/** 1 USD = 1e9 nano-USD. */
export const NANO_USD_PER_USD = 1_000_000_000;
