/** Shows everything kept of one call. */
import { z } from 'zod';
import { requestById } from '@/db/queries/requests';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { found } from './demand';
import { ownedBy, reference } from './fields';
import { parseInput } from './input';
import { presentRequest, type RequestView } from './present';

export const GetRequestInput = z.strictObject({ id: reference, user: ownedBy });

/** @throws GatewayError `body_invalid`, `not_found` */
export async function getRequest(context: AccountContext, input: unknown): Promise<RequestView> {
  const { id, user } = parseInput(GetRequestInput, input);
  const [row] = await withBusyRetry(() => requestById(context.database, id, user));
  return presentRequest(found(row, 'request', id));
}
