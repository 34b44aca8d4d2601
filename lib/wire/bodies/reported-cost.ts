/** What a router says an answer cost: OpenRouter's `usage.cost`, in US dollars. */
import { isRecord, type JsonRecord } from '@/lib/wire/bodies/record';

/** Digits of a nano-dollar after the point. */
const DECIMALS = 9;
/** No single answer costs this many dollars: a larger figure is a mistake and must not reach a bill. */
const MOST_USD = 100_000;

/** Rounded on the decimal digits, so that money is never multiplied as a float. */
function nanoUsdOf(value: unknown): number | null {
  if (typeof value !== 'number' || !(value >= 0) || value > MOST_USD) return null;
  return Number(value.toFixed(DECIMALS).replace('.', ''));
}

/**
 * The cost a usage object names; nothing where it names none. With the operator's own key at the vendor
 * (`is_byok`) `cost` is the router's fee alone, and the vendor's bill stands beside it.
 */
export function reportedCost(usage: JsonRecord | null): { readonly reportedCostNanoUsd?: number } {
  const fee = nanoUsdOf(usage?.['cost']);
  if (fee === null) return {};
  const details = usage?.['cost_details'];
  const vendor =
    usage?.['is_byok'] === true && isRecord(details) ? nanoUsdOf(details['upstream_inference_cost']) : null;
  return { reportedCostNanoUsd: fee + (vendor ?? 0) };
}
