/** What the operator says about the issuer that people sign in at. */
import { sha256Hex } from '@/lib/std/sha256';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** `null`: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  readonly scopes: string;
  /** The claim that names the customer: their id, or `email` for the address on file. */
  readonly userClaim: string;
  /** Who has this value in this claim is an operator; `null`: nobody is. */
  readonly operator: { readonly claim: string; readonly value: string } | null;
}

/** Changes with whatever decides who may sign in and as whom: sessions of other settings are over. */
export function oidcHashOf({ issuer, clientId, userClaim, operator }: OidcSettings): string {
  return sha256Hex(JSON.stringify([issuer, clientId, userClaim, operator?.claim, operator?.value]));
}
