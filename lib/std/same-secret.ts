/** Compares a given secret with a known one without telling anything by the time it takes. */
import { sha256Hex } from './sha256';

/** Compares hex hashes, all of both: neither content nor length of what was hashed shows. */
export function sameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

export function sameSecret(given: string, secret: string): boolean {
  return sameHash(sha256Hex(given), sha256Hex(secret));
}
