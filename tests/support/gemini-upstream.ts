/** A local stand-in for the Gemini API, written from its public wire documentation, with misbehaviour on demand. */
import {
  generateChunks,
  generateWhole,
  promptTokens,
  textOf,
  type Content,
  type GenerateBody,
} from '@/tests/support/gemini-answers';
import { answerCompat } from '@/tests/support/gemini-openai';
import { geminiTokens, geminiVector } from '@/tests/support/gemini-vectors';
import {
  badRequest,
  errorInfo,
  googleError,
  googleJson,
  googleStream,
  localizedMessage,
} from '@/tests/support/google-errors';
import type { Answer } from '@/tests/support/upstream-answer';
import { startUpstreamServer, type RecordedRequest, type Upstream } from '@/tests/support/upstream-server';

export { geminiTokens, geminiVector } from '@/tests/support/gemini-vectors';
export { quotaError } from '@/tests/support/google-errors';

export interface GeminiUpstreamOptions {
  readonly apiKey?: string;
  /** Where embedding answers report tokens: `usageMetadata`, per-vector `statistics`, or nowhere (the public shape). */
  readonly embeddingUsage?: 'usageMetadata' | 'statistics' | 'none';
  readonly dimensions?: number;
  /** Usage fields of generated answers that replace the computed ones, in the shape of the path that is called. */
  readonly usage?: Readonly<Record<string, unknown>>;
}

export const GEMINI_KEY = 'AIza-test-operator-key';

const SERVICE = 'generativelanguage.googleapis.com';
const GENERATES = ['generateContent', 'countTokens'];
const EMBEDS = ['embedContent', 'countTokens'];
const MODELS: Readonly<Record<string, readonly string[]>> = {
  'gemini-2.5-flash': GENERATES,
  'gemini-2.5-pro': GENERATES,
  'gemini-3-flash-preview': GENERATES,
  'gemini-3.5-flash-lite': GENERATES,
  'gemini-embedding-001': EMBEDS,
  'text-embedding-004': EMBEDS,
};

/** Most contents one batchEmbedContents call may hold. */
const BATCH_LIMIT = 100;
const PAGE_SIZE = 50;

interface GeminiBody extends GenerateBody {
  readonly content?: Content;
  /** What the SDK's countTokens wraps its contents in. */
  readonly generateContentRequest?: GenerateBody;
  readonly requests?: readonly {
    readonly content?: Content;
    readonly model?: string;
    readonly outputDimensionality?: number;
  }[];
  readonly outputDimensionality?: number;
}

export function startGeminiUpstream(options: GeminiUpstreamOptions = {}): Promise<Upstream> {
  let answers = 0;
  return startUpstreamServer({
    answer: (request) => answerRequest(request, options, String(++answers).padStart(18, '0')),
    error: (status, request) => googleError(status, { inArray: inArray(request) }),
  });
}

function answerRequest(request: RecordedRequest, options: GeminiUpstreamOptions, id: string): Answer {
  const compat = /^\/v1beta\/openai(\/.+)$/.exec(request.path)?.[1];
  const refused = keyProblem(request, compat !== undefined, options.apiKey ?? GEMINI_KEY);
  if (refused !== null) return refused;
  try {
    if (compat === undefined) return answerNative(request, options);
    const facts = { id, knows: can, models: Object.keys(MODELS).map(nameOf), usage: options.usage };
    return answerCompat(request, compat, facts);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = 'Invalid JSON payload received. Unexpected end of string.';
    return googleError(400, { message, details: [badRequest('', message)], inArray: inArray(request) });
  }
}

function keyProblem(request: RecordedRequest, compat: boolean, wanted: string): Answer | null {
  const { authorization } = request.headers;
  const options = { inArray: inArray(request) };
  // A gateway that lets the caller's own credential through must not pass for a working one.
  if (!compat && authorization !== undefined) {
    const details = [errorInfo('ACCESS_TOKEN_TYPE_UNSUPPORTED', SERVICE)];
    return googleError(401, { details, ...options });
  }
  const key = compat
    ? authorization?.replace(/^Bearer /i, '')
    : (request.headers['x-goog-api-key'] ?? request.query.get('key'));
  if (key === wanted) return null;
  if (key === null || key === undefined) {
    const message =
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.";
    return googleError(403, { message, ...options });
  }
  const message = 'API key not valid. Please pass a valid API key.';
  const details = [errorInfo('API_KEY_INVALID', SERVICE), localizedMessage(message)];
  return googleError(400, { message, details, ...options });
}

