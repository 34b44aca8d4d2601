/** Makes a link that signs a customer in to the pages once; only a hash of its secret is kept. */
import { z } from 'zod';
import { createLinkStatements } from '@/db/queries/sign-in';
import { withBusyRetry } from '@/db/retry';
import { GatewayError } from '@/lib/domain/errors';
import { toBase64 } from '@/lib/std/base64';
import { newId } from '@/lib/std/ids';
import { sha256Hex } from '@/lib/std/sha256';
import type { AccountContext } from './context';
import { demandUser } from './demand';
import { reference, wholeNumber } from './fields';
import { inputError, parseInput } from './input';

const SECRET_BYTES = 32;
/** Long enough for a mail to arrive and be read. */
const DEFAULT_LIFE_S = 15 * 60;
const SHORTEST_LIFE_S = 60;
/** A link is as good as being signed in: who needs it longer makes another. */
const LONGEST_LIFE_S = 24 * 60 * 60;

const origin = z
  .url({ protocol: /^https?$/, error: 'must be a URL such as https://gateway.example' })
  .max(2_000)
  .refine((text) => !URL.canParse(text) || /^\/?$/.test(text.slice(new URL(text).origin.length)), {
    error: 'must be scheme and host alone, such as https://gateway.example',
  });

export const CreateSignInLinkInput = z.strictObject({
  user: reference,
  expires_in_seconds: wholeNumber.min(SHORTEST_LIFE_S).max(LONGEST_LIFE_S).default(DEFAULT_LIFE_S),
  base_url: origin
    .optional()
    .describe('Where the customer reaches the pages; where this request was sent to when left out.'),
});

export interface SignInLink {
  /** Signs in whoever opens it and says so there; the only time it is shown. */
  readonly url: string;
  readonly expires_at: string;
}

const urlSafe = (base64: string): string =>
  base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/**
 * @param asked the address that a request for it reached the server at; the command line has none
 * @throws GatewayError `body_invalid`, `not_found`; `conflict` for a suspended customer
 */
export async function createSignInLink(
  context: AccountContext,
  input: unknown,
  asked: { readonly origin?: string } = {},
): Promise<SignInLink> {
  const wanted = parseInput(CreateSignInLinkInput, input);
  const base = wanted.base_url ?? asked.origin;
  if (base === undefined) throw inputError('base_url', 'is required');
  const user = await demandUser(context, wanted.user);
  if (user.suspendedAt !== null)
    throw new GatewayError('conflict', `The user "${user.id}" is suspended and can't sign in.`);
  const nowMs = context.nowMs();
  const secret = urlSafe(toBase64(context.random(SECRET_BYTES)));
  const expiresAtMs = nowMs + wanted.expires_in_seconds * 1000;
  const link = { hash: sha256Hex(secret), userId: user.id, nowMs, expiresAtMs };
  const entry = { id: newId('aud_', nowMs), actor: context.actor };
  await withBusyRetry(() => context.database.client.batch(createLinkStatements(link, entry), 'write'));
  return {
    url: `${new URL(base).origin}/sign-in/link?secret=${secret}`,
    expires_at: new Date(expiresAtMs).toISOString(),
  };
}
