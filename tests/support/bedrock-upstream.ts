/** A local stand-in for Amazon Bedrock's runtime API, written from its public documentation; it checks signatures. */
import type { AnthropicUsage } from '@/tests/support/anthropic-messages';
import { signatureProblem, type AwsCredentials } from '@/tests/support/aws-sigv4';
import {
  converse,
  converseEvents,
  converseTokens,
  type ConverseBody,
  type ConverseUsage,
} from '@/tests/support/bedrock-converse';
import { invoke, type Body, type Invoked } from '@/tests/support/bedrock-invoke';
import { EVENT_STREAM, eventFrame, framePadding } from '@/tests/support/event-stream-frames';
import { countTokens } from '@/tests/support/spoken-answer';
import type { Answer } from '@/tests/support/upstream-answer';
import { startUpstreamServer, type RecordedRequest, type Upstream } from '@/tests/support/upstream-server';

export interface BedrockUpstreamOptions {
  /** The long-term API key that is taken as a bearer token. */
  readonly apiKey?: string;
  /** The credentials whose signature is taken. */
  readonly credentials?: AwsCredentials;
  readonly region?: string;
  /** Usage fields of Claude's own answers that replace the computed ones. */
  readonly usage?: Partial<AnthropicUsage>;
  /** Usage fields of Converse answers that replace the computed ones. */
  readonly converseUsage?: Partial<ConverseUsage>;
}

export const BEDROCK_KEY = 'ABSKtest-operator-key';
export const BEDROCK_REGION = 'us-east-1';
export const BEDROCK_CREDENTIALS: AwsCredentials = {
  accessKeyId: 'AKIATESTOPERATOR0001',
  secretAccessKey: 'test/secret+access/key',
};

const PATH = /^\/model\/([^/]+)\/(invoke|invoke-with-response-stream|converse|converse-stream|count-tokens)$/;
const KNOWN_MODEL =
  /^(anthropic\.claude|amazon\.(titan|nova)|meta\.llama|cohere\.embed|mistral\.|deepseek\.|qwen\.)/;
const LATENCY_MS = '738';
const FRONT_DOOR = 'http://internal.amazon.com/coral/com.amazon.coral.service/';
const SERVICE = 'http://internal.amazon.com/coral/com.amazon.bedrock/';

const ERRORS: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ['ValidationException', 'The provided request is not valid.'],
  403: ['AccessDeniedException', "You don't have access to the model with the specified model ID."],
  404: ['ResourceNotFoundException', 'The specified resource ARN was not found.'],
  408: ['ModelTimeoutException', 'Model has timed out in processing the request.'],
  424: ['ModelErrorException', 'The model encountered an unexpected error while processing the request.'],
  429: ['ThrottlingException', 'Too many requests, please wait before trying again.'],
  500: ['InternalServerException', 'The system encountered an unexpected error during processing.'],
  503: ['ServiceUnavailableException', 'Bedrock is unable to process your request.'],
};

export function startBedrockUpstream(options: BedrockUpstreamOptions = {}): Promise<Upstream> {
  let answers = 0;
  const nextId = (): string => String(++answers).padStart(12, '0');
  return startUpstreamServer({
    answer: (request) => answerRequest(request, options, nextId()),
    error: (status) => {
      const [type, message] = ERRORS[status] ?? ['UnknownException', 'Unexpected error'];
      return errorAnswer(status, type, message, nextId());
    },
  });
}

function answerRequest(request: RecordedRequest, options: BedrockUpstreamOptions, id: string): Answer {
  const refused = authProblem(request, options, id);
  if (refused !== null) return refused;
  // The raw path: a model's name may hold encoded slashes.
  const [rawPath = ''] = request.url.split('?', 1);
  const [, rawModel = '', verb = ''] = PATH.exec(rawPath) ?? [];
  if (request.method !== 'POST' || verb === '') {
    return errorAnswer(404, 'UnknownOperationException', 'Unable to determine service/operation name', id);
  }
  const model = familyName(decodeURIComponent(rawModel));
  if (!KNOWN_MODEL.test(model)) return invalid('The provided model identifier is invalid.', id);
  let body: unknown;
  try {
    body = request.json();
  } catch {
    return invalid('The request body is not valid JSON.', id);
  }
  switch (verb) {
    case 'converse':
    case 'converse-stream':
      return answerConverse(body as ConverseBody, verb === 'converse-stream', options, id);
    case 'count-tokens':
      return answerCount(body as CountBody, model, id);
    default: {
      const invoked = invoke(body as Body, { model, id, usage: options.usage });
      if (typeof invoked === 'string') return invalid(invoked, id);
      return verb === 'invoke' ? invokedWhole(invoked, id) : invokedStream(invoked, id);
    }
  }
}

