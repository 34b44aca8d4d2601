/** Turns Gemini's usageMetadata into billable shares: caches out of the prompt, thoughts into the output, checked against the total. */
import type { Premium, TokenUsage, UsagePart } from '@/lib/domain/usage';
import { UNKNOWN_USAGE } from '@/lib/domain/usage';
import { count, isRecord, type JsonRecord, recordsOf, textOf } from '@/lib/wire/bodies/record';

const COUNTERS = [
  'promptTokenCount',
  'cachedContentTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
  'toolUsePromptTokenCount',
  'totalTokenCount',
] as const;

const DETAILS = ['promptTokensDetails', 'toolUsePromptTokensDetails', 'cacheTokensDetails'] as const;

/** Whether an object counts anything: Vertex sends some that only name the kind of traffic. */
export function hasCounters(metadata: JsonRecord): boolean {
  return COUNTERS.some((name) => count(metadata[name]) !== null);
}

/** One answer's share; empty when nothing was counted. */
export function partsOf(metadata: JsonRecord, searches: number | null): UsagePart[] {
  if (!hasCounters(metadata)) return [];
  const premium = premiumOf(metadata);
  const usage = { ...tokensOf(metadata), webSearchRequests: searches };
  const sound = soundOf(metadata);
  return [
    {
      model: null,
      usage,
      ...(premium === null ? {} : { premiums: [premium] }),
      ...(sound === 0 ? {} : { audioInputTokens: sound }),
    },
  ];
}

/**
 * The prompt includes what came from a cache, but not what tools brought in; thoughts stand beside the candidates.
 * What the total holds beyond the counters is billed as what is missing: zeros are left out, but so may be counts.
 */
function tokensOf(metadata: JsonRecord): TokenUsage {
  const prompt = count(metadata['promptTokenCount']);
  const cached = count(metadata['cachedContentTokenCount']);
  const candidates = count(metadata['candidatesTokenCount']);
  const thoughts = count(metadata['thoughtsTokenCount']);
  const toolUse = count(metadata['toolUsePromptTokenCount']);
  const total = count(metadata['totalTokenCount']);
  const known = (prompt ?? 0) + (toolUse ?? 0) + (candidates ?? 0) + (thoughts ?? 0);
  const rest = total === null ? 0 : Math.max(0, total - known);
  const restIsPrompt = prompt === null;
  // A total without the thoughts: then they are among the candidates.
  const thoughtsWithin =
    thoughts !== null && total === known - thoughts && candidates !== null && candidates >= thoughts;
  const input = Math.max(0, (prompt ?? 0) - (cached ?? 0)) + (toolUse ?? 0) + (restIsPrompt ? rest : 0);
  const output = (candidates ?? 0) + (thoughtsWithin ? 0 : (thoughts ?? 0)) + (restIsPrompt ? 0 : rest);
  return {
    ...UNKNOWN_USAGE,
    inputTokens: isKnown(prompt, toolUse, total) ? input : null,
    cacheReadTokens: cached,
    outputTokens: isKnown(candidates, thoughts, total) ? output : null,
    reasoningTokens: thoughts,
  };
}

/** Tokens of sound in the prompt, the tracks of videos included, that came from no cache. */
function soundOf(metadata: JsonRecord): number {
  const [prompt, tools, cached] = DETAILS.map((name) =>
    recordsOf(metadata[name])
      .filter(({ modality }) => modality === 'AUDIO')
      .reduce((sum, { tokenCount }) => sum + (count(tokenCount) ?? 0), 0),
  );
  return Math.max(0, (prompt ?? 0) + (tools ?? 0) - (cached ?? 0));
}

/** Zeros are left out of the JSON: next to any of its neighbours a missing count is a zero. */
const isKnown = (...counts: readonly (number | null)[]) => counts.some((one) => one !== null);

/** How the call was really served: the Gemini API names the tier, Vertex the traffic. */
function premiumOf(metadata: JsonRecord): Premium | null {
  const tier = textOf(metadata['serviceTier'])?.toLowerCase() ?? '';
  const traffic = textOf(metadata['trafficType'])?.toLowerCase() ?? '';
  if (tier.endsWith('flex') || traffic.endsWith('_flex')) return 'flex';
  return tier.endsWith('priority') || traffic.endsWith('_priority') ? 'priority' : null;
}

/** Up to Gemini 2.5 a prompt is billed that was answered with a search, from 3 on every query (ai.google.dev, pricing). */
export function isPricedPerQuery(model: string): boolean {
  const generation = /gemini-(\d+)/.exec(model)?.[1];
  return generation === undefined || Number(generation) >= 3;
}

/** What an answer says about searches, gathered over its chunks. */
export class Grounding {
  private readonly queries = new Set<string>();
  private seen = false;
  private mapped = false;

  observe(candidates: unknown): void {
    for (const candidate of recordsOf(candidates)) {
      const metadata = candidate['groundingMetadata'];
      if (!isRecord(metadata)) continue;
      this.seen = true;
      const { webSearchQueries, groundingChunks } = metadata;
      for (const query of Array.isArray(webSearchQueries) ? webSearchQueries : [])
        if (textOf(query) !== null) this.queries.add(String(query));
      this.mapped ||= recordsOf(groundingChunks).some(({ maps }) => isRecord(maps));
    }
  }

  /** Searches to be billed; `null` where the answer says nothing of any. */
  searches(model: string): number | null {
    if (!this.seen) return null;
    const { size } = this.queries;
    // Places from the map come without queries.
    const uses = size === 0 && this.mapped ? 1 : size;
    return isPricedPerQuery(model) ? uses : Math.min(1, uses);
  }
}
