/** OpenAI's embeddings: `/v1/embeddings`. */
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { replaceTopLevel } from '@/lib/std/json-edit';
import type { UsageReading, WireFormat } from '@/lib/wire/format';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { renderError } from '@/lib/wire/bodies/openai/errors';
import { limitHeaders } from '@/lib/wire/bodies/openai/limits';
import { renderModel, renderModels } from '@/lib/wire/bodies/openai/models';
import { passesRequestHeader } from '@/lib/wire/bodies/openai/request-headers';
import { count, isRecord, type JsonRecord, textOf } from '@/lib/wire/bodies/record';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';
import { modelOf, readRequestBody } from '@/lib/wire/bodies/request';

const DECISIVE_KEYS = ['model', 'input'] as const;
/** English prose has about four bytes a token. */
const BYTES_PER_TOKEN_LIKELY = 4;
/** Start and end marks a tokenizer may add to each input. */
const MARKS_PER_INPUT = 2;

interface InputSize {
  readonly likely: number;
  readonly ceiling: number;
}

/** A text, a list of tokens, or a list of either; no tokenizer makes more than one token of a byte. */
function sizeOf(input: unknown): InputSize {
  if (typeof input === 'string') {
    const bytes = encodeUtf8(input).length;
    return { likely: Math.ceil(bytes / BYTES_PER_TOKEN_LIKELY), ceiling: bytes + MARKS_PER_INPUT };
  }
  if (!Array.isArray(input)) return { likely: 0, ceiling: 0 };
  if (input.every((one) => typeof one === 'number'))
    return { likely: input.length, ceiling: input.length + MARKS_PER_INPUT };
  let [likely, ceiling] = [0, 0];
  for (const one of input) {
    if (Array.isArray(one) && one.some((inner) => typeof inner !== 'number')) continue;
    const size = sizeOf(one);
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
    const { likely, ceiling } = sizeOf(body['input']);
    return {
      model: modelOf(body),
      otherModels: [],
      stream: false,
      reportsUsage: true,
      maxOutputTokens: 0,
      minOutputTokens: 0,
      answers: 1,
      promptTokensLikely: likely,
      promptTokensCeiling: ceiling,
      cacheWrites: 'none',
      webSearches: 0,
      premiums: [],
      session: { id: null, opening: () => null },
      refersTo: [],
      background: false,
    };
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
