/** A local stand-in for OpenAI's API, and for OpenRouter and Azure OpenAI, written from their public documentation. */
import { answerEmbeddings, type EmbeddingsRequest } from '@/tests/support/openai-embeddings';
import {
  chatChunks,
  chatCompletion,
  legacyChunks,
  legacyCompletion,
  type ChatContext,
  type ChatRequest,
  type CompletionRequest,
} from '@/tests/support/openai-chat';
import { openAiError, openAiHeaders, type OpenAiFlavour } from '@/tests/support/openai-errors';
import { createResponseStore, type BackgroundPlan, type ResponseStore } from '@/tests/support/openai-store';
import type { Answer } from '@/tests/support/upstream-answer';
import { startUpstreamServer, type RecordedRequest, type Upstream } from '@/tests/support/upstream-server';

export interface OpenAiUpstreamOptions {
  readonly apiKey?: string;
  /** Whose shapes, paths and errors: the default is `openai`. */
  readonly flavour?: OpenAiFlavour;
  /** Native usage fields, of the endpoint that is called, that replace the computed ones. */
  readonly usage?: Readonly<Record<string, unknown>>;
}

export interface OpenAiUpstream extends Upstream {
  /** What a client takes for its base URL: with `/v1`, `/api/v1` or `/openai/v1`. */
  readonly apiUrl: string;
  /** How background responses that are asked for later go on, from now on. */
  planBackground(plan: BackgroundPlan): void;
}

export const OPENAI_KEY = 'sk-proj-test-operator-key';

const PREFIXES: Readonly<Record<OpenAiFlavour, string>> = {
  openai: '/v1',
  openrouter: '/api/v1',
  azure: '/openai/v1',
};

/** Names that answers bear where it isn't the one asked for. */
const SNAPSHOTS: Readonly<Record<string, string>> = {
  'gpt-4o': 'gpt-4o-2024-08-06',
  'gpt-4o-mini': 'gpt-4o-mini-2024-07-18',
  'gpt-5.1': 'gpt-5.1-2025-11-13',
  'gpt-3.5-turbo-instruct': 'gpt-3.5-turbo-instruct:20230824-v2',
};
const LISTED = ['gpt-4o', 'gpt-4o-mini', 'gpt-5.1', 'gpt-5.1-codex', 'text-embedding-3-small'];
const OPENAI_MODEL = /^(ft:)?(gpt-|chatgpt-|codex-|o\d|text-embedding-|davinci|babbage)/;
/** Models that think take `max_completion_tokens` only. */
const THINKING_MODEL = /^(gpt-5|o\d)/;
const DEPLOYMENT = /^\/openai\/deployments\/([^/]+)(\/.+)$/;

export async function startOpenAiUpstream(options: OpenAiUpstreamOptions = {}): Promise<OpenAiUpstream> {
  const flavour = options.flavour ?? 'openai';
  let answers = 0;
  const nextId = (): string => String(++answers).padStart(24, '0');
  const store = createResponseStore();
  const upstream = await startUpstreamServer({
    answer: (request) => answerRequest(request, options, store, nextId()),
    error: (status) => openAiError(flavour, nextId(), status),
  });
  return {
    ...upstream,
    apiUrl: `${upstream.url}${PREFIXES[flavour]}`,
    planBackground: (plan) => store.plan(plan),
  };
}

/** What one request is answered with, once the caller is let in. */
interface Call {
  readonly request: RecordedRequest;
  readonly path: string;
  readonly id: string;
  readonly flavour: OpenAiFlavour;
  readonly options: OpenAiUpstreamOptions;
  readonly store: ResponseStore;
  /** Azure's deployment in the path stands for the model. */
  readonly deployment: string | undefined;
}

function answerRequest(
  request: RecordedRequest,
  options: OpenAiUpstreamOptions,
  store: ResponseStore,
  id: string,
): Answer {
  const flavour = options.flavour ?? 'openai';
  const refused = keyProblem(request, flavour, options.apiKey ?? OPENAI_KEY, id);
  if (refused !== null) return refused;
  const [, deployment, deployed] = flavour === 'azure' ? (DEPLOYMENT.exec(request.path) ?? []) : [];
  const prefix = PREFIXES[flavour];
  const under = request.path.startsWith(`${prefix}/`) ? request.path.slice(prefix.length) : '';
  const call = { request, path: deployed ?? under, id, flavour, options, store, deployment };
  if (deployed !== undefined && !request.query.has('api-version')) return openAiError(flavour, id, 404);
  try {
    return route(call);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const message = 'We could not parse the JSON body of your request.';
    return openAiError(flavour, id, 400, { message });
  }
}

function keyProblem(
  request: RecordedRequest,
  flavour: OpenAiFlavour,
  key: string,
  id: string,
): Answer | null {
  const bearer = /^Bearer (.+)$/i.exec(request.headers['authorization'] ?? '')?.[1];
  const given = flavour === 'azure' ? (request.headers['api-key'] ?? bearer) : bearer;
  if (given === key) return null;
  if (flavour === 'azure') return openAiError(flavour, id, 401);
  if (flavour === 'openrouter') {
    const message = given === undefined ? 'No auth credentials found' : 'User not found.';
    return openAiError(flavour, id, 401, { message });
  }
  const site = 'https://platform.openai.com/account/api-keys';
  if (given === undefined) {
    const message = `You didn't provide an API key. You can obtain an API key from ${site}.`;
    return openAiError(flavour, id, 401, { message, code: null });
  }
  const shown = `${given.slice(0, 8)}***${given.slice(-4)}`;
  const message = `Incorrect API key provided: ${shown}. You can find your API key at ${site}.`;
  return openAiError(flavour, id, 401, { message });
}

