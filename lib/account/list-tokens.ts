/** Lists gateway tokens of one customer or of all, newest first. Never a secret. */
import { z } from 'zod';
import { tokensPage } from '@/db/queries/tokens';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { demandUser } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentToken, type TokenView } from './present';

export const ListTokensInput = z.strictObject({
  user: reference.optional(),
  state: z
    .enum(['live', 'ended'])
    .optional()
    .describe('`live`: neither revoked nor expired; `ended`: one of both.'),
  ...pageFields,
});

/** @throws GatewayError `body_invalid`; `not_found` when there is no such user */
export async function listTokens(context: AccountContext, input: unknown): Promise<Page<TokenView>> {
  const { user, state, cursor, limit } = parseInput(ListTokensInput, input);
  if (user !== undefined) await demandUser(context, user);
  const page = {
    user,
    ...(state === undefined ? {} : { state: { state, nowMs: context.nowMs() } }),
    after: cursor,
    rows: limit + 1,
  };
  const rows = await withBusyRetry(() => tokensPage(context.database, page));
  return toPage(rows, limit, presentToken, (row) => ({ at: row.createdAt, id: row.id }));
}
