/** Embeds and counts through Google's SDK, and turns its results and errors into an upstream's answer. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  GoogleGenerativeAI,
  GoogleGenerativeAIFetchError,
  type ErrorDetails,
  type GenerativeModel,
} from '@google/generative-ai';
import { UpstreamFault, type Embedder, type UpstreamResponse } from '@/lib/providers/provider';
import type { EmbedAnswer } from '@/lib/wire/embed/format';

/** Embedding answers take well under a second; a batch of a hundred long texts a few. */
const EMBED_TIMEOUT_MS = 60_000;
/** Counting comes on top of an answer that is already there: better an estimate than a long wait. */
const COUNT_TIMEOUT_MS = 5_000;
/** UTF-8 bytes per token of plain prose, for the estimate when counting fails. */
const BYTES_PER_TOKEN = 4;

/** Google's names for HTTP statuses; the SDK keeps the number only. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** What newer API versions add to the SDK's types. */
interface ReportedUsage {
  readonly usageMetadata?: { readonly promptTokenCount?: number; readonly totalTokenCount?: number };
}
interface Embedding {
  readonly values: number[];
  readonly statistics?: { readonly tokenCount?: number };
}

/**
 * Answers 200 with `{model, embeddings, usage: {input_tokens, estimated?}}`, or Google's own status and error body.
 * A key Google does not know comes as 401, as at every other provider (Google says 400).
 * @throws UpstreamFault when no answer came; `signal.reason` when the caller aborted.
 */
export const geminiEmbedder: Embedder = async (settings, { model: id, contents, signal }) => {
  const baseUrl = settings.baseUrl.replace(/\/+$/, '');
  const name = `models/${encodeURIComponent(id.replace(/^models\//, ''))}`;
  const model = new GoogleGenerativeAI(settings.apiKey).getGenerativeModel({ model: name }, { baseUrl });
  try {
    const { embeddings, reported } = await within(EMBED_TIMEOUT_MS, signal, baseUrl, (own) =>
      embedAll(model, contents, own),
    );
    const usage =
      reported === null
        ? { input_tokens: await countAll(model, contents, signal, baseUrl), estimated: true }
        : { input_tokens: reported };
    const answer: EmbedAnswer = { model: id, embeddings: embeddings.map(({ values }) => values), usage };
    return jsonResponse(200, answer);
  } catch (error) {
    if (error instanceof GoogleGenerativeAIFetchError && error.status !== undefined) {
      return errorResponse(error, error.status);
    }
    throw error;
  }
};

async function embedAll(
  model: GenerativeModel,
  contents: readonly string[],
  signal: AbortSignal,
): Promise<{ embeddings: readonly Embedding[]; reported: number | null }> {
  const requests = contents.map((text) => ({ content: { role: 'user', parts: [{ text }] } }));
  const [only] = requests;
  if (requests.length === 1 && only !== undefined) {
    const answer = await model.embedContent(only, { signal });
    const embeddings = [answer.embedding as Embedding];
    return { embeddings, reported: reportedTokens(answer as ReportedUsage, embeddings) };
  }
  const answer = await model.batchEmbedContents({ requests }, { signal });
  const embeddings = answer.embeddings as Embedding[];
  return { embeddings, reported: reportedTokens(answer as ReportedUsage, embeddings) };
}

/** Tokens the answer itself tells, for the whole or for every vector; `null` when it does not. */
function reportedTokens(answer: ReportedUsage, embeddings: readonly Embedding[]): number | null {
  const whole = answer.usageMetadata?.promptTokenCount ?? answer.usageMetadata?.totalTokenCount;
  if (whole !== undefined) return whole;
  let sum = 0;
  for (const { statistics } of embeddings) {
    if (statistics?.tokenCount === undefined) return null;
    sum += statistics.tokenCount;
  }
  return sum;
}

