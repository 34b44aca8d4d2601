/** Revokes a gateway token for good, from the next call on. Revoking it again changes nothing. */
import { z } from 'zod';
import { revokeTokenQuery } from '@/db/queries/tokens';
import { audited } from './audited';
import type { AccountContext } from './context';
import { found } from './demand';
import { ownedBy, reference } from './fields';
import { parseInput } from './input';
import { presentToken, type TokenView } from './present';

export const RevokeTokenInput = z.strictObject({ id: reference, user: ownedBy });

/** @throws GatewayError `body_invalid`, `not_found` */
export async function revokeToken(context: AccountContext, input: unknown): Promise<TokenView> {
  const { id, user } = parseInput(RevokeTokenInput, input);
  const row = await audited(
    context,
    'token.revoke',
    [id],
    revokeTokenQuery(context.database, id, context.nowMs(), user),
  );
  context.forget();
  return presentToken(found(row, 'token', id));
}
