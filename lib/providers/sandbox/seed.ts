/** Repeatable pseudo-randomness: the same bytes always give the same numbers. Not for secrets. */
import { encodeUtf8 } from '@/lib/std/bytes';

/** Gives numbers from 0 up to, not including, 1. */
export type Random = () => number;

/** 32-bit FNV-1a hash of bytes. */
export function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** A mulberry32 generator. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomFromText(text: string): Random {
  return randomFrom(hashOf(encodeUtf8(text)));
}

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz123456789';

/** A readable id of letters and digits. */
export function randomId(random: Random, length: number): string {
  return Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? 'A').join('');
}
