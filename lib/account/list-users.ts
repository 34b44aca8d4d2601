/** Lists customers, newest first. */
import { z } from 'zod';
import { usersPage } from '@/db/queries/users';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentUser, type UserView } from './present';

export const ListUsersInput = z.strictObject({ plan: reference.optional(), ...pageFields });

/** @throws GatewayError `body_invalid` */
export async function listUsers(context: AccountContext, input: unknown): Promise<Page<UserView>> {
  const { plan, cursor, limit } = parseInput(ListUsersInput, input);
  const rows = await withBusyRetry(() =>
    usersPage(context.database, { plan, after: cursor, rows: limit + 1 }),
  );
  return toPage(rows, limit, presentUser, (row) => ({ at: row.createdAt, id: row.id }));
}
