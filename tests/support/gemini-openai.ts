/** Google's OpenAI-compatible layer over the Gemini API: chat completions, embeddings and models. */
import { DEFAULT_DIMENSIONS } from '@/tests/support/gemini-vectors';
import { badRequest, googleError, googleJson } from '@/tests/support/google-errors';
import { chatChunks, chatCompletion, type ChatContext, type ChatRequest } from '@/tests/support/openai-chat';
import { answerEmbeddings, type EmbeddingsRequest } from '@/tests/support/openai-embeddings';
import type { Answer } from '@/tests/support/upstream-answer';
import type { RecordedRequest } from '@/tests/support/upstream-server';

export interface CompatFacts {
  readonly id: string;
  /** Whether there is a model of that name, without `models/` before it. */
  readonly knows: (model: string, method: string) => boolean;
  readonly models: readonly string[];
  readonly usage?: Readonly<Record<string, unknown>> | undefined;
}

/** `path` is what follows `/v1beta/openai`. */
export function answerCompat(request: RecordedRequest, path: string, facts: CompatFacts): Answer {
  if (path === '/models' && request.method === 'GET') {
    const data = facts.models.map((id) => ({ id, object: 'model', owned_by: 'google' }));
    return googleJson(200, { object: 'list', data });
  }
  const chat = path === '/chat/completions';
  if (request.method !== 'POST' || (!chat && path !== '/embeddings'))
    return googleError(404, { inArray: true });
  const body = request.json() as ChatRequest | EmbeddingsRequest;
  if (typeof body.model !== 'string') return invalid('model', 'model is not specified');
  const model = body.model.replace(/^models\//, '');
  if (!facts.knows(model, chat ? 'generateContent' : 'embedContent')) {
    const message = `models/${model} is not found for API version v1main, or is not supported.`;
    return googleError(404, { message, inArray: true });
  }
  if (chat)
    return answerChat(body as ChatRequest, { flavour: 'google', id: facts.id, model, usage: facts.usage });
  const embeddings = body as EmbeddingsRequest;
  const dimensions = embeddings.dimensions ?? DEFAULT_DIMENSIONS;
  const answer = answerEmbeddings({ ...embeddings, model, dimensions }, facts.usage);
  return answer === null ? invalid('content', 'contents is not specified') : googleJson(200, answer);
}

function answerChat(body: ChatRequest, context: ChatContext): Answer {
  if (!Array.isArray(body.messages)) return invalid('contents', 'contents is not specified');
  if (body.stream !== true) {
    return { ...googleJson(200, {}), body: [JSON.stringify(chatCompletion(body, context))] };
  }
  const { headers } = googleJson(200, {});
  return {
    status: 200,
    headers: { ...headers, 'content-type': 'text/event-stream' },
    body: chatChunks(body, context),
  };
}

function invalid(field: string, description: string): Answer {
  const message = `* GenerateContentRequest.${field}: ${description}\n`;
  return googleError(400, { message, details: [badRequest(field, description)], inArray: true });
}
