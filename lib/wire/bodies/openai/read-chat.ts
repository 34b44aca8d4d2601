/** Reads from a chat completion or completion request what admission must know, and nothing else. */
import type { WireCall } from '@/lib/wire/format';
import type { Premium } from '@/lib/domain/usage';
import { estimatePrompt, type PromptEstimate } from '@/lib/wire/bodies/estimate';
import { refuseChatResources } from '@/lib/wire/bodies/openai/account-resources';
import { mediaOf } from '@/lib/wire/bodies/openai/media';
import { openingOf } from '@/lib/wire/bodies/openai/opening';
import { tierPremium } from '@/lib/wire/bodies/openai/responses-usage';
import { isRecord, type JsonRecord, positive, recordsOf, textOf } from '@/lib/wire/bodies/record';
import { modelOf, plainText, readRequestBody, streamOf } from '@/lib/wire/bodies/request';
import { MOST_WEB_SEARCHES, otherModels, routerSearches, runsAtRouter } from '@/lib/wire/bodies/router-reach';

const DECISIVE_KEYS = [
  'model',
  'models',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'n',
  'best_of',
  'service_tier',
  'plugins',
  'fallbacks',
  'preset',
  'tools',
  'messages',
  'extra_body',
  'google',
  'data_sources',
] as const;

/** What other vendors put before every prompt: some 70 tokens with gpt-oss, 650 with a schema or with Grok 4. */
const VENDOR_PROMPT_TOKENS = 700;
const BY_OPENAI = /^(?:openai\/)?(?:gpt-(?!oss)|o[1-9]|chatgpt-)/;
/** Vendors add a description of how to call tools: Anthropic's, the longest, has some 700 tokens. */
const TOOL_PROMPT_TOKENS = 700;
/** What searches and other tools of the provider put into the prompt, after recorded calls of Anthropic's. */
const SERVER_TOOL_TOKENS = 25_000;
/** Groq's systems search and compute by themselves, told by nothing in the request. */
const AGENT_MODEL = /(?:^|\/)compound/;
/** xAI's default for `search_parameters.max_search_results`, each of which is billed. */
const DEFAULT_SEARCH_RESULTS = 20;
const ONE_HOUR_TTL = /"ttl"\s*:\s*"1h"/;
/** OpenAI's models that search the web with every call, billed per call. */
const SEARCH_MODEL = /-search-(?:preview|api)/;

/** Searches a model makes with every call although its usage doesn't count them; `null` for other models. */
export function builtInSearches(model: string): number | null {
  return SEARCH_MODEL.test(model) ? 1 : null;
}

/**
 * @throws GatewayError `body_invalid` when the body is no JSON object, names no model or something of the operator's
 * account, or gives a decisive key twice; `policy_blocked` for what would reach models that it doesn't name
 */
export function readChatCall(input: { readonly body: Uint8Array }): WireCall {
  const request = readRequestBody(input.body, DECISIVE_KEYS);
  const { record: body, text, escaped } = request;
  const model = modelOf(body);
  const tools = recordsOf(body['tools']);
  refuseChatResources(request, tools);
  const stream = streamOf(body);
  const searches = webSearches(model, body, tools);
  return {
    model,
    otherModels: otherModels(model, body, tools),
    stream,
    reportsUsage: !stream || asksForUsage(body['stream_options']),
    maxOutputTokens: maxOutputTokens(body),
    minOutputTokens: thinkingFloor(body),
    answers: answersOf(body),
    ...promptTokens(input.body.length, text, model, body, tools, searches),
    cacheWrites: cacheWrites(escaped ? plainText(body) : text),
    webSearches: searches,
    premiums: premiums(body['service_tier']),
    session: { id: sessionOf(body), opening: () => openingOf(body['messages']) },
    refersTo: [],
    background: false,
  };
}

/** OpenAI writes caches by itself, at a price since GPT-5.6; only Claude's longer lifetime has to be asked for. */
function cacheWrites(text: string): WireCall['cacheWrites'] {
  return text.includes('"cache_control"') && ONE_HOUR_TTL.test(text) ? '1h' : '5m';
}

function asksForUsage(options: unknown): boolean {
  return isRecord(options) && options['include_usage'] === true;
}

/** Servers differ in which of the two they follow. Predicted text that isn't used counts as output as well. */
function maxOutputTokens(body: JsonRecord): number | null {
  const asked = [body['max_completion_tokens'], body['max_tokens']].map((value) => positive(value));
  const given = asked.filter((value) => value !== null);
  return given.length === 0 ? null : Math.max(...given);
}

/** `n` of the one, or of each of several prompts; `best_of` of them are written for every one that is shown. */
function answersOf({ n, best_of: bestOf, prompt }: JsonRecord): number {
  const isList = Array.isArray(prompt) && typeof prompt[0] !== 'number';
  const prompts = isList ? Math.max(1, prompt.length) : 1;
  return prompts * Math.max(positive(n) ?? 1, positive(bestOf) ?? 1);
}

/** Claude's thinking budget, through Anthropic's compatibility layer or OpenRouter: the allowance must exceed it. */
function thinkingFloor({ thinking, reasoning }: JsonRecord): number {
  const budget =
    (isRecord(thinking) ? positive(thinking['budget_tokens']) : null) ??
    (isRecord(reasoning) ? positive(reasoning['max_tokens']) : null);
  return budget === null ? 0 : budget + 1;
}

function promptTokens(
  bodyBytes: number,
  text: string,
  model: string,
  body: JsonRecord,
  tools: readonly JsonRecord[],
  searches: number,
): PromptEstimate {
  const media = mediaOf(text, model, body['messages']);
  const runsThere = searches > 0 || AGENT_MODEL.test(model) || tools.some(runsAtRouter);
  const overhead =
    (BY_OPENAI.test(model) ? 0 : VENDOR_PROMPT_TOKENS) +
    (tools.length > 0 || Array.isArray(body['functions']) ? TOOL_PROMPT_TOKENS : 0) +
    (runsThere ? SERVER_TOOL_TOKENS : 0);
  return estimatePrompt(bodyBytes, { ...media, tokensCeiling: media.tokensCeiling + overhead });
}

export function webSearches(model: string, body: JsonRecord, tools: readonly JsonRecord[]): number {
  const total =
    (builtInSearches(model) ?? (isRecord(body['web_search_options']) ? 1 : 0)) +
    routerSearches(model, body, tools);
  const search = body['search_parameters'];
  if (!isRecord(search) || search['mode'] === 'off') return total;
  return total + (positive(search['max_search_results'], MOST_WEB_SEARCHES) ?? DEFAULT_SEARCH_RESULTS);
}

/** Only what costs more: whether a call that asks for `flex` is served so is known when it is answered. */
function premiums(serviceTier: unknown): readonly Premium[] {
  const premium = tierPremium(serviceTier);
  return premium === null || premium === 'flex' ? [] : [premium];
}

function sessionOf(body: JsonRecord): string | null {
  return textOf(body['prompt_cache_key']) ?? textOf(body['session_id']);
}