async function countAll(
  model: GenerativeModel,
  contents: readonly string[],
  signal: AbortSignal,
  baseUrl: string,
): Promise<number> {
  try {
    const request = { contents: contents.map((text) => ({ role: 'user', parts: [{ text }] })) };
    const counted = await within(COUNT_TIMEOUT_MS, signal, baseUrl, (own) =>
      model.countTokens(request, { signal: own }),
    );
    // No content is empty, so that zero cannot be right.
    if (Number.isSafeInteger(counted.totalTokens) && counted.totalTokens > 0) return counted.totalTokens;
  } catch {
    // The vectors are there and billed: an answer with an estimate is worth more than none.
  }
  return contents.reduce((sum, text) => sum + Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN), 0);
}

/** Runs one SDK call under a signal of its own: the SDK overlooks a signal that is already aborted and leaks its timers. */
async function within<T>(
  timeoutMs: number,
  signal: AbortSignal,
  baseUrl: string,
  call: (own: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const own = new AbortController();
  const onAbort = (): void => own.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(onAbort, timeoutMs);
  const connect = watchConnects(new URL(baseUrl).host);
  try {
    return await call(own.signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (own.signal.aborted) {
      throw new UpstreamFault('headers-timeout', 'Gemini did not answer in time.', true, { cause: error });
    }
    if (error instanceof GoogleGenerativeAIFetchError) throw error;
    throw faultOf(connect.error(), error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    connect.stop();
  }
}

/** Why a connection could not be made. The SDK drops the cause of a failed fetch; undici's diagnostics still tell it. */
function watchConnects(host: string): { error: () => unknown; stop: () => void } {
  let failure: unknown = null;
  const listen = (message: unknown): void => {
    const { connectParams, error } = message as { connectParams: { host: string }; error: unknown };
    if (connectParams.host === host) failure = error;
  };
  subscribe(CONNECT_ERROR, listen);
  return { error: () => failure, stop: () => void unsubscribe(CONNECT_ERROR, listen) };
}

const CONNECT_ERROR = 'undici:client:connectError';

function faultOf(connectError: unknown, cause: unknown): UpstreamFault {
  if (connectError === null)
    return new UpstreamFault('reset', 'The answer of Gemini broke off.', true, { cause });
  const { code = '' } = connectError as { code?: string };
  const kind =
    code === 'ENOTFOUND' || code === 'EAI_AGAIN'
      ? 'dns'
      : code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT'
        ? 'connect-timeout'
        : /CERT|SSL|TLS|SELF_SIGNED|ALTNAME|SIGNATURE/.test(code)
          ? 'tls'
          : 'refused';
  return new UpstreamFault(kind, 'Gemini could not be reached.', false, { cause: connectError });
}

function errorResponse(error: GoogleGenerativeAIFetchError, code: number): UpstreamResponse {
  const details = error.errorDetails;
  const badKey = details?.some(({ reason }) => reason === 'API_KEY_INVALID') ?? false;
  const body = {
    error: {
      code,
      message: nativeMessage(error),
      status: STATUS_NAMES[code] ?? 'UNKNOWN',
      ...(details === undefined ? {} : { details }),
    },
  };
  const retryAfter = retrySeconds(details ?? []);
  return jsonResponse(
    badKey ? 401 : code,
    body,
    retryAfter === null ? {} : { 'retry-after': String(retryAfter) },
  );
}

/** The SDK's message without what it put around Google's: the URL before it and the details after it. */
function nativeMessage(error: GoogleGenerativeAIFetchError): string {
  const start = error.message.indexOf(`[${error.status} ${error.statusText}] `);
  const message = start < 0 ? '' : error.message.slice(error.message.indexOf('] ', start) + 2);
  const details = error.errorDetails === undefined ? '' : ` ${JSON.stringify(error.errorDetails)}`;
  return message.endsWith(details) ? message.slice(0, message.length - details.length) : message;
}

/** Seconds of a `RetryInfo` such as `37s`, rounded up; the header that said the same did not survive the SDK. */
function retrySeconds(details: readonly ErrorDetails[]): number | null {
  for (const { retryDelay } of details) {
    const seconds = Number.parseFloat(String(retryDelay));
    if (seconds >= 0) return Math.max(1, Math.ceil(seconds));
  }
  return null;
}

function jsonResponse(status: number, body: unknown, headers: Record<string, string> = {}): UpstreamResponse {
  const answer = Response.json(body, { status, headers });
  return { status, headers: answer.headers, body: answer.body };
}
