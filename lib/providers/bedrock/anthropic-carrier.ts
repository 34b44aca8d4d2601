/** Carries Anthropic's Messages through Bedrock: the body into InvokeModel's, its frames back into server-sent events. */
import { UpstreamFault, type UpstreamResponse } from '@/lib/providers/provider';
import { fromBase64, toBase64 } from '@/lib/std/base64';
import { concatBytes, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { type EventFrame, EventStreamFramer } from '@/lib/std/event-stream';
import { type JsonValue, removeTopLevel, replaceTopLevel } from '@/lib/std/json-edit';

/** Bedrock's name for Anthropic's first version; the later ones it takes under their own. */
const FIRST_VERSION = 'bedrock-2023-05-31';
const ANTHROPIC_FIRST_VERSION = '2023-06-01';
const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** An error's text is a sentence or two; more than this is no error of Bedrock's. */
const MAX_ERROR_CHARS = 64 * 1024;
/** CountTokens wants a whole InvokeModel body, whose output allowance plays no part: enough above any thinking budget. */
const COUNT_MAX_TOKENS = 4_096;

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

/** The betas AWS documents for Bedrock. It refuses a call for one it doesn't know, and clients send those of Anthropic's own API too. */
const DOCUMENTED_BETAS: ReadonlySet<string> = new Set([
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'token-efficient-tools-2025-02-19',
  'interleaved-thinking-2025-05-14',
  'output-128k-2025-02-19',
  'dev-full-thinking-2025-05-14',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'effort-2025-11-24',
  'tool-search-tool-2025-10-19',
  'tool-examples-2025-10-29',
  'compact-2026-01-12',
]);
const BETA_REFUSED = /invalid beta flag/i;

/** Carries a call with all its betas; where Bedrock refuses one of them, once more with those that are documented. */
export async function carryMessages(
  body: Uint8Array,
  headers: Headers,
  counting: boolean,
  send: (carried: Uint8Array) => Promise<UpstreamResponse>,
): Promise<UpstreamResponse> {
  const betas = betasOf(body, headers);
  const version = versionOf(headers);
  const carried = (chosen: readonly string[]) => (counting ? countBody : invokeBody)(body, version, chosen);
  const answer = await send(carried(betas));
  const documented = betas.filter((beta) => DOCUMENTED_BETAS.has(beta));
  if (answer.status !== 400 || documented.length === betas.length) return messagesAnswer(answer, counting);
  const text = await textOf(answer);
  if (BETA_REFUSED.test(text)) return messagesAnswer(await send(carried(documented)), counting);
  return messagesAnswer({ ...answer, body: new Response(text).body }, counting);
}

/** The body as InvokeModel takes it: model and stream are the path's, version and betas go from the headers into it. */
function invokeBody(body: Uint8Array, version: string, betas: readonly string[]): Uint8Array {
  const bare = removeTopLevel(body, ['model', 'stream', 'anthropic_beta']);
  const carried = betas.length === 0 ? {} : { anthropic_beta: betas };
  return replaceTopLevel(bare, { anthropic_version: version, ...carried }, { insertMissing: true });
}

function versionOf(headers: Headers): string {
  const version = headers.get('anthropic-version') ?? ANTHROPIC_FIRST_VERSION;
  return version === ANTHROPIC_FIRST_VERSION ? FIRST_VERSION : version;
}

function betasOf(body: Uint8Array, headers: Headers): readonly string[] {
  const named = (headers.get('anthropic-beta') ?? '').split(',').map((beta) => beta.trim());
  const text = decodeUtf8(body);
  const own = text.includes('"anthropic_beta"') ? fieldsOf(text)['anthropic_beta'] : [];
  const listed = Array.isArray(own) ? own.filter((beta) => typeof beta === 'string') : [];
  return [...new Set([...listed, ...named].filter((beta) => beta !== ''))];
}

/** A body to be counted: the whole InvokeModel body in base64. */
function countBody(body: Uint8Array, version: string, betas: readonly string[]): Uint8Array {
  const { thinking, max_tokens: limit } = fieldsOf(decodeUtf8(body));
  const budget =
    isFields(thinking) && typeof thinking['budget_tokens'] === 'number' ? thinking['budget_tokens'] : 0;
  const filled: Record<string, JsonValue> =
    limit === undefined ? { max_tokens: budget + COUNT_MAX_TOKENS } : {};
  const whole = replaceTopLevel(invokeBody(body, version, betas), filled, { insertMissing: true });
  return encodeUtf8(JSON.stringify({ input: { invokeModel: { body: toBase64(whole) } } }));
}

/** Bedrock's answer as Anthropic would have given it. A whole message is that already. */
async function messagesAnswer(answer: UpstreamResponse, counting: boolean): Promise<UpstreamResponse> {
  const headers = new Headers(answer.headers);
  const requestId = headers.get('x-amzn-requestid');
  if (requestId !== null) headers.set('request-id', requestId);
  if (answer.status >= 400) return errorAnswer(answer, headers);
  if (headers.get('content-type')?.toLowerCase().startsWith(EVENT_STREAM) === true && answer.body !== null) {
    headers.set('content-type', 'text/event-stream; charset=utf-8');
    headers.delete('content-length');
    return { status: answer.status, headers, body: messageEvents(answer.body) };
  }
  if (!counting) return { ...answer, headers };
  const { inputTokens } = fieldsOf(await textOf(answer));
  return jsonAnswer(answer.status, headers, { input_tokens: inputTokens });
}

/** Anthropic's types by the exception's name, and by the status where it is none of these. */
const ERROR_TYPES: Readonly<Record<string, string>> = {
  ThrottlingException: 'rate_limit_error',
  ServiceQuotaExceededException: 'rate_limit_error',
  ModelNotReadyException: 'overloaded_error',
  ServiceUnavailableException: 'overloaded_error',
  ModelTimeoutException: 'timeout_error',
  ValidationException: 'invalid_request_error',
  ResourceNotFoundException: 'not_found_error',
};
const TYPES_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
};

