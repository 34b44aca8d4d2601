/** Turns Anthropic's usage objects into billable shares: cache splits, iterations, and what no iteration reports. */
import type { Premium, TokenUsage, UsagePart } from '@/lib/domain/usage';
import { count, isRecord, type JsonRecord, nestedCount } from '@/lib/wire/bodies/record';

/** Calls beside the answer itself; everything else in `iterations` is sampling for the answer. */
const SIDE_CALLS: ReadonlySet<unknown> = new Set(['compaction', 'advisor_message']);

/** A dated snapshot of a model, as in `claude-sonnet-4-5-20250929`. */
const SNAPSHOT_SUFFIX = /^-\d{8}$/;

/**
 * Folds a later usage report into an earlier one: reports are cumulative, so the last non-null value of a
 * field wins and nothing is summed.
 */
export function mergeUsage(earlier: JsonRecord | null, later: JsonRecord): JsonRecord {
  const merged: Record<string, unknown> = { ...earlier };
  for (const [field, value] of Object.entries(later)) {
    if (value !== null || merged[field] === undefined) merged[field] = value;
  }
  return merged;
}

/**
 * The billable shares of one answer. Where `iterations` stands its entries are the bill (Anthropic: compaction
 * and advisor tokens are not in the top-level fields), one part each so that long-context tiers stay per prompt.
 * Empty when nothing was counted.
 */
export function partsOf(usage: JsonRecord, callModel: string): UsagePart[] {
  const entries = Array.isArray(usage['iterations']) ? usage['iterations'].filter(isRecord) : [];
  const top = tokensOf(usage);
  const premiums = premiumsOf(usage);
  if (entries.length === 0) return hasCounts(top) ? [{ model: null, usage: top, ...premiums }] : [];
  const parts = entries.map((entry) => ({
    type: entry['type'],
    split: isRecord(entry['cache_creation']),
    model: modelOf(entry, callModel),
    usage: tokensOf(entry),
  }));
  // A pause right after compaction lists no sampling at all: then the top level is the answer's own share.
  if (parts.every((part) => SIDE_CALLS.has(part.type))) {
    if (hasCounts(top)) parts.push({ type: 'message', split: true, model: null, usage: top });
  } else {
    fillFromTop(parts, top);
  }
  return parts.map(({ model, usage: own }) => ({ model, usage: own, ...(model === null ? premiums : {}) }));
}

/** The speed and place a call was really served with, as the provider reports them (not as they were asked for). */
export function premiumsOf(source: JsonRecord): { premiums?: readonly Premium[] } {
  const premiums: Premium[] = [];
  if (source['speed'] === 'fast') premiums.push('fast');
  if (source['inference_geo'] === 'us') premiums.push('us-only');
  return premiums.length === 0 ? {} : { premiums };
}

type Draft = { type: unknown; split: boolean; model: string | null; usage: TokenUsage };

/** Gives the answer's own entries what only the top level says: reasoning, searches, the 1-hour share, missing kinds. */
function fillFromTop(parts: Draft[], top: TokenUsage): void {
  const own = parts.filter((part) => !SIDE_CALLS.has(part.type));
  const serving = own.at(-1);
  if (serving === undefined) return;
  const kinds = ['inputTokens', 'cacheReadTokens', 'outputTokens', 'webSearchRequests'] as const;
  for (const kind of kinds) {
    if (own.every((part) => part.usage[kind] === null))
      serving.usage = { ...serving.usage, [kind]: top[kind] };
  }
  if (own.every((part) => part.usage.cacheWrite5mTokens === null && part.usage.cacheWrite1hTokens === null)) {
    const { cacheWrite5mTokens, cacheWrite1hTokens } = top;
    serving.usage = { ...serving.usage, cacheWrite5mTokens, cacheWrite1hTokens };
    serving.split = true;
  }
  shareOneHourWrites(own, top.cacheWrite1hTokens ?? 0);
  let reasoning = own.every((part) => part.usage.reasoningTokens === null) ? top.reasoningTokens : null;
  for (const part of own.toReversed()) {
    if (reasoning === null) break;
    const share = Math.min(reasoning, part.usage.outputTokens ?? 0);
    part.usage = { ...part.usage, reasoningTokens: share };
    reasoning -= share;
  }
}

/** Entries without a split of their own take the 1-hour writes that the top level names, up to their own writes. */
function shareOneHourWrites(own: Draft[], total: number): void {
  let left = total;
  for (const part of own) if (part.split) left -= part.usage.cacheWrite1hTokens ?? 0;
  for (const part of own) {
    if (left <= 0) return;
    if (part.split) continue;
    const writes = part.usage.cacheWrite5mTokens ?? 0;
    const share = Math.min(left, writes);
    part.usage = { ...part.usage, cacheWrite5mTokens: writes - share, cacheWrite1hTokens: share };
    left -= share;
  }
}

/** Counts of one usage object or iteration; `null` where it says nothing. */
function tokensOf(usage: JsonRecord): TokenUsage {
  return {
    inputTokens: count(usage['input_tokens']),
    cacheReadTokens: count(usage['cache_read_input_tokens']),
    ...cacheWritesOf(usage),
    outputTokens: count(usage['output_tokens']),
    reasoningTokens: nestedCount(usage, 'output_tokens_details', 'thinking_tokens'),
    webSearchRequests: nestedCount(usage, 'server_tool_use', 'web_search_requests'),
  };
}

/**
 * The split comes with message_start only and can be stale; the total is the bill. More total than split: the
 * rest are 5-minute writes (the default lifetime). Less: the 5-minute share shrinks first.
 */
function cacheWritesOf(usage: JsonRecord): Pick<TokenUsage, 'cacheWrite5mTokens' | 'cacheWrite1hTokens'> {
  const total = count(usage['cache_creation_input_tokens']);
  const split5m = nestedCount(usage, 'cache_creation', 'ephemeral_5m_input_tokens');
  const split1h = nestedCount(usage, 'cache_creation', 'ephemeral_1h_input_tokens');
  if (total === null) return { cacheWrite5mTokens: split5m, cacheWrite1hTokens: split1h };
  const oneHour = split1h === null ? null : Math.min(split1h, total);
  return { cacheWrite5mTokens: total - (oneHour ?? 0), cacheWrite1hTokens: oneHour };
}

/** `null` (the call's own) for no model, the model asked for, or a dated snapshot of it. */
function modelOf(entry: JsonRecord, callModel: string): string | null {
  const model = entry['model'];
  if (typeof model !== 'string' || model === '' || model === callModel) return null;
  return model.startsWith(callModel) && SNAPSHOT_SUFFIX.test(model.slice(callModel.length)) ? null : model;
}

function hasCounts(usage: TokenUsage): boolean {
  return Object.values(usage).some((value) => value !== null);
}
