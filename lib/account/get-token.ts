/** Shows one gateway token, without its secret. */
import { z } from 'zod';
import type { AccountContext } from './context';
import { demandToken } from './demand';
import { ownedBy, reference } from './fields';
import { parseInput } from './input';
import { presentToken, type TokenView } from './present';

export const GetTokenInput = z.strictObject({ id: reference, user: ownedBy });

/** @throws GatewayError `body_invalid`, `not_found` */
export async function getToken(context: AccountContext, input: unknown): Promise<TokenView> {
  const { id, user } = parseInput(GetTokenInput, input);
  return presentToken(await demandToken(context, id, user));
}
