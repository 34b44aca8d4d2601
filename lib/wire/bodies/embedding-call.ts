/** A call for embeddings: it has a model and a prompt, and none of what belongs to generated text. */
import type { PromptEstimate } from '@/lib/wire/bodies/estimate';
import type { WireCall } from '@/lib/wire/format';

export function embeddingCall(
  model: string,
  prompt: PromptEstimate,
  otherModels: readonly string[] = [],
): WireCall {
  return {
    model,
    otherModels,
    stream: false,
    reportsUsage: true,
    maxOutputTokens: 0,
    minOutputTokens: 0,
    answers: 1,
    promptTokensLikely: prompt.promptTokensLikely,
    promptTokensCeiling: prompt.promptTokensCeiling,
    cacheWrites: 'none',
    webSearches: 0,
    premiums: [],
    session: { id: null, opening: () => null },
    refersTo: [],
    background: false,
  };
}
