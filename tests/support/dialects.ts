/** Every way of speaking to the gateway, as a client of that dialect speaks: paths, bodies and credentials. */
import { FAMILIES, type Family } from '@/tests/support/refusal-shapes';
import type { RawRequest } from '@/tests/support/raw-http';

export interface DialectCall {
  readonly token?: string;
  readonly model?: string;
  readonly text?: string;
}

export interface Dialect {
  readonly name: string;
  /** Name of the wire format, as token scopes have it. */
  readonly format: string;
  readonly provider: string;
  /** Name of the fake upstream behind it. */
  readonly upstream: 'anthropic' | 'openai' | 'gemini' | 'vertex' | 'bedrock';
  readonly model: string;
  /** How its streams end an answer that breaks; `null` where the answer is no stream. */
  readonly stream: Stream | null;
  readonly family: Family;
  /** The family of paths nobody serves, where another format owns them. */
  readonly strayFamily?: Family;
  /** Paths of this dialect that nobody serves. */
  readonly strayPaths: readonly string[];
  /** Its answers are put together by an SDK: no byte of the upstream's gets through. */
  readonly throughSdk?: true;
  call(call: DialectCall): RawRequest;
}

export interface Stream {
  readonly contentType: string;
  /** What may stand between two events of a silent stream; `null`: nothing. */
  readonly keepAlive: string | null;
  /** Whether a break can be told in-band. */
  readonly tellsBreak: boolean;
}

type Carrier = 'bearer' | 'x-api-key' | 'x-goog-api-key';

interface Spoken {
  readonly carrier: Carrier;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path: (model: string) => string;
  readonly body: (text: string, model: string) => unknown;
}

function speaking({ carrier, headers = {}, path, body }: Spoken, ownModel: string): Dialect['call'] {
  return ({ token, model = ownModel, text = 'Say hello.' }) => ({
    method: 'POST',
    path: path(model),
    body: JSON.stringify(body(text, model)),
    headers: { 'content-type': 'application/json', ...headers, ...credential(carrier, token) },
  });
}

function credential(carrier: Carrier, token: string | undefined): Record<string, string> {
  if (token === undefined) return {};
  return carrier === 'bearer' ? { authorization: `Bearer ${token}` } : { [carrier]: token };
}

const MAX_TOKENS = 64;
const CLAUDE = 'claude-sonnet-5-5';
const GEMINI = 'gemini-2.5-flash';
const BEDROCK_CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

const SSE = 'text/event-stream';
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
const COMMENT = ': keep-alive\n\n';

const user = (text: string) => [{ role: 'user', content: text }];
const contents = (text: string) => ({
  contents: [{ role: 'user', parts: [{ text }] }],
  generationConfig: { maxOutputTokens: MAX_TOKENS },
});

function messages(stream: boolean): Dialect {
  const spoken: Spoken = {
    carrier: 'x-api-key',
    headers: { 'anthropic-version': '2023-06-01' },
    path: () => '/v1/messages',
    body: (text, model) => ({ model, max_tokens: MAX_TOKENS, stream, messages: user(text) }),
  };
  return {
    name: `anthropic-messages ${stream ? 'stream' : 'whole'}`,
    format: 'anthropic-messages',
    provider: 'anthropic',
    upstream: 'anthropic',
    model: CLAUDE,
    stream: stream ? { contentType: SSE, keepAlive: PING, tellsBreak: true } : null,
    family: FAMILIES.anthropic,
    strayPaths: ['/api/llm/anthropic/v1/nothing'],
    call: speaking(spoken, CLAUDE),
  };
}

function openai(
  name: string,
  family: Family,
  model: string,
  stream: boolean,
  spoken: Pick<Spoken, 'path' | 'body'>,
): Dialect {
  return {
    name: name === 'openai-embeddings' ? name : `${name} ${stream ? 'stream' : 'whole'}`,
    format: name,
    provider: 'openai',
    upstream: 'openai',
    model,
    stream: stream ? { contentType: SSE, keepAlive: COMMENT, tellsBreak: true } : null,
    family,
    strayPaths: ['/api/llm/openai/v1/nothing'],
    call: speaking({ carrier: 'bearer', ...spoken }, model),
  };
}

const chat = (stream: boolean): Dialect =>
  openai('openai-chat', FAMILIES.openai, 'gpt-4o', stream, {
    path: () => '/v1/chat/completions',
    body: (text, model) => ({ model, max_tokens: MAX_TOKENS, stream, messages: user(text) }),
  });

const responses = (stream: boolean): Dialect =>
  openai('openai-responses', FAMILIES.responses, 'gpt-5.1', stream, {
    path: () => '/v1/responses',
    body: (text, model) => ({ model, max_output_tokens: MAX_TOKENS, stream, input: text }),
  });

