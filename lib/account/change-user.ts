/** Changes a customer: plan, name, e-mail, or whether they may call at all. It holds from the next call on. */
import { z } from 'zod';
import { updateUser } from '@/db/queries/users';
import { audited } from './audited';
import type { AccountContext } from './context';
import { demandPlan, demandUser, found } from './demand';
import { email, line, planName, reference } from './fields';
import { changeSchema, parseInput } from './input';
import { presentUser, type UserView } from './present';

export const ChangeUserInput = changeSchema(
  { id: reference },
  {
    plan: planName.optional(),
    name: line.nullable().optional(),
    email: email.nullable().optional(),
    suspended: z.boolean().optional(),
  },
);

/** @throws GatewayError `body_invalid`, `not_found` */
export async function changeUser(context: AccountContext, input: unknown): Promise<UserView> {
  const { id, plan, name, email: address, suspended } = parseInput(ChangeUserInput, input);
  const before = await demandUser(context, id);
  if (plan !== undefined) await demandPlan(context, plan);
  const nowMs = context.nowMs();
  // Suspending twice keeps the first instant.
  const suspendedAt = suspended === undefined ? undefined : suspended ? (before.suspendedAt ?? nowMs) : null;
  const change = { plan, name, email: address, suspendedAt };
  const alone = [plan, name, address].every((value) => value === undefined);
  const action =
    !alone || suspended === undefined ? 'user.change' : suspended ? 'user.suspend' : 'user.resume';
  const row = await audited(context, action, [id], updateUser(context.database, id, change, nowMs));
  context.forget();
  return presentUser(found(row, 'user', id));
}
