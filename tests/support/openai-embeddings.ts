/** Builds embedding answers in OpenAI's shape, as numbers or as base64 of little-endian 32-bit floats. */
import { geminiVector } from '@/tests/support/gemini-vectors';
import { countTokens } from '@/tests/support/spoken-answer';

export interface EmbeddingsRequest {
  readonly model: string;
  readonly input?: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  readonly encoding_format?: 'float' | 'base64';
  readonly dimensions?: number;
}

const DEFAULT_DIMENSIONS = 1536;
const FLOAT_BYTES = 4;

/** The vector the fake gives a text, in numbers that 32-bit floats hold exactly. */
export function openAiVector(text: string, dimensions = DEFAULT_DIMENSIONS): number[] {
  return geminiVector(text, dimensions).map(Math.fround);
}

/** `null` where there is nothing to embed. */
export function answerEmbeddings(request: EmbeddingsRequest, usage: object = {}): object | null {
  const { input, model, dimensions, encoding_format: format = 'float' } = request;
  if (input === undefined || input.length === 0) return null;
  const inputs = inputsOf(input);
  const data = inputs.map((one, index) => {
    const vector = openAiVector(one.text, dimensions);
    return { object: 'embedding', index, embedding: format === 'base64' ? base64Of(vector) : vector };
  });
  const tokens = inputs.reduce((sum, one) => sum + one.tokens, 0);
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens, ...usage } };
}

interface Input {
  readonly text: string;
  readonly tokens: number;
}

/** Numbers are tokens: a list of them is one input, a list of lists several. */
function inputsOf(input: NonNullable<EmbeddingsRequest['input']>): readonly Input[] {
  if (typeof input === 'string') return [{ text: input, tokens: countTokens(input) }];
  const [first] = input;
  if (typeof first === 'number') return [{ text: input.join(' '), tokens: input.length }];
  return (input as readonly (string | readonly number[])[]).map((one) =>
    typeof one === 'string'
      ? { text: one, tokens: countTokens(one) }
      : { text: one.join(' '), tokens: one.length },
  );
}

function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * FLOAT_BYTES);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * FLOAT_BYTES);
  return bytes.toString('base64');
}
