/** The vectors and token counts the fake embedding models give: always the same for the same text. */
import { createHash } from 'node:crypto';

export const DEFAULT_DIMENSIONS = 768;

/** The vector the fake gives a text: of unit length, always the same for the same text. */
export function geminiVector(text: string, dimensions = DEFAULT_DIMENSIONS): number[] {
  const bytes = Buffer.alloc(dimensions);
  for (let at = 0; at < dimensions; at += 32) {
    createHash('sha256').update(`${at} ${text}`).digest().copy(bytes, at);
  }
  const values = [...bytes].map((byte) => byte - 127.5);
  const length = Math.hypot(...values);
  return values.map((value) => Number((value / length).toPrecision(8)));
}

/** Tokens the fake counts for a text. */
export function geminiTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
