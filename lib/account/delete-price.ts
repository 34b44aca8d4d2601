/** Deletes a price override; an older one or the table in the repository holds again. */
import { z } from 'zod';
import { removePrice } from '@/db/queries/price-overrides';
import { audited } from './audited';
import type { AccountContext } from './context';
import { found } from './demand';
import { day, reference } from './fields';
import { parseInput } from './input';
import { presentPrice, type PriceView } from './present';

export const DeletePriceInput = z.strictObject({ model: reference, effective_from: day });

/** The override as it was. @throws GatewayError `body_invalid`, `not_found` */
export async function deletePrice(context: AccountContext, input: unknown): Promise<PriceView> {
  const { model, effective_from: effectiveFrom } = parseInput(DeletePriceInput, input);
  const row = await audited(
    context,
    'price.delete',
    [model, effectiveFrom],
    removePrice(context.database, model, effectiveFrom),
  );
  context.forget();
  return presentPrice(found(row, 'price override', `${model} from ${effectiveFrom}`));
}
