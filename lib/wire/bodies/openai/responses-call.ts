/** Reads from a Responses request what admission must know, and nothing else. */
import { GatewayError } from '@/lib/domain/errors';
import type { Endpoint, WireCall } from '@/lib/wire/format';
import { estimatePrompt } from '@/lib/wire/bodies/estimate';
import { refuseResponsesResources } from '@/lib/wire/bodies/openai/account-resources';
import { openingOf } from '@/lib/wire/bodies/openai/opening';
import { responsesMediaOf } from '@/lib/wire/bodies/openai/responses-media';
import { serverToolsOf, toolsOf } from '@/lib/wire/bodies/openai/responses-tools';
import { tierPremium } from '@/lib/wire/bodies/openai/responses-usage';
import { isRecord, type JsonRecord, positive, recordsOf, textOf } from '@/lib/wire/bodies/record';
import { readRequestBody, streamOf } from '@/lib/wire/bodies/request';

/** Keys that decide where a call goes, what it may cost and whose answers it builds on. */
const DECISIVE_KEYS = [
  'model',
  'models',
  'stream',
  'max_output_tokens',
  'background',
  'previous_response_id',
  'conversation',
  'prompt_cache_options',
  'service_tier',
  'tools',
  'plugins',
  'fallbacks',
  'preset',
  'input',
  'prompt',
] as const;

/** An item that is named instead of shown, as the AI SDK names earlier answers: a long one. */
export const REFERENCED_ITEM_TOKENS = 2_000;
/** Vendors put instructions of their own before a prompt: DeepSeek's thinking models were billed 78 tokens beyond it. */
const VENDOR_PROMPT_TOKENS = 100;
/** A compacted conversation is far shorter than the longest answer a model writes, and can't be bounded by the caller. */
export const COMPACTION_OUTPUT_TOKENS = 32_000;

/**
 * @throws GatewayError `body_invalid` when the body is no JSON object, names no model, or names a conversation or what
 * else is kept in the operator's account; `policy_blocked` for what would reach models that it doesn't name
 */
export function readResponsesCall(input: {
  readonly endpoint: Endpoint;
  readonly body: Uint8Array;
}): WireCall {
  const request = readRequestBody(input.body, DECISIVE_KEYS);
  const { record: body, text } = request;
  const model = modelOf(body);
  refuseConversation(body['conversation']);
  refuseResponsesResources(request, toolsOf(body));
  const compacts = input.endpoint.name === 'responses-compact';
  const { webSearches, hostedTools, promptTokens, models } = serverToolsOf(model, body);
  const media = responsesMediaOf(text, model, body['input']);
  const hidden = hiddenTokens(text, body);
  const premium = tierPremium(body['service_tier']);
  return {
    model,
    otherModels: models,
    stream: streamOf(body),
    reportsUsage: true,
    maxOutputTokens: compacts ? COMPACTION_OUTPUT_TOKENS : positive(body['max_output_tokens']),
    minOutputTokens: compacts ? COMPACTION_OUTPUT_TOKENS : 0,
    answers: 1,
    ...estimatePrompt(input.body.length, {
      ...media,
      tokensCeiling: media.tokensCeiling + promptTokens + hidden,
    }),
    cacheWrites: cacheWritesOf(body['prompt_cache_options']),
    webSearches,
    ...(hostedTools === null ? {} : { hostedTools }),
    // Flex is the provider's to grant: what costs less than the list never lowers a hold.
    premiums: premium === null || premium === 'flex' ? [] : [premium],
    session: { id: sessionOf(body), opening: () => startOf(body) },
    refersTo: earlierAnswers(body),
    background: body['background'] === true,
  };
}

/** Prompt tokens that stand nowhere in the body; those of earlier answers are added by the gateway, which knows them. */
function hiddenTokens(text: string, { input }: JsonRecord): number {
  const named = text.includes('item_reference')
    ? recordsOf(input).filter(({ type }) => type === 'item_reference').length
    : 0;
  return VENDOR_PROMPT_TOKENS + named * REFERENCED_ITEM_TOKENS;
}

/** The body's own: a model that only an earlier answer names can't be priced beforehand. */
function modelOf({ model }: JsonRecord): string {
  if (typeof model === 'string' && model !== '') return model;
  const message =
    model === undefined || model === null
      ? "Missing required parameter: 'model'. This gateway prices a call by it before it is sent."
      : "Invalid type for 'model': expected a string.";
  throw new GatewayError('body_invalid', message, { param: 'model' });
}

/** Conversations can't be made through the gateway, so none is the caller's. */
function refuseConversation(conversation: unknown): void {
  if (conversation === undefined || conversation === null) return;
  const message =
    "Unsupported parameter: 'conversation'. This gateway keeps no conversations; use 'previous_response_id' instead.";
  throw new GatewayError('body_invalid', message, { param: 'conversation' });
}

/** Newer models write to the cache unasked; twelve-hour writes are asked for. */
function cacheWritesOf(options: unknown): WireCall['cacheWrites'] {
  return isRecord(options) && options['ttl'] === '12h' ? '1h' : '5m';
}

/** @throws GatewayError `body_invalid` for an id that is no text: nobody could tell whose it is */
function earlierAnswers(body: JsonRecord): readonly string[] {
  const { prompt_cache_options: options } = body;
  const compared = isRecord(options) ? options['comparison_response_id'] : undefined;
  return [body['previous_response_id'], compared].flatMap((id) => {
    if (id === undefined || id === null) return [];
    if (typeof id === 'string' && id !== '') return [id];
    throw new GatewayError('body_invalid', "Invalid type for 'previous_response_id': expected a string.");
  });
}

/** Codex names its thread; other agents put their session's id into the cache key or the metadata. */
function sessionOf(body: JsonRecord): string | null {
  const { client_metadata: client, metadata, prompt_cache_key: cacheKey } = body;
  const own = isRecord(client) ? (textOf(client['thread_id']) ?? textOf(client['session_id'])) : null;
  const told = isRecord(metadata) ? textOf(metadata['session_id']) : null;
  return own ?? textOf(cacheKey) ?? told;
}

/** The newest message of a conversation that goes on tells nothing of its start. */
function startOf({ input, instructions, previous_response_id: previous }: JsonRecord): string | null {
  if (typeof previous === 'string') return null;
  return openingOf(typeof input === 'string' ? [{ role: 'user', content: input }] : input, instructions);
}
