/** Simulated embeddings: unit vectors that depend on nothing but the text. */
import { randomFromText } from './seed';

/** Longer vectors than any real model gives are refused. */
export const MOST_DIMENSIONS = 4_096;
/** Decimal places kept: more would only lengthen the answer. */
const DECIMALS = 8;

/** The vector of a text. */
export function vectorOf(text: string, dimensions: number): number[] {
  const random = randomFromText(text);
  const values = Array.from({ length: dimensions }, () => random() * 2 - 1);
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => Number((value / length).toFixed(DECIMALS)));
}
