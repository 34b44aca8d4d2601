/** Turns the usage objects of Chat Completions and its relatives into one billable share. */
import type { UsagePart } from '@/lib/domain/usage';
import { tierPremium } from '@/lib/wire/bodies/openai/responses-usage';
import { count, isRecord, type JsonRecord, nestedCount } from '@/lib/wire/bodies/record';

/** What stands beside a usage object and decides how it is read. */
export interface UsageContext {
  /** The answer's `service_tier`: how the call was really served. */
  readonly serviceTier: unknown;
  /** Searches the model makes with every call, which no usage object of its vendor counts; `null`: none. */
  readonly searches: number | null;
}

/** The usage object of a whole answer or a chunk, wherever the vendor puts it; `null` for none with a count in it. */
export function usageOf(answer: JsonRecord): JsonRecord | null {
  const { usage, x_groq: groq } = answer;
  if (isRecord(usage) && hasCount(usage)) return usage;
  const inner = isRecord(groq) ? groq['usage'] : null;
  return isRecord(inner) && hasCount(inner) ? inner : null;
}

/** All counts zero is a report of nothing used, and is kept as one. */
export function chatPart(usage: JsonRecord, { serviceTier, searches }: UsageContext): UsagePart {
  const premium = tierPremium(serviceTier);
  const counts = countsOf(usage);
  return {
    model: null,
    usage: {
      ...promptTokensOf(counts),
      ...completionTokensOf(counts),
      webSearchRequests: searchesOf(usage) ?? searches,
    },
    ...(premium === null ? {} : { premiums: [premium] }),
  };
}

/** What the row keeps: the usage as it came, and the tier where it decides the price. */
export function rawUsage(usage: JsonRecord, serviceTier: unknown): JsonRecord {
  return tierPremium(serviceTier) === null ? usage : { ...usage, service_tier: serviceTier };
}

function hasCount(usage: JsonRecord): boolean {
  return ['prompt_tokens', 'completion_tokens', 'total_tokens'].some((name) => count(usage[name]) !== null);
}

/** What a usage object counts, in its vendor's own terms. */
interface Counts {
  readonly prompt: number | null;
  readonly completion: number | null;
  readonly cached: number | null;
  readonly written: number | null;
  readonly reasoning: number | null;
  /** Tokens of the total that are neither prompt nor completion. */
  readonly unnamed: number;
}

function countsOf(usage: JsonRecord): Counts {
  const prompt = count(usage['prompt_tokens']);
  const completion = count(usage['completion_tokens']);
  const total = count(usage['total_tokens']);
  return {
    prompt,
    completion,
    cached:
      nestedCount(usage, 'prompt_tokens_details', 'cached_tokens') ??
      count(usage['prompt_cache_hit_tokens']) ??
      count(usage['cached_tokens']) ??
      count(usage['num_cached_tokens']),
    written:
      nestedCount(usage, 'prompt_tokens_details', 'cache_write_tokens') ??
      nestedCount(usage, 'prompt_tokens_details', 'cache_creation_input_tokens') ??
      nestedCount(usage, 'prompt_tokens_details', 'cache_creation_tokens'),
    reasoning:
      nestedCount(usage, 'completion_tokens_details', 'reasoning_tokens') ?? count(usage['reasoning_tokens']),
    unnamed: total === null || prompt === null ? 0 : Math.max(0, total - prompt - (completion ?? 0)),
  };
}

/**
 * Prompt counts include what was read from a cache and what was written to one. Reads and writes that are more
 * than the prompt together are the same tokens counted twice: they are billed once, as the dearer write. Where the
 * total has room for them beside prompt and completion, the prompt left them out.
 */
function promptTokensOf({ prompt, cached, written, unnamed }: Counts) {
  const [read, write] = [cached ?? 0, written ?? 0];
  const beside = unnamed > 0 && unnamed === read + write;
  const twice = !beside && prompt !== null && read + write > prompt ? Math.min(read, write) : 0;
  const inside = beside ? 0 : read - twice + write;
  return {
    inputTokens: prompt === null ? null : Math.max(0, prompt - inside),
    cacheReadTokens: cached === null ? null : read - twice,
    cacheWrite5mTokens: written,
    cacheWrite1hTokens: null,
  };
}

/**
 * Completion counts include reasoning. Two vendors leave it out, which shows in the total: xAI names the reasoning
 * beside it, Google's compatibility layer doesn't name it at all.
 */
function completionTokensOf({ completion, cached, written, reasoning, unnamed }: Counts) {
  const isThought =
    (reasoning ?? 0) === 0 ? unnamed !== (cached ?? 0) + (written ?? 0) : reasoning === unnamed;
  if (unnamed > 0 && isThought)
    return { outputTokens: (completion ?? 0) + unnamed, reasoningTokens: unnamed };
  return { outputTokens: completion, reasoningTokens: reasoning };
}

/** OpenRouter's and Perplexity's words for searches that were really made. */
function searchesOf(usage: JsonRecord): number | null {
  return (
    nestedCount(usage, 'server_tool_use', 'web_search_requests') ??
    nestedCount(usage, 'server_tool_use_details', 'web_search_requests') ??
    count(usage['num_search_queries'])
  );
}
