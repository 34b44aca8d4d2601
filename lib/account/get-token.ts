/** Shows one gateway token, without its secret. */
import { z } from 'zod';
import type { AccountContext } from './context';
import { demandToken } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import { presentToken, type TokenView } from './present';

export const GetTokenInput = z.strictObject({ id: reference });

/** @throws GatewayError `body_invalid`, `not_found` */
export async function getToken(context: AccountContext, input: unknown): Promise<TokenView> {
  return presentToken(await demandToken(context, parseInput(GetTokenInput, input).id));
}
