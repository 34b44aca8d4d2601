/** The operator's price overrides. */
import type { Row } from '@libsql/client';
import { parsePriceOverride } from '@/lib/domain/price-table';
import type { ModelPrice } from '@/lib/domain/price';
import { textOf } from './row';

export const PRICE_OVERRIDES = 'SELECT model, effective_from, rates FROM model_prices';

/** Overrides that validate; a row that doesn't is reported and left out, so one typo can't unprice everything. */
export function overridesFromRows(
  rows: readonly Row[],
  onBad: (model: string, reason: string) => void,
): ModelPrice[] {
  const good: ModelPrice[] = [];
  for (const row of rows) {
    try {
      const rates: unknown = JSON.parse(textOf(row['rates']));
      good.push(
        parsePriceOverride({
          ...(rates as object),
          model: row['model'],
          effectiveFrom: row['effective_from'],
        }),
      );
    } catch (error) {
      onBad(textOf(row['model']), error instanceof Error ? error.message : String(error));
    }
  }
  return good;
}
