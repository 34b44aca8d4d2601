/** The sandbox: a provider that answers in-process with simulated text, so that everything can be tried without a key. */
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { finder } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import type { Provider, UpstreamResponse } from '@/lib/providers/provider';
import {
  answerCount,
  answerMessages,
  errorAnswer,
  type SandboxAnswer,
} from '@/lib/providers/sandbox/anthropic-answers';
import { answerEmbed } from '@/lib/providers/sandbox/embed-answers';
import { encodeUtf8 } from '@/lib/std/bytes';
import { readEmbedBody } from '@/lib/wire/embed/format';

/** As long as an ordinary chat model takes to begin. */
const FIRST_TOKEN_MS = 250;
/** About forty tokens a second, an ordinary chat model's speed. */
const TOKEN_MS = 25;

const MODELS = [...ANTHROPIC_MODELS, ...GOOGLE_MODELS.filter(({ kind }) => kind === 'embedding')];

/** The sandbox at a realistic pace. */
export const sandbox: Provider = createSandbox({ pace: 1 });

/** `pace` multiplies every wait: 1 is realistic, 0 answers at once. */
export function createSandbox({ pace }: { readonly pace: number }): Provider {
  const wait = (ms: number, signal: AbortSignal): Promise<void> => pause(ms * pace, signal);

  return {
    name: 'sandbox',
    displayName: 'Sandbox',
    formats: ['anthropic-messages', 'embed'],
    compatFormats: [],
    models: MODELS,
    find: finder(MODELS, (model) => model.startsWith('claude-')),
    onCallerLeave: 'abort',
    requestIdHeader: 'request-id',
    privateResponseHeaders: [],

    async send(call, _settings, signal) {
      signal.throwIfAborted();
      const body = call.body ?? new Uint8Array();
      switch (call.endpoint.kind) {
        case 'generate': {
          const answer = answerMessages(body);
          if (answer.status === 200) await wait(FIRST_TOKEN_MS, signal);
          if (answer.json === null) return streamResponse(answer, signal, wait);
          await wait(answer.outputTokens * TOKEN_MS, signal);
          return jsonResponse(answer.status, answer.json, answer.requestId);
        }
        case 'count': {
          const answer = answerCount(body);
          return jsonResponse(answer.status, answer.json ?? '', answer.requestId);
        }
        case 'embed':
          return jsonResponse(200, JSON.stringify(answerEmbed(readEmbedBody(body))), 'req_sandbox');
        case 'stored':
        case 'list-models':
        case 'get-model':
          break;
      }
      const answer = errorAnswer(404, 'not_found_error', 'Not Found', 'req_sandbox');
      return jsonResponse(answer.status, answer.json ?? '', answer.requestId);
    },

    probe: () => Promise.resolve(jsonResponse(200, '{}', 'req_sandbox')),
  };
}

function jsonResponse(status: number, json: string, requestId: string): UpstreamResponse {
  const headers = new Headers({ 'content-type': 'application/json', 'request-id': requestId });
  return { status, headers, body: new Response(json).body };
}

/** One chunk per event; aborting the signal breaks the body off with the signal's reason. */
function streamResponse(
  answer: SandboxAnswer,
  signal: AbortSignal,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): UpstreamResponse {
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  const events = answer.events.values();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = events.next();
        if (next.done === true) {
          controller.close();
          return;
        }
        await wait(next.value.token ? TOKEN_MS : 0, stop);
        controller.enqueue(encodeUtf8(next.value.text));
      },
      cancel: (reason) => left.abort(reason),
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'request-id': answer.requestId,
  });
  return { status: answer.status, headers, body };
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
