/** The gateway token's format: `tg_`, a version, 43 base 62 digits of a 256-bit random and a 6-digit checksum. */
import { encodeBase62 } from '@/lib/std/base62';
import { crc32 } from '@/lib/std/crc32';

const PREFIX = 'tg_';
const VERSION = '1';
const RANDOM_BYTES = 32;
/** 62^43 is just above 2^256. */
const RANDOM_DIGITS = 43;
/** 62^6 is above 2^32. */
const CHECKSUM_DIGITS = 6;
/** `tg_`, the version and six random digits: enough to tell tokens apart, useless for guessing one. */
const HINT_LENGTH = 10;

const SHAPE = new RegExp(`^${PREFIX}${VERSION}[0-9A-Za-z]{${RANDOM_DIGITS + CHECKSUM_DIGITS}}$`);

function checksum(text: string): string {
  return encodeBase62(BigInt(crc32(text)), CHECKSUM_DIGITS);
}

/** A new token, 53 characters. `random` gives that many cryptographically random bytes. */
export function mintToken(random: (bytes: number) => Uint8Array): string {
  let value = 0n;
  for (const byte of random(RANDOM_BYTES)) value = (value << 8n) | BigInt(byte);
  const body = PREFIX + VERSION + encodeBase62(value, RANDOM_DIGITS);
  return body + checksum(body);
}

/** Whether a credential means to be a gateway token, of whatever version and however mangled. */
export function looksLikeToken(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** Whether shape and checksum are right: a mistyped or cut token is told apart without asking the database. */
export function isWellFormed(token: string): boolean {
  return SHAPE.test(token) && checksum(token.slice(0, -CHECKSUM_DIGITS)) === token.slice(-CHECKSUM_DIGITS);
}

/** What may be shown and stored of a token: its first ten characters. */
export function tokenHint(token: string): string {
  return `${token.slice(0, HINT_LENGTH)}…`;
}