function gemini(name: string, action: string, stream: Stream | null): Dialect {
  return {
    name: `gemini ${name}`,
    format: 'gemini',
    provider: 'google',
    upstream: 'gemini',
    model: GEMINI,
    stream,
    family: FAMILIES.google,
    strayPaths: ['/v1beta/nothing', '/api/llm/gemini/v1beta/nothing'],
    call: speaking(
      { carrier: 'x-goog-api-key', path: (model) => `/v1beta/models/${model}:${action}`, body: contents },
      GEMINI,
    ),
  };
}

const GEMINI_EVENTS: Stream = { contentType: SSE, keepAlive: null, tellsBreak: true };
/** An element of an array can't come without the comma that only its sender writes. */
const GEMINI_ARRAY: Stream = { contentType: 'application/json', keepAlive: null, tellsBreak: false };

function vertex(publisher: 'google' | 'anthropic', model: string): Dialect {
  const google = publisher === 'google';
  const action = google ? 'streamGenerateContent?alt=sse' : 'streamRawPredict';
  const place = `/vertex/v1/projects/mine/locations/us-east5/publishers/${publisher}/models`;
  const claude = (text: string) => ({
    anthropic_version: 'vertex-2023-10-16',
    max_tokens: MAX_TOKENS,
    stream: true,
    messages: user(text),
  });
  const spoken: Spoken = {
    carrier: 'bearer',
    path: (name) => `${place}/${name}:${action}`,
    body: google ? contents : claude,
  };
  return {
    name: google ? 'vertex-gemini stream' : 'vertex-claude stream',
    format: google ? 'vertex-gemini' : 'vertex-claude',
    provider: 'vertex',
    upstream: 'vertex',
    model,
    stream: google ? GEMINI_EVENTS : { contentType: SSE, keepAlive: PING, tellsBreak: true },
    family: google ? FAMILIES.google : FAMILIES.anthropic,
    // What stands below none of Vertex's publishers is Google's to refuse.
    strayFamily: FAMILIES.google,
    strayPaths: ['/vertex/nothing', '/api/llm/vertex/v1/nothing'],
    call: speaking(spoken, model),
  };
}

const FRAMES: Stream = {
  contentType: 'application/vnd.amazon.eventstream',
  keepAlive: null,
  tellsBreak: true,
};

function bedrock(action: string): Dialect {
  const invoke = action.startsWith('invoke');
  const invocation = (text: string) => ({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: MAX_TOKENS,
    messages: user(text),
  });
  const conversation = (text: string) => ({
    messages: [{ role: 'user', content: [{ text }] }],
    inferenceConfig: { maxTokens: MAX_TOKENS },
  });
  const spoken: Spoken = {
    carrier: 'bearer',
    path: (model) => `/bedrock/model/${encodeURIComponent(model)}/${action}`,
    body: invoke ? invocation : conversation,
  };
  return {
    name: `bedrock ${action}`,
    format: 'bedrock',
    provider: 'bedrock',
    upstream: 'bedrock',
    model: BEDROCK_CLAUDE,
    stream: action.endsWith('stream') ? FRAMES : null,
    family: FAMILIES.bedrock,
    strayPaths: ['/bedrock/nothing', `/model/${encodeURIComponent(BEDROCK_CLAUDE)}/nothing`],
    call: speaking(spoken, BEDROCK_CLAUDE),
  };
}

const EMBEDDING = 'gemini-embedding-001';

const embed: Dialect = {
  name: 'embed',
  format: 'embed',
  provider: 'google',
  upstream: 'gemini',
  model: EMBEDDING,
  stream: null,
  family: FAMILIES.own,
  strayPaths: ['/api/llm/embed/nothing'],
  throughSdk: true,
  call: speaking(
    { carrier: 'x-api-key', path: () => '/api/llm/embed', body: (content, model) => ({ model, content }) },
    EMBEDDING,
  ),
};

export const DIALECTS: readonly Dialect[] = [
  messages(false),
  messages(true),
  chat(false),
  chat(true),
  responses(false),
  responses(true),
  openai('openai-embeddings', FAMILIES.openai, 'text-embedding-3-small', false, {
    path: () => '/v1/embeddings',
    body: (input, model) => ({ model, input }),
  }),
  gemini('whole', 'generateContent', null),
  gemini('stream of events', 'streamGenerateContent?alt=sse', GEMINI_EVENTS),
  gemini('stream as an array', 'streamGenerateContent', GEMINI_ARRAY),
  vertex('google', GEMINI),
  vertex('anthropic', CLAUDE),
  bedrock('invoke'),
  bedrock('invoke-with-response-stream'),
  bedrock('converse'),
  bedrock('converse-stream'),
  embed,
];
