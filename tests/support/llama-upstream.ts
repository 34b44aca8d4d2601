/** A local stand-in for llama.cpp's server: OpenAI's chat and embeddings without a key, with figures of its own in each answer. */
import { chatChunks, chatCompletion, type ChatContext, type ChatRequest } from '@/tests/support/openai-chat';
import { answerEmbeddings, type EmbeddingsRequest } from '@/tests/support/openai-embeddings';
import type { Answer } from '@/tests/support/upstream-answer';
import { startUpstreamServer, type RecordedRequest, type Upstream } from '@/tests/support/upstream-server';

/** As the operator calls it, and the file that the server was started with. */
export const LLAMA = {
  provider: 'llama',
  chat: 'house-model',
  embedding: 'house-embedding',
  file: 'Qwen3-8B-Q4_K_M.gguf',
} as const;

const TIMINGS = { cache_n: 0, prompt_n: 9, prompt_ms: 12.4, predicted_n: 21, predicted_ms: 80.2 };

export function startLlamaUpstream(): Promise<Upstream> {
  return startUpstreamServer({ answer, error: (status) => refuse(status, 'refused') });
}

/** The value of `TOLLGATE_PROVIDERS` that makes the gateway use it. */
export function llamaDefinition({ url }: Upstream): string {
  const price = { input: '0.10', output: '0.40' };
  return JSON.stringify([
    {
      name: LLAMA.provider,
      displayName: 'The house’s own server',
      baseUrl: `${url}/v1`,
      formats: ['openai-chat', 'openai-embeddings'],
      models: [
        { id: LLAMA.chat, upstreamId: LLAMA.file, contextTokens: 32_768, maxOutputTokens: 8_192, price },
        { id: LLAMA.embedding, kind: 'embedding', contextTokens: 8_192, price: { input: '0.01' } },
      ],
    },
  ]);
}

function answer(request: RecordedRequest): Answer {
  if (request.headers['authorization'] !== undefined) return refuse(401, 'Invalid API Key');
  if (request.path === '/v1/embeddings') {
    const embedded = answerEmbeddings(request.json() as EmbeddingsRequest);
    return embedded === null ? refuse(400, '"input" must be provided') : json(200, embedded);
  }
  if (request.path !== '/v1/chat/completions') return refuse(404, 'File Not Found');
  const body = request.json() as ChatRequest;
  const context: ChatContext = { flavour: 'openai', id: 'llama', model: LLAMA.file };
  if (body.stream !== true) return json(200, { ...chatCompletion(body, context), timings: TIMINGS });
  const plain = { ...body, stream_options: { ...body.stream_options, include_obfuscation: false } };
  const events = chatChunks(plain, context);
  // The last event before `[DONE]` bears the timings, whether it tells the usage or why the answer ended.
  const last = events.at(-2) ?? '';
  events.splice(-2, 1, last.replace(/\}\n\n$/, `,"timings":${JSON.stringify(TIMINGS)}}\n\n`));
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: events };
}

function refuse(status: number, message: string): Answer {
  return json(status, { error: { code: status, message, type: 'invalid_request_error' } });
}

function json(status: number, body: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', server: 'llama.cpp' },
    body: [JSON.stringify(body)],
  };
}
