/** Plausible input and cache counts for a Messages request, by its characters and its cache marks. */
import { fieldsOf, listOf } from './loose-json';
import { ATTACHMENT_TOKENS, FRAME_TOKENS, textTokens } from './token-counts';

export interface PromptUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  };
}

/** The parts of a Messages body that are billed as prompt; everything is unchecked caller input. */
export interface PromptBody {
  readonly system?: unknown;
  readonly tools?: unknown;
  readonly messages?: unknown;
  readonly cache_control?: unknown;
}

/** Shorter prefixes are not cached by the real API. */
const MIN_CACHED_TOKENS = 1_024;

interface Segment {
  readonly tokens: number;
  readonly mark: '5m' | '1h' | null;
  /** Sent before in this conversation: everything up to the last assistant message. */
  readonly old: boolean;
}

export function promptTokens(body: PromptBody): number {
  return sum(segmentsOf(body)) + FRAME_TOKENS;
}

/** Splits the prompt as prompt caching would: what an earlier turn wrote is read, the rest up to the last mark written. */
export function promptUsage(body: PromptBody): PromptUsage {
  const segments = segmentsOf(body);
  const lastMark = segments.findLastIndex(({ mark }) => mark !== null);
  const prefix = segments.slice(0, lastMark + 1);
  const cached = sum(prefix) >= MIN_CACHED_TOKENS ? prefix : [];
  const before = sum(cached.filter(({ old }) => old));
  const read = before >= MIN_CACHED_TOKENS ? before : 0;
  const written = sum(cached) - read;
  const lasting = segments[lastMark]?.mark === '1h';
  return {
    input_tokens: sum(segments) - sum(cached) + FRAME_TOKENS,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: {
      ephemeral_5m_input_tokens: lasting ? 0 : written,
      ephemeral_1h_input_tokens: lasting ? written : 0,
    },
  };
}

function segmentsOf(body: PromptBody): Segment[] {
  const messages = listOf(body.messages);
  const lastAnswer = messages.findLastIndex((message) => fieldsOf(message)['role'] === 'assistant');
  const started = lastAnswer >= 0;
  const segments = [...listOf(body.tools), ...listOf(body.system)].map((part) => segmentOf(part, started));
  for (const [index, message] of messages.entries()) {
    for (const block of listOf(fieldsOf(message)['content']))
      segments.push(segmentOf(block, index <= lastAnswer));
  }
  const last = segments.pop();
  if (last === undefined) return segments;
  // A mark at the top level stands for one on the last block.
  return [...segments, { ...last, mark: last.mark ?? markOf(body.cache_control) }];
}

function segmentOf(part: unknown, old: boolean): Segment {
  const { type, text, cache_control } = fieldsOf(part);
  const attached = type === 'image' || type === 'document';
  const chars = typeof part === 'string' ? part : typeof text === 'string' ? text : JSON.stringify(part);
  const tokens = attached ? ATTACHMENT_TOKENS : textTokens(chars);
  return { tokens, mark: markOf(cache_control), old };
}

function markOf(control: unknown): '5m' | '1h' | null {
  const { type, ttl } = fieldsOf(control);
  if (type !== 'ephemeral') return null;
  return ttl === '1h' ? '1h' : '5m';
}

function sum(segments: readonly Segment[]): number {
  return segments.reduce((total, { tokens }) => total + tokens, 0);
}