const errorBody = (type: string, message: string) => ({ type: 'error', error: { type, message } });

async function errorAnswer(answer: UpstreamResponse, headers: Headers): Promise<UpstreamResponse> {
  // `ThrottlingException:http://internal.amazon.com/coral/…`
  const [name = ''] = (headers.get('x-amzn-errortype') ?? '').split(':');
  headers.delete('x-amzn-errortype');
  const text = await textOf(answer);
  const { message, Message: shouted } = fieldsOf(text);
  const said = [message, shouted].find((each) => typeof each === 'string') ?? text;
  const type = ERROR_TYPES[name] ?? TYPES_BY_STATUS[answer.status] ?? 'api_error';
  // Bedrock says 400 of a quota of the operator's account; as a 429 the caller's client waits instead of changing its request.
  const status = type === 'rate_limit_error' ? 429 : answer.status;
  return jsonAnswer(status, headers, errorBody(type, said.slice(0, MAX_ERROR_CHARS)));
}

function jsonAnswer(status: number, headers: Headers, body: unknown): UpstreamResponse {
  headers.set('content-type', 'application/json');
  headers.delete('content-length');
  return { status, headers, body: new Response(JSON.stringify(body)).body };
}

async function textOf({ body }: UpstreamResponse): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let left = MAX_ERROR_CHARS;
  const reader = body.getReader();
  while (left > 0) {
    const { done, value } = await reader.read();
    if (done) return decodeUtf8(concatBytes(parts));
    parts.push(value);
    left -= value.length;
  }
  await reader.cancel().catch(() => undefined);
  return decodeUtf8(concatBytes(parts));
}

/** Each frame's JSON as an event, as soon as the frame is whole. A frame that can't be read breaks the stream. */
function messageEvents(frames: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const source = frames.getReader();
  let ready: Uint8Array[] = [];
  let broken = false;
  const framer = new EventStreamFramer(
    (frame) => {
      const event = eventOf(frame);
      if (event === null) broken = true;
      else if (!broken) ready.push(event);
    },
    { onProblem: () => (broken = true) },
  );
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (ready.length === 0) {
          if (broken) throw await unreadable(source);
          const { done, value } = await source.read();
          if (!done) framer.push(value);
          else if (framer.atBoundary) return controller.close();
          else throw await unreadable(source);
        }
        controller.enqueue(concatBytes(ready));
        ready = [];
      },
      cancel: (reason) => source.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

async function unreadable(source: ReadableStreamDefaultReader<Uint8Array>): Promise<UpstreamFault> {
  await source.cancel().catch(() => undefined);
  return new UpstreamFault('reset', 'a frame of the event stream was cut off or damaged', true);
}

const LF = 10;
const CR = 13;
const EMPTY = new Uint8Array();
const BLANK_LINE = encodeUtf8('\n\n');
/** Anthropic's events start with their type, so that most need not be parsed. */
const TYPE_PEEK_BYTES = 64;
const TYPE_AT_HEAD = /^\{"type":"(\w+)"[,}]/;

/** The event of a frame; empty for one that carries none, `null` for one that can't be read. */
function eventOf(frame: EventFrame): Uint8Array | null {
  const payload = fieldsOf(decodeUtf8(frame.payload));
  if (frame.messageType !== 'event') return errorEvent(frame.name, payload);
  const { bytes: encoded } = payload;
  if (frame.name !== 'chunk' || typeof encoded !== 'string') return EMPTY;
  const json = fromBase64(encoded);
  if (json === null) return null;
  const type = TYPE_AT_HEAD.exec(decodeUtf8(json.subarray(0, TYPE_PEEK_BYTES)))?.[1] ?? typeOf(json);
  if (type === null) return EMPTY;
  // A line end inside of the JSON would end the event's line.
  const oneLine = !json.includes(LF) && !json.includes(CR);
  const line = oneLine ? json : encodeUtf8(JSON.stringify(fieldsOf(decodeUtf8(json))));
  return concatBytes([encodeUtf8(`event: ${type}\ndata: `), line, BLANK_LINE]);
}

function typeOf(json: Uint8Array): string | null {
  const { type } = fieldsOf(decodeUtf8(json));
  return typeof type === 'string' && /^\w+$/.test(type) ? type : null;
}

function errorEvent(name: string, payload: Fields): Uint8Array {
  const type = ERROR_TYPES[name.charAt(0).toUpperCase() + name.slice(1)] ?? 'api_error';
  const message = typeof payload['message'] === 'string' ? payload['message'] : name;
  return encodeUtf8(`event: error\ndata: ${JSON.stringify(errorBody(type, message))}\n\n`);
}
