/** The sandbox: a provider that answers in-process with simulated text, so that everything can be tried without a key. */
import type { Provider, UpstreamCall, UpstreamResponse } from '@/lib/providers/provider';
import { type Answerer, type Dialect, REQUEST_ID_HEADER, type SandboxAnswer } from './answer';
import { anthropicAnswers } from './anthropic-answers';
import { bedrockAnswers } from './bedrock-answers';
import { embedAnswers } from './embed-answers';
import { geminiAnswers } from './gemini-answers';
import { openAiChatAnswers } from './openai-chat-answers';
import { openAiEmbeddingsAnswers } from './openai-embeddings-answers';
import { openAiResponsesAnswers } from './openai-responses-answers';
import { find, FORMATS, MODELS, serves } from './stand-ins';
import { vertexClaudeAnswers } from './vertex-claude-answers';

/** As long as an ordinary chat model takes to begin. */
const FIRST_TOKEN_MS = 250;
/** About forty tokens a second, an ordinary chat model's speed. */
const TOKEN_MS = 25;

const DIALECTS: Readonly<Record<string, Dialect>> = {
  'anthropic-messages': anthropicAnswers,
  embed: embedAnswers,
  'openai-chat': openAiChatAnswers,
  'openai-responses': openAiResponsesAnswers,
  'openai-embeddings': openAiEmbeddingsAnswers,
  gemini: geminiAnswers,
  'vertex-gemini': geminiAnswers,
  'vertex-claude': vertexClaudeAnswers,
  bedrock: bedrockAnswers,
};

/** The sandbox at a realistic pace. */
export const sandbox: Provider = createSandbox({ pace: 1 });

type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

/** `pace` multiplies every wait: 1 is realistic, 0 answers at once. */
export function createSandbox({ pace }: { readonly pace: number }): Provider {
  const wait: Wait = (ms, signal) => pause(ms * pace, signal);

  return {
    name: 'sandbox',
    displayName: 'Sandbox',
    formats: FORMATS,
    compatFormats: [],
    models: MODELS,
    find,
    serves,
    onCallerLeave: 'abort',
    requestIdHeader: REQUEST_ID_HEADER,
    privateResponseHeaders: [],

    async send(call, _settings, signal, tools) {
      signal.throwIfAborted();
      const { model, params, search } = call;
      const body = call.body ?? new Uint8Array();
      const answer = answererOf(call)({ body, model, params, search, nowMs: tools.nowMs() });
      const tokens = answer.parts.reduce((sum, part) => sum + part.tokens, 0);
      if (tokens > 0) await wait(FIRST_TOKEN_MS, signal);
      if (answer.streamed) return streamResponse(answer, signal, wait);
      await wait(tokens * TOKEN_MS, signal);
      return wholeResponse(answer);
    },

    probe: () => Promise.resolve({ status: 200, headers: new Headers(), body: new Response('{}').body }),
  };
}

/** @throws Error for a format it doesn't speak, which no call is authorized for */
function answererOf({ format, endpoint }: UpstreamCall): Answerer {
  const dialect = DIALECTS[format];
  if (dialect === undefined) throw new Error(`the sandbox does not speak ${format}`);
  const ends = Object.keys(dialect.endpoints).filter((end) => endpoint.path.endsWith(end));
  const end = ends.toSorted((a, b) => b.length - a.length)[0];
  const answerer = end === undefined ? undefined : dialect.endpoints[end];
  return answerer ?? dialect.elsewhere;
}

function wholeResponse({ status, headers, parts }: SandboxAnswer): UpstreamResponse {
  const [only] = parts;
  const body = new Response((only?.bytes ?? new Uint8Array()) as Uint8Array<ArrayBuffer>).body;
  return { status, headers: new Headers(headers), body };
}

/** One chunk per part; aborting the signal breaks the body off with the signal's reason. */
function streamResponse(answer: SandboxAnswer, signal: AbortSignal, wait: Wait): UpstreamResponse {
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  const parts = answer.parts.values();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = parts.next();
        if (next.done === true) {
          controller.close();
          return;
        }
        await wait(next.value.tokens * TOKEN_MS, stop);
        controller.enqueue(next.value.bytes);
      },
      cancel: (reason) => left.abort(reason),
    },
    { highWaterMark: 0 },
  );
  return { status: answer.status, headers: new Headers(answer.headers), body };
}

/** Waits, or rejects with the signal's reason as soon as it is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