function route(call: Call): Answer {
  const { request, path, id, flavour, store } = call;
  const { method } = request;
  if (path === '/models' && method === 'GET')
    return json(call, { object: 'list', data: LISTED.map(modelOf) });
  if (path.startsWith('/models/') && method === 'GET') {
    const name = decodeURIComponent(path.slice('/models/'.length));
    return LISTED.includes(name) ? json(call, modelOf(name)) : unknownModel(call, name);
  }
  if (path === '/responses' || path.startsWith('/responses/')) {
    const outcome = store.answer(request, path.slice('/responses'.length), {
      id,
      modelOf: (name) => (knows(flavour, name) ? (SNAPSHOTS[name] ?? name) : null),
      usage: call.options.usage,
    });
    if ('error' in outcome) return openAiError(flavour, id, outcome.status, outcome.error);
    return 'events' in outcome ? stream(call, outcome.events) : json(call, outcome.json);
  }
  if (method !== 'POST') return notThere(call);
  if (path === '/chat/completions') return answerChat(call, request.json() as ChatRequest);
  if (path === '/completions') return answerLegacy(call, request.json() as CompletionRequest);
  if (path === '/embeddings') {
    const body = request.json() as EmbeddingsRequest;
    const model = call.deployment ?? body.model;
    if (typeof model !== 'string') return missing(call, 'model');
    if (!knows(flavour, model)) return unknownModel(call, model);
    const answer = answerEmbeddings({ ...body, model }, call.options.usage);
    return answer === null ? missing(call, 'input') : json(call, answer, 2);
  }
  return notThere(call);
}

function answerChat(call: Call, body: ChatRequest): Answer {
  const asked = call.deployment ?? body.model;
  if (typeof asked !== 'string') return missing(call, 'model');
  if (!Array.isArray(body.messages)) return missing(call, 'messages');
  if (!knows(call.flavour, asked)) return unknownModel(call, asked);
  if (call.flavour !== 'openrouter' && THINKING_MODEL.test(asked) && 'max_tokens' in body) {
    const hint = "Use 'max_completion_tokens' instead.";
    const message = `Unsupported parameter: 'max_tokens' is not supported with this model. ${hint}`;
    const error = { message, param: 'max_tokens', code: 'unsupported_parameter' };
    return openAiError(call.flavour, call.id, 400, error);
  }
  const context = contextOf(call, asked);
  return body.stream === true
    ? stream(call, chatChunks(body, context))
    : json(call, chatCompletion(body, context));
}

function answerLegacy(call: Call, body: CompletionRequest): Answer {
  const asked = call.deployment ?? body.model;
  if (typeof asked !== 'string') return missing(call, 'model');
  if (!knows(call.flavour, asked)) return unknownModel(call, asked);
  const context = contextOf(call, asked);
  const request = { ...body, prompt: body.prompt ?? '<|endoftext|>' };
  return body.stream === true
    ? stream(call, legacyChunks(request, context))
    : json(call, legacyCompletion(request, context), 2);
}

function contextOf({ flavour, id, options }: Call, asked: string): ChatContext {
  const model = flavour === 'openrouter' ? asked : (SNAPSHOTS[asked] ?? asked);
  return { flavour, id, model, usage: options.usage };
}

function knows(flavour: OpenAiFlavour, model: string): boolean {
  if (flavour === 'openrouter') return model.includes('/');
  return flavour === 'azure' || OPENAI_MODEL.test(model);
}

function modelOf(id: string): object {
  return { id, object: 'model', created: 1_715_367_049, owned_by: 'system' };
}

function missing({ flavour, id }: Call, param: string): Answer {
  const message = `Missing required parameter: '${param}'.`;
  return openAiError(flavour, id, 400, { message, param, code: 'missing_required_parameter' });
}

function unknownModel({ flavour, id }: Call, model: string): Answer {
  if (flavour === 'openrouter')
    return openAiError(flavour, id, 400, { message: `${model} is not a valid model ID` });
  const message = `The model \`${model}\` does not exist or you do not have access to it.`;
  return openAiError(flavour, id, 404, { message, code: 'model_not_found' });
}

function notThere({ flavour, id, request }: Call): Answer {
  const message = `Invalid URL (${request.method} ${request.path})`;
  return openAiError(flavour, id, 404, { message, code: null });
}

function json({ flavour, id }: Call, body: unknown, indent?: number): Answer {
  const headers = { ...openAiHeaders(flavour, id), 'content-type': 'application/json' };
  return { status: 200, headers, body: [JSON.stringify(body, null, indent)] };
}

function stream({ flavour, id }: Call, events: readonly string[]): Answer {
  const type = flavour === 'openrouter' ? 'text/event-stream' : 'text/event-stream; charset=utf-8';
  const headers = { ...openAiHeaders(flavour, id), 'content-type': type, 'cache-control': 'no-cache' };
  return { status: 200, headers, body: events };
}
