/** Turns the usage that Bedrock's answers report, in each family's own words, into token counts. */
import { type TokenUsage, UNKNOWN_USAGE } from '@/lib/domain/usage';
import { encodeUtf8 } from '@/lib/std/bytes';
import { count, isRecord, type JsonRecord, nestedCount, recordsOf } from '@/lib/wire/bodies/record';

/** Key of the counts that Bedrock itself adds to the last chunk of a stream. */
export const METRICS = 'amazon-bedrock-invocationMetrics';

const COUNT_HEADERS = {
  inputTokens: 'x-amzn-bedrock-input-token-count',
  outputTokens: 'x-amzn-bedrock-output-token-count',
  cacheReadTokens: 'x-amzn-bedrock-cache-read-input-token-count',
  cacheWrite5mTokens: 'x-amzn-bedrock-cache-write-input-token-count',
} as const;

type Counts = Partial<TokenUsage>;

/** The first that was reported wins, kind by kind. */
export function firstOf(...all: readonly Counts[]): TokenUsage {
  const merged: Record<string, number | null> = { ...UNKNOWN_USAGE };
  for (const counts of all) {
    for (const [kind, value] of Object.entries(counts)) merged[kind] ??= value;
  }
  return merged as unknown as TokenUsage;
}

export function hasCounts(usage: TokenUsage): boolean {
  return Object.values(usage).some((value) => value !== null);
}

/** Converse's `usage`, which Nova's own bodies share: the input excludes the cache, whose fields come under two names. */
export function converseCounts(usage: JsonRecord): Counts {
  const writes = count(usage['cacheWriteInputTokens']) ?? count(usage['cacheWriteInputTokenCount']);
  return {
    inputTokens: count(usage['inputTokens']),
    outputTokens: count(usage['outputTokens']),
    cacheReadTokens: count(usage['cacheReadInputTokens']) ?? count(usage['cacheReadInputTokenCount']),
    ...splitWrites(writes, usage['cacheDetails']),
  };
}

/** `cacheDetails` tells the writes by their lifetime; the total is the bill, its rest the default lifetime's. */
function splitWrites(total: number | null, details: unknown): Counts {
  const byTtl = recordsOf(details);
  const sum = (ttl: string) =>
    byTtl.reduce((all, each) => all + (each['ttl'] === ttl ? (count(each['inputTokens']) ?? 0) : 0), 0);
  if (total === null && byTtl.length === 0) return {};
  const oneHour = Math.min(sum('1h'), total ?? Number.MAX_SAFE_INTEGER);
  const rest = total === null ? sum('5m') : total - oneHour;
  return { cacheWrite5mTokens: rest, cacheWrite1hTokens: byTtl.length === 0 ? null : oneHour };
}

/** OpenAI's `usage`, as gpt-oss, Qwen, DeepSeek, Mistral, Jamba and others report it: the prompt includes what was cached. */
function chatCounts(usage: JsonRecord): Counts {
  const prompt = count(usage['prompt_tokens']);
  const cached = nestedCount(usage, 'prompt_tokens_details', 'cached_tokens');
  return {
    inputTokens: prompt === null ? null : Math.max(0, prompt - (cached ?? 0)),
    cacheReadTokens: cached,
    outputTokens: count(usage['completion_tokens']),
    reasoningTokens: nestedCount(usage, 'completion_tokens_details', 'reasoning_tokens'),
  };
}

/** What one answer or one chunk of any family but Claude reports in its own fields. */
export function ownCounts(answer: JsonRecord): Counts {
  const { usage, metadata, response, meta } = answer;
  if (isRecord(metadata) && isRecord(metadata['usage'])) return converseCounts(metadata['usage']);
  if (isRecord(usage)) return 'inputTokens' in usage ? converseCounts(usage) : chatCounts(usage);
  const billed = [meta, isRecord(response) ? response['meta'] : null]
    .map((each) => (isRecord(each) ? each['billed_units'] : null))
    .find(isRecord);
  if (billed !== undefined)
    return { inputTokens: count(billed['input_tokens']), outputTokens: count(billed['output_tokens']) };
  const results = recordsOf(answer['results']);
  const written = count(results.reduce((sum, each) => sum + (count(each['tokenCount']) ?? 0), 0));
  return {
    inputTokens: count(answer['inputTextTokenCount']) ?? count(answer['prompt_token_count']),
    outputTokens:
      count(answer['totalOutputTextTokenCount']) ??
      count(answer['generation_token_count']) ??
      (results.length > 0 ? written : null),
  };
}

/** The counts Bedrock adds to the last chunk: they can disagree with the model's own, which win. */
export function metricCounts(chunk: JsonRecord): Counts | null {
  const metrics = chunk[METRICS];
  if (!isRecord(metrics)) return null;
  return {
    inputTokens: count(metrics['inputTokenCount']),
    outputTokens: count(metrics['outputTokenCount']),
    cacheReadTokens: count(metrics['cacheReadInputTokenCount']),
    cacheWrite5mTokens: count(metrics['cacheWriteInputTokenCount']),
  };
}

/** The counts in the headers of a whole answer: all there is for several families. */
export function headerCounts(headers: Headers): Counts {
  return Object.fromEntries(
    Object.entries(COUNT_HEADERS).map(([kind, name]) => {
      const text = headers.get(name);
      return [kind, text !== null && /^\d+$/.test(text) ? count(Number(text)) : null];
    }),
  );
}

/** Keys under which families put what the model wrote. */
export const WRITTEN: ReadonlySet<string> = new Set([
  'text',
  'outputText',
  'generation',
  'completion',
  'content',
  'reasoning',
  'reasoning_content',
  'arguments',
  'input',
]);
/** Answers nest less than this. */
const MAX_DEPTH = 8;

/** UTF-8 bytes of what the model wrote in an answer or a chunk. */
export function writtenBytes(value: unknown, depth = 0): number {
  if (depth > MAX_DEPTH) return 0;
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, item) => sum + writtenBytes(item, depth + 1), 0);
  }
  if (!isRecord(value)) return 0;
  let bytes = 0;
  for (const [key, held] of Object.entries(value)) {
    if (typeof held !== 'string') bytes += writtenBytes(held, depth + 1);
    else if (WRITTEN.has(key)) bytes += encodeUtf8(held).length;
  }
  return bytes;
}
