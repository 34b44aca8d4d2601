/** Rules that making, changing and rotating tokens share. */
import { mintToken, tokenHint } from '@/lib/domain/token';
import { sha256Hex } from '@/lib/std/sha256';
import type { AccountContext } from './context';
import { inputError } from './input';

/** A new secret and what is stored of it. */
export function mintSecret({ random }: AccountContext): { token: string; hash: string; hint: string } {
  const token = mintToken(random);
  return { token, hash: sha256Hex(token), hint: tokenHint(token) };
}

/** @throws InputError when a format is not one the gateway speaks: such a token could never be used */
export function assertFormats(
  { formats }: AccountContext,
  wanted: readonly string[] | null | undefined,
): void {
  const strange = wanted?.filter((name) => formats?.includes(name) === false) ?? [];
  if (strange.length === 0) return;
  throw inputError(
    'scope_formats',
    `"${strange.join('", "')}" is not a format; formats are ${formats?.join(', ')}`,
  );
}

/** @throws InputError when the instant has passed: to end a token now, revoke it */
export function assertFuture(expiresAtMs: number | null | undefined, nowMs: number): void {
  if (typeof expiresAtMs !== 'number' || expiresAtMs > nowMs) return;
  throw inputError('expires_at', 'must be in the future; to end a token now, revoke it');
}
