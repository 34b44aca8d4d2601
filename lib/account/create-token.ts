/** Makes a gateway token; the answer is the only time its secret is shown. */
import { z } from 'zod';
import { insertToken } from '@/db/queries/tokens';
import { newId } from '@/lib/std/ids';
import { audited } from './audited';
import type { AccountContext } from './context';
import { demandUser } from './demand';
import { instant, line, monthlyCostCents, monthlyTokens, narrowing, reference } from './fields';
import { parseInput } from './input';
import { presentToken, type TokenView } from './present';
import { assertFormats, assertFuture, mintSecret } from './token-rules';

export const CreateTokenInput = z.strictObject({
  user: reference,
  name: line,
  agent: line.nullish(),
  campaign: line.nullish(),
  may_attribute: z.boolean().default(false),
  scope_models: narrowing.optional(),
  scope_formats: narrowing.optional(),
  monthly_tokens: monthlyTokens.optional(),
  monthly_cost_cents: monthlyCostCents.optional(),
  expires_at: instant.nullish(),
});

export type FreshToken = TokenView & { readonly token: string };

/** @throws GatewayError `body_invalid`; `not_found` when there is no such user */
export async function createToken(context: AccountContext, input: unknown): Promise<FreshToken> {
  const wanted = parseInput(CreateTokenInput, input);
  const nowMs = context.nowMs();
  assertFormats(context, wanted.scope_formats);
  assertFuture(wanted.expires_at, nowMs);
  await demandUser(context, wanted.user);
  const { token, hash, hint } = mintSecret(context);
  const row = {
    id: newId('tok_', nowMs),
    userId: wanted.user,
    hash,
    hint,
    name: wanted.name,
    agent: wanted.agent ?? null,
    campaign: wanted.campaign ?? null,
    mayAttribute: wanted.may_attribute,
    scopeModels: wanted.scope_models ?? null,
    scopeFormats: wanted.scope_formats ?? null,
    monthlyTokens: wanted.monthly_tokens ?? null,
    monthlyCostCents: wanted.monthly_cost_cents ?? null,
    expiresAt: wanted.expires_at ?? null,
    revokedAt: null,
    lastUsedAt: null,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  await audited(context, 'token.create', [row.id], insertToken(context.database, row));
  context.forget();
  return { ...presentToken(row), token };
}
