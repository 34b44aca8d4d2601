/** Changes what a gateway token is called, attributed to, allowed, and how long it lives. Its secret stays. */
import { z } from 'zod';
import { updateToken } from '@/db/queries/tokens';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { found } from './demand';
import { instant, line, narrowing, reference } from './fields';
import { changeSchema, parseInput } from './input';
import { presentToken, type TokenView } from './present';
import { assertFormats, assertFuture } from './token-rules';

export const ChangeTokenInput = changeSchema(
  { id: reference },
  {
    name: line.optional(),
    agent: line.nullable().optional(),
    campaign: line.nullable().optional(),
    may_attribute: z.boolean().optional(),
    scope_models: narrowing.optional(),
    scope_formats: narrowing.optional(),
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
    expiresAt: wanted.expires_at,
  };
  const [row] = await withBusyRetry(() => updateToken(context.database, wanted.id, change, nowMs));
  context.forget();
  return presentToken(found(row, 'token', wanted.id));
}
