/** The gateway's own embedding format: `{model, content}` in, `{model, embeddings, usage}` out. */
import { GatewayError, type ErrorFacts } from '@/lib/domain/errors';
import type { ModelEntry } from '@/lib/domain/model';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { replaceTopLevel } from '@/lib/std/json-edit';
import { embeddingCall } from '@/lib/wire/bodies/embedding-call';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { limitHeaders } from '@/lib/wire/bodies/openai/limits';
import { count, isRecord, type JsonRecord, textOf } from '@/lib/wire/bodies/record';
import { readRequestBody } from '@/lib/wire/bodies/request';
import type { UsageReading, WireFormat } from '@/lib/wire/format';

/** What a caller sends, with one content or several made a list. */
export interface EmbedBody {
  readonly model: string;
  readonly contents: readonly string[];
}

/** What the gateway answers. `estimated`: the tokens were counted beside the call, not reported by it. */
export interface EmbedAnswer {
  readonly model: string;
  readonly embeddings: readonly (readonly number[])[];
  readonly usage: { readonly input_tokens: number; readonly estimated?: boolean };
}

const DECISIVE_KEYS = ['model', 'content'] as const;
/** English prose has about four characters a token. */
const LIKELY_CHARS_PER_TOKEN = 4;
/** Start and end marks a tokenizer may add to each content. */
const MARKS_PER_CONTENT = 2;

export const embed: WireFormat = {
  name: 'embed',
  mount: 'embed',
  root: false,
  endpoints: [{ name: 'embed', kind: 'embed', method: 'POST', path: '', aliases: ['/api/llm/embed'] }],

  readCall({ body }) {
    const { model, contents } = readEmbedBody(body);
    const chars = contents.reduce((sum, content) => sum + content.length, 0);
    // No tokenizer makes more than one token of a byte.
    const bytes = contents.reduce((sum, content) => sum + encodeUtf8(content).length, 0);
    return embeddingCall(model, {
      promptTokensLikely: Math.ceil(chars / LIKELY_CHARS_PER_TOKEN),
      promptTokensCeiling: bytes + contents.length * MARKS_PER_CONTENT,
    });
  },

  prepare: (body, { model }) => (model === undefined ? body : replaceTopLevel(body, { model })),

  passesRequestHeader: (name) => name === 'user-agent',

  isStream: () => false,

  usageReader: (_call, { status }) => new JsonBodyReader((answer) => readUsage(answer, status)),

  renderError(error, requestId) {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-should-retry': String(error.retryable),
      ...error.facts.headers,
    };
    const { retryAfterMs } = error.facts;
    if (retryAfterMs !== undefined)
      headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
    const { code, message, status } = error;
    const body = { error: { code, message, request_id: requestId, ...shownFacts(error.facts) } };
    return { status, headers, body: JSON.stringify(body) };
  },

  renderStreamError: () => null,
  keepAlive: null,

  limitHeaders,

  renderModels: (models) => ({ data: models.map(shownModel) }),
  renderModel: shownModel,
};

/**
 * Reads and checks an embedding body.
 * @throws GatewayError `body_invalid`, with a message that says what is wrong.
 */
export function readEmbedBody(body: Uint8Array): EmbedBody {
  const { model, content } = readRequestBody(body, DECISIVE_KEYS).record;
  if (typeof model !== 'string' || model === '') {
    throw new GatewayError('body_invalid', '`model` must be a non-empty string.');
  }
  const contents: unknown[] = Array.isArray(content) ? content : [content];
  if (contents.length === 0 || !contents.every((one) => typeof one === 'string' && one !== '')) {
    throw new GatewayError(
      'body_invalid',
      '`content` must be a non-empty string or a non-empty list of them.',
    );
  }
  return { model, contents: contents as string[] };
}

function readUsage(answer: JsonRecord | null, status: number): UsageReading {
  if (answer === null) return NOTHING_READ;
  const usage = isRecord(answer['usage']) ? answer['usage'] : null;
  const inputTokens = status >= 400 || usage === null ? null : count(usage['input_tokens']);
  if (usage === null || inputTokens === null) return { ...NOTHING_READ, terminal: true };
  return {
    ...NOTHING_READ,
    parts: [{ model: null, usage: { ...UNKNOWN_USAGE, inputTokens, outputTokens: 0 } }],
    raw: usage,
    terminal: true,
    final: true,
    estimated: usage['estimated'] === true,
    model: textOf(answer['model']),
  };
}

function shownFacts(facts: ErrorFacts): Record<string, unknown> {
  const { limit, used, remaining, resetsAtMs, upgradeUrl } = facts;
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(used === undefined ? {} : { used }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetsAtMs === undefined ? {} : { resets_at: new Date(resetsAtMs).toISOString() }),
    ...(upgradeUrl === undefined ? {} : { upgrade_url: upgradeUrl }),
  };
}

function shownModel(model: ModelEntry): unknown {
  const { id, displayName, createdAt, contextTokens, kind } = model;
  return { id, display_name: displayName, created_at: createdAt, context_tokens: contextTokens, kind };
}
