/** Reads from a Bedrock request what admission must know: InvokeModel in each family's own fields, Converse, CountTokens. */
import { GatewayError } from '@/lib/domain/errors';
import { askedAs } from '@/lib/wire/bedrock/tiers';
import { mediaOf } from '@/lib/wire/bedrock/media';
import { INVOKE_KEYS, outputLimit } from '@/lib/wire/bedrock/output-limits';
import { readCall as readMessages } from '@/lib/wire/bodies/anthropic/read-call';
import { estimatePrompt } from '@/lib/wire/bodies/estimate';
import { isRecord, type JsonRecord, positive, recordsOf, textOf } from '@/lib/wire/bodies/record';
import { plainText, readRequestBody, type RequestBody } from '@/lib/wire/bodies/request';
import type { CallPlace, WireCall } from '@/lib/wire/format';

/** Models document hidden tool-use system prompts of up to about 700 tokens. */
const TOOL_PROMPT_TOKENS = 700;
/** Tools that Bedrock runs inside the call (Nova's grounding and code interpreter): their results are prompt tokens. */
const SYSTEM_TOOL_TOKENS = 25_000;
/** Answers one call may ask for; models give at most five. */
const MOST_ANSWERS = 128;
/** Fields that ask for several answers: OpenAI's, Cohere's, AI21's. */
const ANSWER_COUNTS = ['n', 'num_generations', 'numResults'] as const;

/** What a Converse body reaches for outside of itself, and its limits. */
const CONVERSE_KEYS = ['guardrailConfig', 'inferenceConfig', 'additionalModelRequestFields'] as const;

const ONE_HOUR_TTL = /"ttl"\s*:\s*"1h"/;
/** Claude's Messages bodies; what came before them was a plain prompt. */
const CLAUDE_MESSAGES = /\bclaude-(?!v2|instant)/;

interface Input extends CallPlace {
  readonly body: Uint8Array;
  readonly headers: Headers;
}

/** @throws GatewayError `body_invalid`; `policy_blocked` for what would reach for other resources of the operator's account */
export function readCall(input: Input): WireCall {
  const { endpoint, params, headers } = input;
  const model = params['model'] ?? '';
  const stream = endpoint.name.endsWith('stream');
  if (headers.has('x-amzn-bedrock-guardrailidentifier')) throw foreignGuardrail();
  if (endpoint.name.startsWith('converse')) return readConverse(input, model, stream);
  if (endpoint.kind === 'count') return readInvoke(input, model, stream);
  // A profile of the operator's own tells its family by the version that Claude's bodies must name.
  const claude = CLAUDE_MESSAGES.test(model) || isClaudeBody(input.body, model);
  if (!claude) return readInvoke(input, model, stream);
  const call = readMessages(input, { model, stream });
  return { ...call, premiums: [...call.premiums, ...askedAs(null, headers)] };
}

function isClaudeBody(body: Uint8Array, model: string): boolean {
  return model.startsWith('arn:') && readRequestBody(body, []).record['anthropic_version'] !== undefined;
}

/** What all bodies have in common. */
function commonCall(input: Input, model: string, stream: boolean, body: RequestBody, converse: boolean) {
  const { record, text, escaped } = body;
  const media = mediaOf(body);
  const hasTools = isRecord(record['toolConfig']) || record['tools'] !== undefined;
  const overhead =
    (hasTools ? TOOL_PROMPT_TOKENS : 0) + (text.includes('"systemTool"') ? SYSTEM_TOOL_TOKENS : 0);
  return {
    model,
    otherModels: [],
    stream,
    reportsUsage: true,
    maxOutputTokens: outputLimit(record, converse),
    minOutputTokens: thinkingFloor(record, converse),
    answers: Math.max(1, ...ANSWER_COUNTS.map((key) => positive(record[key], MOST_ANSWERS) ?? 1)),
    ...estimatePrompt(input.body.length, { ...media, tokensCeiling: media.tokensCeiling + overhead }),
    cacheWrites: cacheWrites(escaped ? plainText(record) : text),
    webSearches: 0,
    premiums: askedAs(record, input.headers),
    refersTo: [],
    background: false,
  };
}

function readInvoke(input: Input, model: string, stream: boolean): WireCall {
  const body = readRequestBody(input.body, INVOKE_KEYS, { uniqueKeys: true });
  const call = commonCall(input, model, stream, body, false);
  return { ...call, session: { id: null, opening: () => invokeOpening(body.record) } };
}

function readConverse(input: Input, model: string, stream: boolean): WireCall {
  const body = readRequestBody(input.body, CONVERSE_KEYS, { uniqueKeys: true });
  const { record } = body;
  if (record['guardrailConfig'] !== undefined && record['guardrailConfig'] !== null) throw foreignGuardrail();
  const call = commonCall(input, model, stream, body, true);
  const opening = () => {
    const first = recordsOf(record['messages']).find(({ role }) => role === 'user');
    return first === undefined ? null : `${textsOf(record['system'])}\n${textsOf(first['content'])}`;
  };
  return { ...call, session: { id: null, opening } };
}

/** Inside a string the quotes are escaped, so these literals are real keys and values. */
function cacheWrites(text: string): WireCall['cacheWrites'] {
  if (!text.includes('"cachePoint"') && !text.includes('"cache_control"')) return 'none';
  return ONE_HOUR_TTL.test(text) ? '1h' : '5m';
}

/** The limit must exceed the thinking budget. */
function thinkingFloor(record: JsonRecord, converse: boolean): number {
  const fields = converse ? record['additionalModelRequestFields'] : record;
  if (!isRecord(fields)) return 0;
  for (const thinking of [fields['thinking'], fields['reasoning_config']]) {
    const budget = isRecord(thinking) ? positive(thinking['budget_tokens']) : null;
    if (budget !== null) return budget + 1;
  }
  return 0;
}

function invokeOpening(record: JsonRecord): string | null {
  const messages = recordsOf(record['messages']);
  const first = messages.find(({ role }) => role === 'user');
  if (first === undefined) return textOf(record['prompt']);
  const system = record['system'] ?? messages.find(({ role }) => role === 'system')?.['content'];
  return `${textsOf(system)}\n${textsOf(first['content'])}`;
}

/** Text of a content that is a string or a list of blocks; other blocks tell conversations apart by their keys alone. */
function textsOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return recordsOf(content)
    .map((block) => textOf(block['text']) ?? `[${Object.keys(block).join()}]`)
    .join('\n');
}

/** It is billed by the characters it reads, which no usage tells, and it is the operator's own resource. */
function foreignGuardrail(): GatewayError {
  const message = 'Guardrails belong to the AWS account behind this gateway; calls can not choose one.';
  return new GatewayError('policy_blocked', message, { headers: { 'x-should-retry': 'false' } });
}
