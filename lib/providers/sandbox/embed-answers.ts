/** Simulated embeddings: unit vectors that depend on nothing but the text. */
import { randomFromText } from '@/lib/providers/sandbox/seed';
import type { EmbedAnswer, EmbedBody } from '@/lib/wire/embed/format';

/** Length of a sandbox vector; a usual size among real models. */
const SANDBOX_DIMENSIONS = 768;
const CHARS_PER_TOKEN = 4;
/** Decimal places kept: more would only lengthen the answer. */
const DECIMALS = 8;

/** Answers an embedding call, its tokens counted by characters. */
export function answerEmbed({ model, contents }: EmbedBody): EmbedAnswer {
  const tokens = contents.reduce((sum, text) => sum + Math.ceil(text.length / CHARS_PER_TOKEN), 0);
  return { model, embeddings: contents.map(vectorOf), usage: { input_tokens: tokens } };
}

function vectorOf(text: string): number[] {
  const random = randomFromText(text);
  const values = Array.from({ length: SANDBOX_DIMENSIONS }, () => random() * 2 - 1);
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => Number((value / length).toFixed(DECIMALS)));
}
