/** Simulated answers of OpenAI's Embeddings, as numbers or as base64 of little-endian 32-bit floats. */
import { toBase64 } from '@/lib/std/base64';
import { type Asked, type Dialect, idsFor, jsonAnswer, type SandboxAnswer } from './answer';
import { isCount, parseFields } from './loose-json';
import {
  modelProblem,
  nothingHere,
  type OpenAiProblem,
  openAiRefusal,
  missing,
  rangeProblem,
} from './openai-refusal';
import { textTokens } from './token-counts';
import { MOST_DIMENSIONS, vectorOf } from './vectors';

const DIMENSIONS = 1_536;
const LARGE_DIMENSIONS = 3_072;
/** Most inputs one call may hold. */
const MOST_INPUTS = 2_048;
const FLOAT_BYTES = 4;

export const openAiEmbeddingsAnswers: Dialect = {
  endpoints: { '/embeddings': answerEmbeddings },
  elsewhere: (asked) => nothingHere(idsFor(asked).requestId),
};

interface Input {
  readonly text: string;
  readonly tokens: number;
}

function answerEmbeddings(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const { model, encoding_format: format } = body;
  const inputs = inputsOf(body['input']);
  const problem =
    modelProblem(body) ??
    (body['input'] === undefined ? missing('input') : null) ??
    rangeProblem(body, 'dimensions', 1, MOST_DIMENSIONS) ??
    formatProblem(format) ??
    (inputs === null ? { message: "'$.input' is invalid. Please check the API reference." } : null);
  if (problem !== null || inputs === null) return openAiRefusal(400, problem ?? missing('input'), requestId);
  const usual = String(model).includes('-large') ? LARGE_DIMENSIONS : DIMENSIONS;
  const dimensions = isCount(body['dimensions']) ? body['dimensions'] : usual;
  const data = inputs.map(({ text }, index) => {
    const vector = vectorOf(text, dimensions);
    return { object: 'embedding', index, embedding: format === 'base64' ? base64Of(vector) : vector };
  });
  const tokens = inputs.reduce((sum, one) => sum + one.tokens, 0);
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return jsonAnswer({ object: 'list', data, model, usage }, { requestId });
}

/** Strings or tokens, one input or several; `null` for anything else. */
function inputsOf(input: unknown): readonly Input[] | null {
  const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? (input as unknown[]) : [input];
  const read = inputs.map(inputOf).filter((one) => one !== null);
  return read.length === 0 || read.length < inputs.length || read.length > MOST_INPUTS ? null : read;
}

function inputOf(one: unknown): Input | null {
  if (typeof one === 'string') return one === '' ? null : { text: one, tokens: textTokens(one) };
  if (!Array.isArray(one) || one.length === 0 || !one.every(isCount)) return null;
  return { text: one.join(' '), tokens: one.length };
}

function formatProblem(format: unknown): OpenAiProblem | null {
  if (format === undefined || format === null || format === 'float' || format === 'base64') return null;
  const message = "Invalid value for 'encoding_format'. Supported values are: 'float' and 'base64'.";
  return { message, param: 'encoding_format', code: 'invalid_value' };
}

function base64Of(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * FLOAT_BYTES));
  for (const [index, value] of vector.entries()) view.setFloat32(index * FLOAT_BYTES, value, true);
  return toBase64(new Uint8Array(view.buffer));
}
