/** Changes what a gateway token is called, attributed to, allowed, and how long it lives. Its secret stays. */
import { z } from 'zod';
import { updateToken } from '@/db/queries/tokens';
import { audited } from './audited';
import type { AccountContext } from './context';
import { found } from './demand';
import { instant, line, monthlyCostCents, monthlyTokens, narrowing, ownedBy, reference } from './fields';
import { changeSchema, parseInput } from './input';
import { presentToken, type TokenView } from './present';
import { assertFormats, assertFuture } from './token-rules';

export const ChangeTokenInput = changeSchema(
  { id: reference, user: ownedBy },
  {
    name: line.optional(),
    agent: line.nullable().optional(),
    campaign: line.nullable().optional(),
    may_attribute: z.boolean().optional(),
    scope_models: narrowing.optional(),
    scope_formats: narrowing.optional(),
    monthly_tokens: monthlyTokens.optional(),
    monthly_cost_cents: monthlyCostCents.optional(),
    expires_at: instant.nullable().optional(),
  },
);

/** @throws GatewayError `body_invalid`, `not_found` */
export async function changeToken(context: AccountContext, input: unknown): Promise<TokenView> {
  const wanted = parseInput(ChangeTokenInput, input);
  const nowMs = context.nowMs();
  assertFormats(context, wanted.scope_formats);
  assertFuture(wanted.expires_at, nowMs);
  const change = {
    name: wanted.name,
    agent: wanted.agent,
    campaign: wanted.campaign,
    mayAttribute: wanted.may_attribute,
    scopeModels: wanted.scope_models,
    scopeFormats: wanted.scope_formats,
    monthlyTokens: wanted.monthly_tokens,
    monthlyCostCents: wanted.monthly_cost_cents,
    expiresAt: wanted.expires_at,
  };
  const row = await audited(
    context,
    'token.change',
    [wanted.id],
    updateToken(context.database, wanted.id, change, nowMs, wanted.user),
  );
  context.forget();
  return presentToken(found(row, 'token', wanted.id));
}
