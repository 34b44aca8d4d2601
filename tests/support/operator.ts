/** What an operator without any provider has configured. */
import type { OperatorPorts } from '@/lib/account/operator-ports';
import { createPriceBook } from '@/lib/domain/price-table';

export const NOTHING_CONFIGURED: OperatorPorts = {
  providers: [],
  models: [],
  ownPrices: [],
  bookOf: (overrides) => createPriceBook(overrides),
  reach: async () => [],
};
