/** Prices of models that the operator defined himself. */
import type { ModelPrice } from '@/lib/domain/price';
import type { Env } from '@/lib/env';
import { ownPriceId, qualifiedId } from '@/lib/providers/compatible/compatible';

/** What the operator says his own models cost; a date long past makes it hold for every call. */
export function ownPricesOf(env: Env): ModelPrice[] {
  return env.customProviders.flatMap(({ name, models }) =>
    models.flatMap(({ id, price }) => {
      if (price === undefined) return [];
      const { input, output = 0, cacheRead = input } = price;
      const model = ownPriceId(name, id);
      const rates = { input, output, cacheRead, cacheWrite5m: input, cacheWrite1h: input };
      const row = { model, effectiveFrom: '1970-01-01', ...rates, tiers: [], webSearch: 0, premiums: {} };
      return [{ ...row, version: `${model}:${input}/${output}/${cacheRead}` }];
    }),
  );
}

/** Overrides name an own model as callers do: `provider/model`. */
export function nameOwnModels(overrides: readonly ModelPrice[], env: Env): readonly ModelPrice[] {
  const ids = new Map(
    env.customProviders.flatMap(({ name, models }) =>
      models.flatMap(({ id, price }) =>
        price === undefined ? [] : [[qualifiedId(name, id), ownPriceId(name, id)] as const],
      ),
    ),
  );
  return overrides.map((row) => ({ ...row, model: ids.get(row.model) ?? row.model }));
}
