/** What one seeded call used: tokens by kind as its provider would report them, from where its conversation stands. */
import { type TokenUsage, UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { AgentKind, ModelLine, Style } from './models';
import type { Random } from './random';

/** Providers cache whole blocks of this many tokens. */
const CACHE_BLOCK = 128;
/** Below this no provider caches. */
const LEAST_CACHED = 1_024;
/** Agents compact a conversation before it outgrows the model. */
const COMPACT_ABOVE = 170_000;
const COMPACTED_TO = 28_000;
const MOST_OUTPUT = 32_000;
const MOST_FRESH = 40_000;
/** Caches run out between two calls so often. */
const CACHE_LOST = 0.01;
const SEARCHES = 0.01;

/** A conversation as its next call finds it. */
export interface Talk {
  readonly talk: AgentKind['talk'];
  readonly oneHourCaches: boolean;
  /** Tokens that the next call repeats; 0 before the first. */
  context: number;
}

interface Asked {
  /** Of the prompt: already said, and new. */
  readonly said: number;
  readonly fresh: number;
  readonly output: number;
}

function ask(random: Random, talk: Talk): Asked {
  const { context } = talk;
  if (talk.talk === 'job')
    return { said: 0, fresh: random.around(2_200, 0.8), output: random.around(190, 0.7) };
  if (talk.talk === 'chat') {
    const fresh = context === 0 ? random.around(900, 0.7) : random.around(120, 0.8);
    return { said: context, fresh, output: random.around(180, 0.7) };
  }
  const fresh = context === 0 ? random.around(15_000, 0.25) : random.around(1_000, 0.9);
  return {
    said: context,
    fresh: Math.min(MOST_FRESH, fresh),
    output: Math.min(MOST_OUTPUT, random.around(320, 1)),
  };
}

function claudeUsage(random: Random, talk: Talk, { said, fresh, output }: Asked): TokenUsage {
  const searches = random.chance(SEARCHES) ? random.between(1, 4) : 0;
  const base = { ...UNKNOWN_USAGE, outputTokens: output, webSearchRequests: searches };
  if (talk.talk !== 'agent')
    return {
      ...base,
      inputTokens: said + fresh,
      cacheReadTokens: 0,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
    };
  // Another session of the same agent may have left its system prompt in the cache.
  const shared = said === 0 && random.chance(0.6) ? Math.floor(fresh * 0.85) : 0;
  const lost = said > 0 && random.chance(CACHE_LOST);
  const read = lost ? 0 : said + shared;
  const written = lost ? said + fresh : fresh - shared;
  return {
    ...base,
    inputTokens: random.between(2, 14),
    cacheReadTokens: read,
    cacheWrite5mTokens: talk.oneHourCaches ? 0 : written,
    cacheWrite1hTokens: talk.oneHourCaches ? written : 0,
  };
}

/** OpenAI and Gemini cache by themselves and report what was found there. */
function implicitUsage(random: Random, style: Style, { said, fresh, output }: Asked): TokenUsage {
  const found = said >= LEAST_CACHED && !random.chance(CACHE_LOST * 2);
  const read = found ? Math.floor((said * 0.98) / CACHE_BLOCK) * CACHE_BLOCK : 0;
  const thought = Math.floor(output * random.next() * 0.7);
  return {
    ...UNKNOWN_USAGE,
    inputTokens: said + fresh - read,
    cacheReadTokens: read,
    outputTokens: output,
    reasoningTokens: style === 'gemini' && thought === 0 ? null : thought,
  };
}

/** The next call's usage; the conversation goes on from there. */
export function nextUsage(random: Random, style: Style, talk: Talk): TokenUsage {
  if (style === 'embedding') return { ...UNKNOWN_USAGE, inputTokens: random.around(900, 1), outputTokens: 0 };
  const asked = ask(random, talk);
  const usage = style === 'claude' ? claudeUsage(random, talk, asked) : implicitUsage(random, style, asked);
  const context = asked.said + asked.fresh + asked.output;
  talk.context = context > COMPACT_ABOVE ? COMPACTED_TO : context;
  return usage;
}

/** Every token of the prompt, cached or not. */
export function promptTokens(usage: TokenUsage): number {
  return (
    (usage.inputTokens ?? 0) +
    (usage.cacheReadTokens ?? 0) +
    (usage.cacheWrite5mTokens ?? 0) +
    (usage.cacheWrite1hTokens ?? 0)
  );
}

/** The usage object in the provider's own words. */
export function rawUsage({ style, streamed }: ModelLine, usage: TokenUsage): string {
  const prompt = promptTokens(usage);
  const output = usage.outputTokens ?? 0;
  const read = usage.cacheReadTokens ?? 0;
  const thought = usage.reasoningTokens ?? 0;
  if (style === 'claude') {
    const [short, long] = [usage.cacheWrite5mTokens ?? 0, usage.cacheWrite1hTokens ?? 0];
    return `{"input_tokens":${usage.inputTokens ?? 0},"cache_creation_input_tokens":${short + long},"cache_read_input_tokens":${read},"cache_creation":{"ephemeral_5m_input_tokens":${short},"ephemeral_1h_input_tokens":${long}},"output_tokens":${output}}`;
  }
  if (style === 'gemini')
    return `{"promptTokenCount":${prompt},"cachedContentTokenCount":${read},"candidatesTokenCount":${output - thought},"thoughtsTokenCount":${thought},"totalTokenCount":${prompt + output}}`;
  if (style === 'embedding') return `{"prompt_tokens":${prompt},"total_tokens":${prompt}}`;
  if (streamed === 'responses')
    return `{"input_tokens":${prompt},"input_tokens_details":{"cached_tokens":${read}},"output_tokens":${output},"output_tokens_details":{"reasoning_tokens":${thought}},"total_tokens":${prompt + output}}`;
  return `{"prompt_tokens":${prompt},"completion_tokens":${output},"total_tokens":${prompt + output},"prompt_tokens_details":{"cached_tokens":${read}},"completion_tokens_details":{"reasoning_tokens":${thought}}}`;
}
