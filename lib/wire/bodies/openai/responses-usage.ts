/** Turns what a Response reports of its usage into billable shares. */
import type { HostedTools, Premium, TokenUsage, UsagePart } from '@/lib/domain/usage';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { hostedToolsOf } from '@/lib/wire/bodies/openai/hosted-tools';
import { count, isRecord, type JsonRecord, nestedCount, recordsOf } from '@/lib/wire/bodies/record';

/** Makes the pictures of the `image_generation` tool where it names no other model (OpenAI's tool reference). */
export const DEFAULT_IMAGE_MODEL = 'gpt-image-1';

/** Fast mode answers as `priority`; no list names a price of its own for `ultrafast`. */
const TIERS: Readonly<Record<string, Premium>> = {
  flex: 'flex',
  priority: 'priority',
  fast: 'priority',
  ultrafast: 'priority',
};

/** The premium of a service tier; `null` for those that cost the list price. */
export function tierPremium(serviceTier: unknown): Premium | null {
  return typeof serviceTier === 'string' ? (TIERS[serviceTier] ?? null) : null;
}

export interface Billed {
  readonly parts: readonly UsagePart[];
  /** The usage object, and beside it what else decides the price. */
  readonly raw: unknown;
  /** Something was made whose cost no figure tells. */
  readonly estimated: boolean;
}

/** The shares of a finished Response: its own, and pictures at the price of the model that drew them. */
export function billedOf(response: JsonRecord, imageModel: string): Billed {
  const { usage } = response;
  const images = imagePart(response, imageModel);
  const tokens = isRecord(usage) ? tokensOf(usage) : null;
  if (tokens === null) return { parts: [], raw: null, estimated: false };
  const premium = tierPremium(response['service_tier']);
  const hostedTools = hostedToolsOf(response);
  const own: UsagePart = {
    model: null,
    usage: { ...tokens, webSearchRequests: searchesOf(response) },
    ...(premium === null ? {} : { premiums: [premium] }),
    ...(hostedTools === null ? {} : { hostedTools }),
  };
  const drew = recordsOf(response['output']).some(({ type }) => type === 'image_generation_call');
  return {
    parts: images === null ? [own] : [own, images],
    raw: rawOf(response, premium, hostedTools),
    estimated: images === null && drew,
  };
}

/** Searches that cost: OpenAI counts them itself of late; before, each call whose action is a search. */
function searchesOf(response: JsonRecord): number | null {
  const { tool_usage: toolUsage } = response;
  const told = isRecord(toolUsage) ? nestedCount(toolUsage, 'web_search', 'num_requests') : null;
  if (told !== null) return told;
  const searches = recordsOf(response['output']).filter(isSearch).length;
  return searches > 0 ? searches : null;
}

/** Opening a page or looking for words in it costs nothing (OpenAI's web search guide); other vendors name no action. */
export function isSearch({ type, action }: JsonRecord): boolean {
  if (type !== 'web_search_call') return false;
  const kind = isRecord(action) ? action['type'] : null;
  return typeof kind !== 'string' || kind === 'search';
}

/** `null` when nothing was counted. Only the object's own fields: vendors nest others of the same names in it. */
function tokensOf(usage: JsonRecord): Omit<TokenUsage, 'webSearchRequests'> | null {
  const input = count(usage['input_tokens']);
  const output = count(usage['output_tokens']);
  if (input === null && output === null) return null;
  return {
    ...inputOf(usage, input),
    outputTokens: output,
    reasoningTokens: nestedCount(usage, 'output_tokens_details', 'reasoning_tokens'),
  };
}

/**
 * Input counts include what was read from a cache and what was written to one. Reads and writes that are more
 * than the input together are the same tokens counted twice: they are billed once, as the dearer write.
 */
function inputOf(usage: JsonRecord, input: number | null) {
  const cached = nestedCount(usage, 'input_tokens_details', 'cached_tokens');
  const written = nestedCount(usage, 'input_tokens_details', 'cache_write_tokens');
  const [read, write] = [cached ?? 0, written ?? 0];
  const twice = input !== null && read + write > input ? Math.min(read, write) : 0;
  const long = Math.min(longWritesOf(usage), write);
  return {
    inputTokens: input === null ? null : Math.max(0, input - (read - twice) - write),
    cacheReadTokens: cached === null ? null : read - twice,
    cacheWrite5mTokens: written === null ? null : write - long,
    cacheWrite1hTokens: long > 0 ? long : null,
  };
}

/** Writes kept for twelve hours cost more than the usual half hour: they stand where other vendors' long writes do. */
function longWritesOf({ input_tokens_details: details }: JsonRecord): number {
  return isRecord(details) ? (nestedCount(details, 'cache_write_tokens_details', 'ttl_12h_tokens') ?? 0) : 0;
}

/** Tokens of the image model, which the usage object leaves out. */
function imagePart({ tool_usage: toolUsage }: JsonRecord, model: string): UsagePart | null {
  const images = isRecord(toolUsage) ? toolUsage['image_gen'] : null;
  if (!isRecord(images)) return null;
  const inputTokens = count(images['input_tokens']) ?? 0;
  const outputTokens = count(images['output_tokens']) ?? 0;
  if (inputTokens + outputTokens === 0) return null;
  return { model, usage: { ...UNKNOWN_USAGE, inputTokens, outputTokens } };
}

/** Read back as a Response's usage, tier and tool usage it rates to the same price, with the fees of what is counted here. */
function rawOf(
  { usage, service_tier: tier, tool_usage: toolUsage }: JsonRecord,
  premium: Premium | null,
  hostedTools: HostedTools | null,
) {
  if (!isRecord(usage)) return null;
  return {
    ...usage,
    ...(premium === null ? {} : { service_tier: tier }),
    ...(isRecord(toolUsage) ? { tool_usage: toolUsage } : {}),
    ...(hostedTools === null
      ? {}
      : { hosted_tools: { container_gb: hostedTools.containerGb, file_searches: hostedTools.fileSearches } }),
  };
}