function authProblem(request: RecordedRequest, options: BedrockUpstreamOptions, id: string): Answer | null {
  const { authorization } = request.headers;
  const refuse = (type: string, message: string): Answer => errorAnswer(403, type, message, id, FRONT_DOOR);
  if (authorization === undefined)
    return refuse('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const bearer = /^Bearer (.+)$/i.exec(authorization)?.[1];
  if (bearer !== undefined) {
    if (bearer === (options.apiKey ?? BEDROCK_KEY)) return null;
    return refuse('AccessDeniedException', 'Authentication failed: Please make sure your API Key is valid.');
  }
  const problem = signatureProblem(request, {
    credentials: options.credentials ?? BEDROCK_CREDENTIALS,
    region: options.region ?? BEDROCK_REGION,
    service: 'bedrock',
  });
  return problem === null ? null : refuse(problem.type, problem.message);
}

/** Inference profiles put a region, or an ARN, before the model's name. */
function familyName(model: string): string {
  return model.replace(/^arn:.*\//, '').replace(/^(us|us-gov|eu|apac|jp|au|ca|global)\./, '');
}

function invokedWhole(invoked: Invoked, id: string): Answer {
  const { inputTokens, outputTokens, cacheRead, cacheWrite } = invoked;
  const name = 'x-amzn-bedrock';
  const headers: Record<string, string> = {
    ...baseHeaders(id),
    'content-type': 'application/json',
    [`${name}-invocation-latency`]: LATENCY_MS,
    [`${name}-input-token-count`]: String(inputTokens),
  };
  if (outputTokens !== null) headers[`${name}-output-token-count`] = String(outputTokens);
  if (cacheRead !== undefined) headers[`${name}-cache-read-input-token-count`] = String(cacheRead);
  if (cacheWrite !== undefined) headers[`${name}-cache-write-input-token-count`] = String(cacheWrite);
  return { status: 200, headers, body: [JSON.stringify(invoked.whole)] };
}

/** Chunks hold their JSON in base64; the last one also says what the invocation took. */
function invokedStream(invoked: Invoked, id: string): Answer {
  const {
    chunks,
    inputTokens: inputTokenCount,
    outputTokens: outputTokenCount,
    cacheRead,
    cacheWrite,
  } = invoked;
  if (chunks.length === 0) return invalid('The model is unsupported for streaming.', id);
  const metrics = {
    inputTokenCount,
    outputTokenCount,
    invocationLatency: Number(LATENCY_MS),
    firstByteLatency: 378,
    ...(cacheRead === undefined ? {} : { cacheReadInputTokenCount: cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWriteInputTokenCount: cacheWrite }),
  };
  const frames = chunks.map((chunk, at) => {
    const last = at === chunks.length - 1;
    const json = JSON.stringify(last ? { ...chunk, 'amazon-bedrock-invocationMetrics': metrics } : chunk);
    return eventFrame('chunk', { bytes: Buffer.from(json).toString('base64'), p: framePadding(at) });
  });
  return streamAnswer(frames, id, { 'x-amzn-bedrock-content-type': 'application/json' });
}

function answerConverse(
  body: ConverseBody,
  stream: boolean,
  options: BedrockUpstreamOptions,
  id: string,
): Answer {
  if (!Array.isArray(body.messages)) {
    const message =
      "1 validation error detected: Value at 'messages' failed to satisfy constraint: Member must not be null";
    return invalid(message, id);
  }
  const answer = converse(body, id, options.converseUsage);
  if (!stream) return jsonAnswer(200, answer, id);
  const events = converseEvents(answer);
  const frames = events.map(([type, payload], at) => eventFrame(type, { ...payload, p: framePadding(at) }));
  return streamAnswer(frames, id);
}

interface CountBody {
  readonly input?: {
    readonly invokeModel?: { readonly body: string };
    readonly converse?: ConverseBody;
  };
}

function answerCount({ input }: CountBody, model: string, id: string): Answer {
  if (!model.startsWith('anthropic.claude')) {
    return invalid("The provided model doesn't support counting tokens.", id);
  }
  if (input?.converse !== undefined)
    return jsonAnswer(200, { inputTokens: converseTokens(input.converse) }, id);
  if (input?.invokeModel === undefined) return invalid('input: exactly one member must be set', id);
  try {
    const json = Buffer.from(input.invokeModel.body, 'base64').toString('utf8');
    const { system, messages, tools, anthropic_version: version } = JSON.parse(json) as Body;
    if (version === undefined) return invalid('anthropic_version: Field required', id);
    return jsonAnswer(200, { inputTokens: countTokens({ system, messages, tools }) }, id);
  } catch {
    return invalid('input.invokeModel.body: not valid JSON', id);
  }
}

function invalid(message: string, id: string): Answer {
  return errorAnswer(400, 'ValidationException', message, id);
}

function errorAnswer(status: number, type: string, message: string, id: string, origin = SERVICE): Answer {
  const answer = jsonAnswer(status, { message }, id);
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': `${type}:${origin}` } };
}

function jsonAnswer(status: number, body: unknown, id: string): Answer {
  const headers = { ...baseHeaders(id), 'content-type': 'application/json' };
  return { status, headers, body: [JSON.stringify(body)] };
}

function streamAnswer(frames: readonly Buffer[], id: string, more: Record<string, string> = {}): Answer {
  return {
    status: 200,
    headers: { ...baseHeaders(id), 'content-type': EVENT_STREAM, ...more },
    body: frames,
  };
}

function baseHeaders(id: string): Record<string, string> {
  return { 'x-amzn-requestid': `b91ca07a-c9fb-4608-94b2-${id}` };
}
