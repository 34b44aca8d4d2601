/** A local stand-in for Vertex AI (Gemini, Claude, embeddings) and Google's token endpoint, from their documentation. */
import {
  eventsOf,
  inputTokens,
  type AnthropicUsage,
  type MessagesRequest,
} from '@/tests/support/anthropic-messages';
import {
  generateChunks,
  generateWhole,
  promptTokens,
  type GenerateBody,
} from '@/tests/support/gemini-answers';
import { geminiTokens, geminiVector } from '@/tests/support/gemini-vectors';
import { badRequest, errorInfo, googleError, googleJson, googleStream } from '@/tests/support/google-errors';
import { hostedMessage, hostedProblem, type HostedBody } from '@/tests/support/hosted-claude';
import { ACCESS_TOKEN_SECONDS, answerTokenRequest } from '@/tests/support/google-token';
import type { Answer } from '@/tests/support/upstream-answer';
import { startUpstreamServer, type RecordedRequest, type Upstream } from '@/tests/support/upstream-server';

export interface VertexUpstreamOptions {
  /** An access token that is valid beside those the token endpoint gives out. */
  readonly accessToken?: string;
  /** Usage fields of Gemini's answers that replace the computed ones. */
  readonly usage?: Readonly<Record<string, unknown>>;
  /** Usage fields of Claude's answers that replace the computed ones. */
  readonly claudeUsage?: Partial<AnthropicUsage>;
}

export interface VertexUpstream extends Upstream {
  /** Where a service account's signed assertion becomes an access token. */
  readonly tokenUrl: string;
  /** How often the token endpoint was called, with whatever outcome. */
  tokenCalls(): number;
  /** From now on the access tokens given out so far are refused. */
  revokeTokens(): void;
}

export const VERTEX_TOKEN = 'ya29.test-operator-token';

const VERSION = 'vertex-2023-10-16';
const RULES = {
  version: VERSION,
  refused: ['model'],
  refusal: (field: string) => `${field}: Extra inputs are not permitted`,
};
const SERVICE = 'aiplatform.googleapis.com';
const MODEL_PATH =
  /^\/v1(?:beta1)?\/projects\/([^/]+)\/locations\/([^/]+)\/publishers\/(google|anthropic)\/models\/([^/:]+):(\w+)$/;
const GOOGLE_MODEL = /^(gemini-|text-embedding-|text-multilingual-embedding-)/;
const VERTEX_DIMENSIONS = 768;

interface State {
  readonly options: VertexUpstreamOptions;
  /** Access tokens given out, with the time they end, ms since the epoch. */
  readonly tokens: Map<string, number>;
  answers: number;
  tokenCalls: number;
}

/** One call of a model, let in and with its path read. */
interface Call {
  readonly state: State;
  readonly request: RecordedRequest;
  readonly model: string;
  readonly task: string;
  readonly resource: string;
}

export async function startVertexUpstream(options: VertexUpstreamOptions = {}): Promise<VertexUpstream> {
  const state: State = { options, tokens: new Map(), answers: 0, tokenCalls: 0 };
  const upstream = await startUpstreamServer({
    answer: (request) => answerRequest(request, state),
    error: (status, request) => {
      if (request.path === '/token') state.tokenCalls += 1;
      return nativeError(status, request);
    },
  });
  return {
    ...upstream,
    tokenUrl: `${upstream.url}/token`,
    tokenCalls: () => state.tokenCalls,
    revokeTokens: () => state.tokens.clear(),
  };
}

async function answerRequest(request: RecordedRequest, state: State): Promise<Answer> {
  if (request.path === '/token' && request.method === 'POST') {
    state.tokenCalls += 1;
    const tokenUrl = `http://${request.headers['host'] ?? ''}/token`;
    const reply = await answerTokenRequest(request.body.toString('utf8'), tokenUrl, () => mint(state));
    return googleJson(reply.status, reply.body);
  }
  const refused = tokenProblem(request, state);
  if (refused !== null) return refused;
  const path = decodeURIComponent(request.path);
  const match = MODEL_PATH.exec(path);
  if (request.method !== 'POST' || match === null) return googleError(404);
  const [, , , publisher, model = '', task = ''] = match;
  state.answers += 1;
  const call = {
    state,
    request,
    model,
    task,
    resource: path.slice(path.indexOf('projects/'), path.lastIndexOf(':')),
  };
  try {
    return publisher === 'anthropic' ? answerClaude(call) : answerGoogle(call);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = 'Invalid JSON payload received. Unexpected end of string.';
    return googleError(400, { message, details: [badRequest('', message)], inArray: inArray(request) });
  }
}

function mint(state: State): string {
  const token = `ya29.c.test-${String(state.tokenCalls).padStart(12, '0')}`;
  state.tokens.set(token, Date.now() + ACCESS_TOKEN_SECONDS * 1000);
  return token;
}

