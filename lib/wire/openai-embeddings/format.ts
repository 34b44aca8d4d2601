/** OpenAI's embeddings: `/v1/embeddings`. */
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { replaceTopLevel } from '@/lib/std/json-edit';
import type { UsageReading, WireFormat } from '@/lib/wire/format';
import { embeddingCall } from '@/lib/wire/bodies/embedding-call';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { renderError } from '@/lib/wire/bodies/openai/errors';
import { limitHeaders } from '@/lib/wire/bodies/openai/limits';
import { renderModel, renderModels } from '@/lib/wire/bodies/openai/models';
import { passesRequestHeader } from '@/lib/wire/bodies/openai/request-headers';
import { count, isRecord, type JsonRecord, textOf } from '@/lib/wire/bodies/record';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';
import { modelOf, plainText, readRequestBody } from '@/lib/wire/bodies/request';
import { otherModels } from '@/lib/wire/bodies/router-reach';

const DECISIVE_KEYS = ['model', 'models', 'input', 'plugins', 'fallbacks', 'preset'] as const;
/** English prose has about four bytes a token. */
const BYTES_PER_TOKEN_LIKELY = 4;
/** Start and end marks a tokenizer may add to each input. */
const MARKS_PER_INPUT = 2;

interface InputSize {
  readonly likely: number;
  readonly ceiling: number;
}

function isTokens(input: unknown): input is readonly number[] {
  return Array.isArray(input) && input.every((one) => typeof one === 'number');
}

/**
 * A text, a list of tokens, or a list of either; no tokenizer makes more than one token of a byte. What else servers
 * take (OpenRouter's and Voyage's objects of text and pictures) counts by its bytes.
 */
function sizeOf(input: unknown): InputSize {
  if (typeof input === 'string') {
    const bytes = encodeUtf8(input).length;
    return { likely: Math.ceil(bytes / BYTES_PER_TOKEN_LIKELY), ceiling: bytes + MARKS_PER_INPUT };
  }
  if (isTokens(input)) return { likely: input.length, ceiling: input.length + MARKS_PER_INPUT };
  if (isRecord(input)) return sizeOf(plainText(input));
  if (!Array.isArray(input)) return { likely: 0, ceiling: 0 };
  let [likely, ceiling] = [0, 0];
  for (const one of input) {
    const nested = Array.isArray(one) && !isTokens(one);
    const size = sizeOf(nested ? plainText({ one }) : one);
    likely += size.likely;
    ceiling += size.ceiling;
  }
  return { likely, ceiling };
}

function readAnswer(answer: JsonRecord | null): UsageReading {
  if (answer === null) return NOTHING_READ;
  const usage = isRecord(answer['usage']) ? answer['usage'] : null;
  // Voyage counts nothing but the total.
  const inputTokens = usage === null ? null : (count(usage['prompt_tokens']) ?? count(usage['total_tokens']));
  return {
    ...NOTHING_READ,
    parts:
      inputTokens === null
        ? []
        : [{ model: null, usage: { ...UNKNOWN_USAGE, inputTokens, outputTokens: 0 } }],
    raw: usage,
    terminal: true,
    final: inputTokens !== null,
    failed: (answer['error'] ?? null) !== null,
    model: textOf(answer['model']),
    ...reportedCost(usage),
  };
}

export const openaiEmbeddings: WireFormat = {
  name: 'openai-embeddings',
  mount: 'openai',
  root: true,
  endpoints: [
    {
      name: 'embeddings',
      kind: 'embed',
      method: 'POST',
      path: '/v1/embeddings',
      aliases: ['/api/v1/embeddings', '/v1/native/{provider}/v1/embeddings'],
    },
  ],
  readCall(input) {
    const { record: body } = readRequestBody(input.body, DECISIVE_KEYS);
    const model = modelOf(body);
    const { likely, ceiling } = sizeOf(body['input']);
    const prompt = { promptTokensLikely: likely, promptTokensCeiling: ceiling };
    return embeddingCall(model, prompt, otherModels(model, body, []));
  },
  prepare: (body, { model }) => (model === undefined ? body : replaceTopLevel(body, { model })),
  passesRequestHeader,
  isStream: () => false,
  usageReader: () => new JsonBodyReader(readAnswer),
  keepAlive: null,
  renderError: (error) => renderError(error),
  renderStreamError: () => null,
  limitHeaders,
  renderModels,
  renderModel,
};
