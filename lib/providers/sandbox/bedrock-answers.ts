/** Simulated answers of Amazon Bedrock: Converse for every model, InvokeModel for Claude. */
import { fromBase64, toBase64 } from '@/lib/std/base64';
import { encodeUtf8 } from '@/lib/std/bytes';
import { type Asked, type Dialect, idsFor, type SandboxAnswer } from './answer';
import { bedrockJson, bedrockRefusal, bedrockStream, eventPart } from './bedrock-frames';
import {
  claudeAnswer,
  claudeProblem,
  type ClaudeUsage,
  type MessagesBody,
  versionProblem,
} from './claude-message';
import { answerConverse, converseProblem, converseTokens } from './converse-answers';
import { type Fields, fieldsOf, parseFields } from './loose-json';
import { promptTokens } from './prompt-tokens';

/** The version Bedrock's own documentation names. */
const VERSION = 'bedrock-2023-05-31';
/** A model's id, with or without the region of an inference profile or the ARN before it. */
const CLAUDE = /(?:^|[./])anthropic\.claude/;
/** As good a figure as any: nothing is measured. */
const LATENCY_MS = 250;
const COUNT_HEADERS = 'x-amzn-bedrock';

export const bedrockAnswers: Dialect = {
  endpoints: {
    '/invoke': (asked) => answerInvoke(asked, false),
    '/invoke-with-response-stream': (asked) => answerInvoke(asked, true),
    '/converse': (asked) => answerConverse(asked, false),
    '/converse-stream': (asked) => answerConverse(asked, true),
    '/count-tokens': answerCount,
  },
  elsewhere: (asked) =>
    bedrockRefusal('ResourceNotFoundException', 'The sandbox has nothing here.', idsFor(asked).requestId),
};

function answerInvoke(asked: Asked, streaming: boolean): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body: MessagesBody = parseFields(asked.body);
  const problem = modelProblem(asked.model) ?? versionProblem(body, VERSION) ?? claudeProblem(body, true);
  if (problem !== null) return bedrockRefusal('ValidationException', problem, requestId);
  const { message, usage, events } = claudeAnswer(body, nameOf(asked.model), random);
  if (!streaming) {
    const headers = countHeaders(usage);
    return bedrockJson(message, { requestId, headers, tokens: usage.output_tokens });
  }
  const parts = events
    // Bedrock sends no pings.
    .filter(({ data }) => data.type !== 'ping')
    .map(({ data, tokens }) => {
      const metrics = { 'amazon-bedrock-invocationMetrics': metricsOf(usage) };
      const json = JSON.stringify(data.type === 'message_stop' ? { ...data, ...metrics } : data);
      return eventPart('chunk', { bytes: toBase64(encodeUtf8(json)) }, tokens);
    });
  return bedrockStream(parts, requestId, { 'x-amzn-bedrock-content-type': 'application/json' });
}

/** `input` holds one of the two bodies, that of InvokeModel in base64. */
function answerCount(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const input = fieldsOf(parseFields(asked.body)['input']);
  const refuse = (problem: string) => bedrockRefusal('ValidationException', problem, requestId);
  if (input['converse'] !== undefined) {
    const body = fieldsOf(input['converse']);
    const problem = converseProblem(body);
    return problem === null
      ? bedrockJson({ inputTokens: converseTokens(body) }, { requestId })
      : refuse(problem);
  }
  const encoded = fieldsOf(input['invokeModel'])['body'];
  if (typeof encoded !== 'string') return refuse('input: exactly one member must be set');
  const body: MessagesBody = invokeBodyOf(encoded);
  const problem = modelProblem(asked.model) ?? claudeProblem(body, false);
  return problem === null ? bedrockJson({ inputTokens: promptTokens(body) }, { requestId }) : refuse(problem);
}

/** What is no base64 lacks everything. */
function invokeBodyOf(encoded: string): Fields {
  return parseFields(fromBase64(encoded) ?? new Uint8Array());
}

function modelProblem(model: string): string | null {
  if (CLAUDE.test(model)) return null;
  return 'The sandbox knows InvokeModel bodies of Claude only; use Converse for other models.';
}

/** What Claude calls itself there: `claude-sonnet-4-5-20250929`. */
function nameOf(model: string): string {
  return model.replace(/^.*anthropic\./, '').replace(/-v\d+(:\d+)?$/, '');
}

function metricsOf(usage: ClaudeUsage) {
  return {
    inputTokenCount: usage.input_tokens,
    outputTokenCount: usage.output_tokens,
    invocationLatency: LATENCY_MS,
    firstByteLatency: LATENCY_MS,
    cacheReadInputTokenCount: usage.cache_read_input_tokens,
    cacheWriteInputTokenCount: usage.cache_creation_input_tokens,
  };
}

function countHeaders(usage: ClaudeUsage): Record<string, string> {
  return {
    [`${COUNT_HEADERS}-invocation-latency`]: String(LATENCY_MS),
    [`${COUNT_HEADERS}-input-token-count`]: String(usage.input_tokens),
    [`${COUNT_HEADERS}-output-token-count`]: String(usage.output_tokens),
    [`${COUNT_HEADERS}-cache-read-input-token-count`]: String(usage.cache_read_input_tokens),
    [`${COUNT_HEADERS}-cache-write-input-token-count`]: String(usage.cache_creation_input_tokens),
  };
}
