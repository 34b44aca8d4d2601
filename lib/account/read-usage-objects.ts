/** The providers' own usage objects of some of a customer's calls: what their figures were read from. */
import { z } from 'zod';
import { usageRawOf } from '@/db/queries/requests';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';

/** As many as one page of calls holds. */
const MOST_CALLS = 200;

const ReadUsageObjectsInput = z.strictObject({
  user: reference,
  ids: z.array(reference).max(MOST_CALLS),
});

/** By request id, as they came; a call of another customer, or without one, isn't in it. @throws GatewayError `body_invalid` */
export async function readUsageObjects(
  context: AccountContext,
  input: unknown,
): Promise<ReadonlyMap<string, string>> {
  const { user, ids } = parseInput(ReadUsageObjectsInput, input);
  if (ids.length === 0) return new Map();
  const rows = await withBusyRetry(() => usageRawOf(context.database, user, ids));
  return new Map(rows.flatMap(({ id, usageRaw }) => (usageRaw === null ? [] : [[id, usageRaw] as const])));
}
