/** Shows everything kept of one call. */
import { z } from 'zod';
import { requestById } from '@/db/queries/requests';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import { presentRequest, type RequestView } from './present';

export const GetRequestInput = z.strictObject({ id: reference });

/** @throws GatewayError `body_invalid`, `not_found` */
export async function getRequest(context: AccountContext, input: unknown): Promise<RequestView> {
  const { id } = parseInput(GetRequestInput, input);
  const [row] = await withBusyRetry(() => requestById(context.database, id));
  return presentRequest(found(row, 'request', id));
}