function tokenProblem(request: RecordedRequest, { options, tokens }: State): Answer | null {
  const token = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const valid =
    token === (options.accessToken ?? VERTEX_TOKEN) || (tokens.get(token ?? '') ?? 0) > Date.now();
  // A gateway that lets the caller's own credential through must not pass for a working one.
  const stray = 'x-goog-api-key' in request.headers || 'x-api-key' in request.headers;
  if (valid && !stray) return null;
  const reason = token === undefined ? 'CREDENTIALS_MISSING' : 'ACCESS_TOKEN_TYPE_UNSUPPORTED';
  const answer = googleError(401, { details: [errorInfo(reason, SERVICE)], inArray: inArray(request) });
  const challenge = { 'www-authenticate': 'Bearer realm="https://accounts.google.com/"' };
  return { ...answer, headers: { ...answer.headers, ...challenge } };
}

function answerGoogle(call: Call): Answer {
  const { request, model, task, state, resource } = call;
  if (!GOOGLE_MODEL.test(model)) return modelNotFound(resource, request);
  const body = request.json() as GenerateBody & PredictBody;
  if (task === 'predict') return predictEmbeddings(body, state.options);
  const context = { model, vertex: true, usage: state.options.usage };
  if ((body.contents ?? []).length === 0) {
    return googleError(400, {
      message: 'at least one contents field is required',
      inArray: inArray(request),
    });
  }
  switch (task) {
    case 'generateContent':
      return googleJson(200, generateWhole(body, context));
    case 'streamGenerateContent':
      return googleStream(generateChunks(body, context), request.query.get('alt') === 'sse');
    case 'countTokens': {
      const totalTokens = promptTokens(body);
      const totalBillableCharacters = totalTokens * 4;
      const promptTokensDetails = [{ modality: 'TEXT', tokenCount: totalTokens }];
      return googleJson(200, { totalTokens, totalBillableCharacters, promptTokensDetails });
    }
    default:
      return googleError(404);
  }
}

interface PredictBody {
  readonly instances?: readonly { readonly content?: string }[];
  readonly parameters?: { readonly outputDimensionality?: number };
}

function predictEmbeddings(
  { instances = [], parameters }: PredictBody,
  options: VertexUpstreamOptions,
): Answer {
  if (instances.length === 0) return googleError(400, { message: 'Invalid instances: the list is empty.' });
  const texts = instances.map(({ content }) => content ?? '');
  const predictions = texts.map((text) => ({
    embeddings: {
      statistics: { truncated: false, token_count: geminiTokens(text), ...options.usage },
      values: geminiVector(text, parameters?.outputDimensionality ?? VERTEX_DIMENSIONS),
    },
  }));
  const billableCharacterCount = texts.join('').replaceAll(/\s/g, '').length;
  return googleJson(200, { predictions, metadata: { billableCharacterCount } });
}

function answerClaude({ request, model, task, state, resource }: Call): Answer {
  const body = request.json() as HostedBody;
  if (model === 'count-tokens') {
    if (task !== 'rawPredict') return googleError(404);
    const counted = body as Partial<MessagesRequest>;
    if (typeof counted.model !== 'string') return claudeError(400, 'model: Field required');
    if (!Array.isArray(counted.messages)) return claudeError(400, 'messages: Field required');
    return claudeJson(200, { input_tokens: inputTokens(counted as MessagesRequest) });
  }
  if (!model.startsWith('claude-')) return modelNotFound(resource, request);
  if (task !== 'rawPredict' && task !== 'streamRawPredict') return googleError(404);
  const problem = hostedProblem(body, RULES);
  if (problem !== null) return claudeError(400, problem);
  const id = `msg_vrtx_${String(state.answers).padStart(24, '0')}`;
  const message = hostedMessage(body, model.replace('@', '-'), id, state.options.claudeUsage);
  if (task === 'rawPredict' || body.stream !== true) return claudeJson(200, message);
  const { headers } = googleJson(200, {});
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'text/event-stream; charset=utf-8' },
    body: eventsOf(message),
  };
}

const CLAUDE_ERRORS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['invalid_request_error', 'The request was invalid.'],
  500: ['api_error', 'Internal server error'],
  529: ['overloaded_error', 'Overloaded'],
};

/** Claude's own errors come through as Anthropic's; quota and access are Google's. */
function nativeError(status: number, request: RecordedRequest): Answer {
  if (request.path === '/token') {
    return googleJson(status, { error: 'internal_failure', error_description: 'Backend error' });
  }
  if (!request.path.includes('/publishers/anthropic/'))
    return googleError(status, { inArray: inArray(request) });
  const [, message] = CLAUDE_ERRORS[status] ?? [];
  if (message !== undefined) return claudeError(status, message);
  if (status !== 429) return googleError(status);
  const metric = `${SERVICE}/online_prediction_requests_per_base_model`;
  return googleError(429, { message: `Quota exceeded for ${metric}.`, details: [] });
}

function claudeError(status: number, message: string): Answer {
  const [type] = CLAUDE_ERRORS[status] ?? ['api_error'];
  return claudeJson(status, { type: 'error', error: { type, message } });
}

function claudeJson(status: number, body: unknown): Answer {
  const { headers } = googleJson(status, {});
  return {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
    body: [JSON.stringify(body)],
  };
}

function modelNotFound(resource: string, request: RecordedRequest): Answer {
  const message = `Publisher Model \`${resource}\` was not found or your project does not have access to it.`;
  return googleError(404, { message, inArray: inArray(request) });
}

function inArray(request: RecordedRequest): boolean {
  return request.path.endsWith(':streamGenerateContent') && request.query.get('alt') !== 'sse';
}
