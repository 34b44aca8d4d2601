/** Shows one customer. */
import { z } from 'zod';
import type { AccountContext } from './context';
import { demandUser } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import { presentUser, type UserView } from './present';

export const GetUserInput = z.strictObject({ id: reference });

/** @throws GatewayError `body_invalid`, `not_found` */
export async function getUser(context: AccountContext, input: unknown): Promise<UserView> {
  return presentUser(await demandUser(context, parseInput(GetUserInput, input).id));
}
