/** Lists the operator's price overrides, by model and newest day first. */
import { z } from 'zod';
import { allPrices } from '@/db/queries/price-overrides';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';
import { wholePage, type Page } from './page';
import { presentPrice, type PriceView } from './present';

export const ListPricesInput = z.strictObject({ model: reference.optional() });

/** @throws GatewayError `body_invalid` */
export async function listPrices(context: AccountContext, input: unknown): Promise<Page<PriceView>> {
  const { model } = parseInput(ListPricesInput, input);
  return wholePage(await withBusyRetry(() => allPrices(context.database, model)), presentPrice);
}
