/** Replaces a gateway token by a new one with the same rights; the old one ends at once, or after an overlap. */
import { z } from 'zod';
import { rotateStatements } from '@/db/queries/tokens';
import { GatewayError } from '@/lib/domain/errors';
import { newId } from '@/lib/std/ids';
import { auditedTogether } from './audited';
import type { AccountContext } from './context';
import type { FreshToken } from './create-token';
import { demandToken } from './demand';
import { ownedBy, reference, wholeNumber } from './fields';
import { parseInput } from './input';
import { presentToken } from './present';
import { mintSecret } from './token-rules';

/** Long enough for any roll-out; a token that should live longer is a token of its own. */
const LONGEST_OVERLAP_SECONDS = 90 * 86_400;

export const RotateTokenInput = z.strictObject({
  id: reference,
  user: ownedBy,
  overlap_seconds: wholeNumber.min(0).max(LONGEST_OVERLAP_SECONDS).default(0),
});

export type RotatedToken = FreshToken & { readonly replaces: string };

/**
 * The successor has an id of its own, so that calls of either can be told apart; `replaces` names the old one. It inherits the caps
 * and what was used of them this month.
 * @throws GatewayError `body_invalid`, `not_found`; `conflict` when the token is revoked or has expired
 */
export async function rotateToken(context: AccountContext, input: unknown): Promise<RotatedToken> {
  const { id, user, overlap_seconds: overlapSeconds } = parseInput(RotateTokenInput, input);
  await demandToken(context, id, user);
  const nowMs = context.nowMs();
  const { token, hash, hint } = mintSecret(context);
  const rotation = { id, newId: newId('tok_', nowMs), hash, hint, overlapMs: overlapSeconds * 1_000, nowMs };
  const [made] = await auditedTogether(
    context,
    'token.rotate',
    [[id], [rotation.newId]],
    rotateStatements(rotation),
  );
  if (made !== 1) {
    throw new GatewayError(
      'conflict',
      `Token "${id}" is revoked or has expired and can't be rotated; create a new one.`,
    );
  }
  context.forget();
  return { ...presentToken(await demandToken(context, rotation.newId)), token, replaces: id };
}
