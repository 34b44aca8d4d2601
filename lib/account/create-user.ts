/** Makes a customer. */
import { z } from 'zod';
import { insertUser } from '@/db/queries/users';
import { GatewayError } from '@/lib/domain/errors';
import { newId } from '@/lib/std/ids';
import { audited } from './audited';
import type { AccountContext } from './context';
import { demandPlan } from './demand';
import { email, line, planName, userId } from './fields';
import { parseInput } from './input';
import { presentUser, type UserView } from './present';

/** `id` is generated when left out; use your own where JWTs name the customer. */
export const CreateUserInput = z.strictObject({
  id: userId.optional(),
  plan: planName,
  name: line.nullish(),
  email: email.nullish(),
});

/** @throws GatewayError `body_invalid`; `conflict` when the id is taken */
export async function createUser(context: AccountContext, input: unknown): Promise<UserView> {
  const wanted = parseInput(CreateUserInput, input);
  await demandPlan(context, wanted.plan);
  const nowMs = context.nowMs();
  const id = wanted.id ?? newId('usr_', nowMs);
  const row = await audited(
    context,
    'user.create',
    [id],
    insertUser(context.database, {
      id,
      plan: wanted.plan,
      name: wanted.name ?? null,
      email: wanted.email ?? null,
      suspendedAt: null,
      stripeCustomerId: null,
      stripeSubscriptionId: null,
      createdAt: nowMs,
      updatedAt: nowMs,
    }),
  );
  if (row === undefined) throw new GatewayError('conflict', `There is a user "${id}" already.`);
  context.forget();
  return presentUser(row);
}
