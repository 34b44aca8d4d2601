/** The gateway's own embedding format: `{model, content}` in, `{model, embeddings, usage}` out. */
import { GatewayError, type ErrorFacts } from '@/lib/domain/errors';
import type { ModelEntry } from '@/lib/domain/model';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { concatBytes, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { replaceTopLevel } from '@/lib/std/json-edit';
import { count } from '@/lib/wire/bodies/record';
import { refuseUnreadable } from '@/lib/wire/bodies/request';
import type { LimitView, UsageReading, WireFormat } from '@/lib/wire/format';

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
    return {
      model,
      otherModels: [],
      stream: false,
      reportsUsage: true,
      maxOutputTokens: 0,
      minOutputTokens: 0,
      answers: 1,
      promptTokensLikely: Math.ceil(chars / LIKELY_CHARS_PER_TOKEN),
      promptTokensCeiling: bytes + contents.length * MARKS_PER_CONTENT,
      cacheWrites: 'none',
      webSearches: 0,
      premiums: [],
      session: { id: null, opening: () => null },
      refersTo: [],
      background: false,
    };
  },

  prepare: (body, { model }) => (model === undefined ? body : replaceTopLevel(body, { model })),

  passesRequestHeader: (name) => name === 'user-agent',

  isStream: () => false,

  usageReader(_call, response) {
    let chunks: Uint8Array[] = [];
    return {
      push: (chunk) => void chunks.push(chunk),
      read: () => {
        const whole = concatBytes(chunks);
        chunks = [whole];
        return readUsage(whole, response.status);
      },
    };
  },

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

  limitHeaders(limits) {
    return { ...windowHeaders('requests', limits), ...windowHeaders('tokens', limits) };
  },

  renderModels: (models) => ({ data: models.map(shownModel) }),
  renderModel: shownModel,
};

/**
 * Reads and checks an embedding body.
 * @throws GatewayError `body_invalid`, with a message that says what is wrong.
 */
export function readEmbedBody(body: Uint8Array): EmbedBody {
  const { model, content } = parseObject(body);
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

function parseObject(body: Uint8Array): Record<string, unknown> {
  refuseUnreadable(body, ['model', 'content']);
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(body));
  } catch (cause) {
    throw new GatewayError('body_invalid', 'The body is not valid JSON.', {}, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayError('body_invalid', 'The body must be a JSON object.');
  }
  return value as Record<string, unknown>;
}

function readUsage(bytes: Uint8Array, status: number): UsageReading {
  const reading: UsageReading = {
    parts: [],
    raw: null,
    terminal: false,
    final: false,
    failed: false,
    estimated: false,
    streamedOutputTokens: 0,
    model: null,
  };
  let answer: unknown;
  try {
    answer = JSON.parse(decodeUtf8(bytes));
  } catch {
    return reading;
  }
  const { usage, model } = Object(answer) as { usage?: unknown; model?: unknown };
  const { input_tokens: tokens, estimated } = Object(usage) as {
    input_tokens?: unknown;
    estimated?: unknown;
  };
  const inputTokens = count(tokens);
  if (status >= 400 || inputTokens === null) return { ...reading, terminal: true };
  return {
    ...reading,
    parts: [{ model: null, usage: { ...UNKNOWN_USAGE, inputTokens, outputTokens: 0 } }],
    raw: usage,
    terminal: true,
    final: true,
    estimated: estimated === true,
    model: typeof model === 'string' ? model : null,
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

/** The names OpenAI's clients know; the reset is the time left, e.g. `12s`. */
function windowHeaders(kind: 'requests' | 'tokens', limits: LimitView): Record<string, string> {
  const view = limits[kind];
  if (view === null) return {};
  return {
    [`x-ratelimit-limit-${kind}`]: String(view.limit),
    [`x-ratelimit-remaining-${kind}`]: String(view.remaining),
    [`x-ratelimit-reset-${kind}`]: `${Math.max(0, Math.ceil((view.resetsAtMs - limits.nowMs) / 1000))}s`,
  };
}

function shownModel(model: ModelEntry): unknown {
  const { id, displayName, createdAt, contextTokens, kind } = model;
  return { id, display_name: displayName, created_at: createdAt, context_tokens: contextTokens, kind };
}