function answerNative(request: RecordedRequest, options: GeminiUpstreamOptions): Answer {
  const path = decodeURIComponent(request.path);
  if (request.method === 'GET') return answerModels(request, path);
  const match = /^\/(v1|v1beta)\/models\/([^/:]+):(\w+)$/.exec(path);
  if (request.method !== 'POST' || match === null) return googleError(404);
  const [, version = '', model = '', task = ''] = match;
  const method = TASK_METHODS[task] ?? '';
  if (!can(model, method)) {
    const text = `models/${model} is not found for API version ${version}, or is not supported for ${method || task}.`;
    const message = `${text} Call ListModels to see the list of available models and their supported methods.`;
    return googleError(404, { message, inArray: inArray(request) });
  }
  return answerTask(task, model, request.json() as GeminiBody, request, options);
}

function answerModels(request: RecordedRequest, path: string): Answer {
  const match = /^\/(?:v1|v1beta)\/models(?:\/([^/:]+))?$/.exec(path);
  if (match === null) return googleError(404);
  const [, model] = match;
  if (model !== undefined) {
    if (MODELS[model] !== undefined) return googleJson(200, modelOf(model));
    return googleError(404, { message: `Model is not found: models/${model} for api version v1beta` });
  }
  const names = Object.keys(MODELS);
  const from = Number(request.query.get('pageToken') ?? 0);
  const to = from + Number(request.query.get('pageSize') ?? PAGE_SIZE);
  const more = to < names.length ? { nextPageToken: String(to) } : {};
  return googleJson(200, { models: names.slice(from, to).map(modelOf), ...more });
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
  switch (task) {
    case 'embedContent': {
      const text = textOf(body.content);
      const embedding = embeddingOf(text, body.outputDimensionality, options);
      return googleJson(200, { embedding, ...embeddingUsage([text], options) });
    }
    case 'batchEmbedContents': {
      const requests = body.requests ?? [];
      if (requests.length > BATCH_LIMIT)
        return invalid('at most 100 requests can be in one batch', 'requests');
      if (requests.some((one) => one.model !== nameOf(model))) {
        return invalid('model in the requests must match the model in the path.', 'requests.model');
      }
      const embeddings = requests.map(({ content, outputDimensionality: dimensions }) =>
        embeddingOf(textOf(content), dimensions ?? body.outputDimensionality, options),
      );
      const usage = embeddingUsage(
        requests.map(({ content }) => textOf(content)),
        options,
      );
      return googleJson(200, { embeddings, ...usage });
    }
    case 'countTokens': {
      const totalTokens = promptTokens(body.generateContentRequest ?? body);
      const promptTokensDetails = [{ modality: 'TEXT', tokenCount: totalTokens }];
      return googleJson(200, { totalTokens, promptTokensDetails });
    }
    default: {
      const context = { model, usage: options.usage };
      if ((body.contents ?? []).length === 0) {
        return invalid(
          '* GenerateContentRequest.contents: contents is not specified\n',
          'contents',
          inArray(request),
        );
      }
      if (task === 'generateContent') return googleJson(200, generateWhole(body, context));
      return googleStream(generateChunks(body, context), request.query.get('alt') === 'sse');
    }
  }
}

/** Streams without `alt=sse`, and the OpenAI-compatible layer, have their errors in an array. */
function inArray(request: RecordedRequest): boolean {
  const stream = request.path.endsWith(':streamGenerateContent') && request.query.get('alt') !== 'sse';
  return stream || request.path.startsWith('/v1beta/openai/');
}

function embeddingOf(text: string, dimensions: number | undefined, options: GeminiUpstreamOptions): object {
  return {
    values: geminiVector(text, dimensions ?? options.dimensions),
    ...(options.embeddingUsage === 'statistics' ? { statistics: { tokenCount: geminiTokens(text) } } : {}),
  };
}

function embeddingUsage(texts: readonly string[], options: GeminiUpstreamOptions): object {
  if (options.embeddingUsage !== 'usageMetadata') return {};
  const promptTokenCount = texts.reduce((sum, text) => sum + geminiTokens(text), 0);
  return { usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount } };
}

function can(model: string, method: string): boolean {
  return (MODELS[model] ?? []).includes(method);
}

function nameOf(model: string): string {
  return `models/${model}`;
}

function modelOf(model: string): object {
  return {
    name: nameOf(model),
    version: '001',
    displayName: model,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: MODELS[model],
  };
}

function invalid(message: string, field: string, array = false): Answer {
  return googleError(400, { message, details: [badRequest(field, message)], inArray: array });
}
