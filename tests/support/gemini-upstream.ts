/** A local stand-in for the Gemini API, written from its public wire documentation, with misbehaviour on demand. */
import { createHash } from 'node:crypto';
import type { Answer } from '@/tests/support/upstream-answer';
import { startUpstreamServer, type RecordedRequest, type Upstream } from '@/tests/support/upstream-server';

export interface GeminiUpstreamOptions {
  readonly apiKey?: string;
  /** Where embedding answers report tokens: `usageMetadata`, per-vector `statistics`, or nowhere (the public shape). */
  readonly embeddingUsage?: 'usageMetadata' | 'statistics' | 'none';
  readonly dimensions?: number;
}

export const GEMINI_KEY = 'AIza-test-operator-key';

const MODELS = [
  { name: 'models/gemini-2.5-flash', methods: ['generateContent', 'countTokens'] },
  { name: 'models/gemini-embedding-001', methods: ['embedContent', 'countTokens'] },
  { name: 'models/text-embedding-004', methods: ['embedContent', 'countTokens'] },
] as const;

const STATUS_NAMES: Readonly<Record<number, readonly [status: string, message: string]>> = {
  400: ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  401: ['UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: ['NOT_FOUND', 'Requested entity was not found.'],
  429: ['RESOURCE_EXHAUSTED', 'You exceeded your current quota.'],
  500: ['INTERNAL', 'An internal error has occurred.'],
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  504: ['DEADLINE_EXCEEDED', 'The request timed out. Please try again.'],
};

const TYPE = 'type.googleapis.com/google.rpc.';
/** Most contents one batchEmbedContents call may hold. */
const BATCH_LIMIT = 100;
const DEFAULT_DIMENSIONS = 768;

interface Content {
  readonly parts?: readonly { readonly text?: string }[];
}

interface GeminiBody {
  readonly content?: Content;
  readonly contents?: readonly Content[];
  /** What the SDK's countTokens wraps its contents in. */
  readonly generateContentRequest?: { readonly contents?: readonly Content[] };
  readonly requests?: readonly { readonly content?: Content; readonly model?: string }[];
  readonly outputDimensionality?: number;
}

export function startGeminiUpstream(options: GeminiUpstreamOptions = {}): Promise<Upstream> {
  return startUpstreamServer({ answer: (request) => answerRequest(request, options), error: errorAnswer });
}

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

/** A quota refusal as the API gives it, with the delay it asks for, e.g. `37s`. */
export function quotaError(retryDelay: string): string {
  const details = [
    {
      '@type': `${TYPE}QuotaFailure`,
      violations: [{ quotaMetric: 'generativelanguage.googleapis.com/embed_content_requests' }],
    },
    { '@type': `${TYPE}RetryInfo`, retryDelay },
  ];
  return JSON.stringify({
    error: { code: 429, message: 'Quota exceeded.', status: 'RESOURCE_EXHAUSTED', details },
  });
}

function answerRequest(request: RecordedRequest, options: GeminiUpstreamOptions): Answer {
  const key = request.headers['x-goog-api-key'] ?? request.query.get('key');
  if (key === null) return errorAnswer(403, 'Method doesn’t allow unregistered callers.');
  if (key !== (options.apiKey ?? GEMINI_KEY)) return invalidKey();
  if (request.method === 'GET' && request.path === '/v1beta/models') {
    const models = MODELS.map(({ name, methods }) => ({ name, supportedGenerationMethods: methods }));
    return jsonAnswer(200, { models });
  }
  const match = /^\/v1beta\/models\/([^/:]+):(\w+)$/.exec(decodeURIComponent(request.path));
  if (request.method !== 'POST' || match === null) return errorAnswer(404);
  const [, model = '', task = ''] = match;
  const known = MODELS.find(({ name }) => name === `models/${model}`);
  const method = TASK_METHODS[task] ?? '';
  if (known === undefined || !(known.methods as readonly string[]).includes(method)) {
    const text = `models/${model} is not found for API version v1beta, or is not supported for ${method || task}.`;
    return errorAnswer(404, `${text} Call ListModels to see the list of available models.`);
  }
  try {
    return answerTask(task, model, request.json() as GeminiBody, request, options);
  } catch {
    return errorAnswer(400, 'Invalid JSON payload received. Unexpected end of string.');
  }
}

const TASK_METHODS: Readonly<Record<string, string>> = {
  embedContent: 'embedContent',
  batchEmbedContents: 'embedContent',
  countTokens: 'countTokens',
  generateContent: 'generateContent',
  streamGenerateContent: 'generateContent',
};

function answerTask(
  task: string,
  model: string,
  body: GeminiBody,
  request: RecordedRequest,
  options: GeminiUpstreamOptions,
): Answer {
  const texts = (body.contents ?? body.generateContentRequest?.contents ?? []).map(textOf);
  switch (task) {
    case 'embedContent': {
      const [embedding] = embeddings([textOf(body.content)], body.outputDimensionality, options);
      return jsonAnswer(200, { embedding, ...embeddingUsage([textOf(body.content)], options) });
    }
    case 'batchEmbedContents': {
      const requests = body.requests ?? [];
      if (requests.length > BATCH_LIMIT) return errorAnswer(400, 'at most 100 requests can be in one batch');
      if (requests.some((one) => one.model !== `models/${model}`)) {
        return errorAnswer(400, 'model in the requests must match the model in the path.');
      }
      const contents = requests.map((one) => textOf(one.content));
      const vectors = embeddings(contents, body.outputDimensionality, options);
      return jsonAnswer(200, { embeddings: vectors, ...embeddingUsage(contents, options) });
    }
    case 'countTokens': {
      const totalTokens = sumTokens(texts);
      const promptTokensDetails = [{ modality: 'TEXT', tokenCount: totalTokens }];
      return jsonAnswer(200, { totalTokens, promptTokensDetails });
    }
    default:
      return generate(model, texts, task === 'streamGenerateContent', request);
  }
}

function generate(
  model: string,
  texts: readonly string[],
  stream: boolean,
  request: RecordedRequest,
): Answer {
  const promptTokenCount = sumTokens(texts);
  const words = `The upstream answers: ${texts.at(-1)?.slice(0, 60) ?? ''}`.match(/\s*\S+/g) ?? [];
  const chunk = (part: string, done: boolean, candidatesTokenCount: number): unknown => ({
    candidates: [
      {
        content: { parts: [{ text: part }], role: 'model' },
        ...(done ? { finishReason: 'STOP' } : {}),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount,
      candidatesTokenCount,
      totalTokenCount: promptTokenCount + candidatesTokenCount,
    },
    modelVersion: model,
    responseId: 'w1peaMz6INOvnvgPgYfPiQY',
  });
  if (!stream) return jsonAnswer(200, chunk(words.join(''), true, words.length));
  const chunks = words.map((word, index) => chunk(word, index === words.length - 1, index + 1));
  // Without alt=sse the API streams one growing JSON array.
  if (request.query.get('alt') !== 'sse') return jsonAnswer(200, chunks);
  return {
    status: 200,
    headers: { ...edgeHeaders(), 'content-type': 'text/event-stream' },
    body: chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`),
  };
}

function embeddings(
  texts: readonly string[],
  dimensions: number | undefined,
  options: GeminiUpstreamOptions,
) {
  return texts.map((text) => ({
    values: geminiVector(text, dimensions ?? options.dimensions),
    ...(options.embeddingUsage === 'statistics' ? { statistics: { tokenCount: geminiTokens(text) } } : {}),
  }));
}

function embeddingUsage(texts: readonly string[], options: GeminiUpstreamOptions): object {
  if (options.embeddingUsage !== 'usageMetadata') return {};
  const promptTokenCount = sumTokens(texts);
  return { usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount } };
}

function sumTokens(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + geminiTokens(text), 0);
}

function textOf(content: Content | undefined): string {
  return (content?.parts ?? []).map((part) => part.text ?? '').join('');
}

function invalidKey(): Answer {
  const message = 'API key not valid. Please pass a valid API key.';
  const details = [
    {
      '@type': `${TYPE}ErrorInfo`,
      reason: 'API_KEY_INVALID',
      domain: 'googleapis.com',
      metadata: { service: 'generativelanguage.googleapis.com' },
    },
    { '@type': `${TYPE}LocalizedMessage`, locale: 'en-US', message },
  ];
  return jsonAnswer(400, { error: { code: 400, message, status: 'INVALID_ARGUMENT', details } });
}

function errorAnswer(code: number, message?: string): Answer {
  const [status, usual] = STATUS_NAMES[code] ?? ['UNKNOWN', 'Unknown error.'];
  return jsonAnswer(code, { error: { code, message: message ?? usual, status } });
}

function jsonAnswer(status: number, body: unknown): Answer {
  const headers = { ...edgeHeaders(), 'content-type': 'application/json; charset=UTF-8' };
  return { status, headers, body: [JSON.stringify(body, null, 2)] };
}

function edgeHeaders(): Record<string, string> {
  return {
    server: 'scaffolding on HTTPServer2',
    'server-timing': 'gfet4t7; dur=421',
    'alt-svc': 'h3=":443"; ma=2592000',
  };
}
