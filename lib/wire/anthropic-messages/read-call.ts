/** Reads from a Messages request what admission must know, and nothing else. */
import { GatewayError } from '@/lib/domain/errors';
import { decodeUtf8 } from '@/lib/std/bytes';
import { countTopLevel } from '@/lib/std/json-edit';
import type { WireCall } from '@/lib/wire/format';
import { mediaOf } from '@/lib/wire/anthropic-messages/media';
import { isRecord, type JsonRecord, parseRecord, premiumsOf } from '@/lib/wire/anthropic-messages/usage';

/** JSON of prose, code and schemas averages about four bytes per token. */
const BYTES_PER_TOKEN_LIKELY = 4;
/** Dense input (numbers, minified code, non-Latin scripts) and the newer tokenizers come down to this. */
const BYTES_PER_TOKEN_CEILING = 2.5;
/** Turn markers and the like that Anthropic adds around every call. */
const CALL_OVERHEAD_TOKENS = 16;
/** Anthropic documents hidden tool-use system prompts of up to about 700 tokens. */
const TOOL_PROMPT_TOKENS = 700;
/** Searches assumed where a web search tool sets no `max_uses`: answers rarely need more. */
const DEFAULT_WEB_SEARCHES = 5;
/** More searches than any answer makes; a larger `max_uses` holds this much. */
const MOST_WEB_SEARCHES = 1_000;
/** Far above any model's output. */
const MOST_TOKENS = 10_000_000;
const WEB_SEARCH_PREFIX = 'web_search_';
/** Tools that Anthropic runs inside the call: their results and each further turn are billed as prompt tokens. */
const SERVER_TOOLS = [WEB_SEARCH_PREFIX, 'web_fetch_', 'code_execution_', 'advisor_'] as const;
/** Recorded calls of some 500 bytes with such a tool were billed 3,000 to 22,400 prompt tokens. */
const SERVER_TOOL_TOKENS = 25_000;

/** Keys that decide admission: given twice, parsers disagree on which wins. */
const DECISIVE_KEYS = ['model', 'stream', 'max_tokens'] as const;
/** An escaped ASCII letter, digit or underscore: no JSON writer makes one, but a key can be hidden with it. */
const ESCAPED_WORD = /\\u00(?:3\d|[4-7][\da-f])/i;
const ONE_HOUR_TTL = /"ttl"\s*:\s*"1h"/;

/** Longest session id kept; real ones are UUIDs of 36. */
const MAX_SESSION_LENGTH = 200;
const PRINTABLE = /^[\x20-\x7e]+$/;
const OLD_USER_ID = /^user_.*_session_([\w-]+)$/;

/**
 * @throws GatewayError `body_invalid` when the body is no JSON object, names no model, or gives a decisive key twice.
 */
export function readCall(input: { readonly body: Uint8Array; readonly headers: Headers }): WireCall {
  const text = decodeUtf8(input.body);
  const body = parseRecord(text);
  if (body === null) throw new GatewayError('body_invalid', 'The request body is not a valid JSON object.');
  const { model } = body;
  if (model === undefined) throw new GatewayError('body_invalid', 'model: Field required');
  if (typeof model !== 'string' || model === '') {
    throw new GatewayError('body_invalid', 'model: Input should be a valid string');
  }
  const escaped = ESCAPED_WORD.test(text);
  refuseRepeatedKeys(input.body, text, escaped);
  const tools = Array.isArray(body['tools']) ? body['tools'].filter(isRecord) : [];
  return {
    model,
    otherModels: otherModels(model, body['fallbacks'], tools),
    stream: body['stream'] === true,
    maxOutputTokens: positive(body['max_tokens']),
    minOutputTokens: thinkingFloor(body['thinking']),
    ...promptTokens(input.body.length, text, body, tools),
    cacheWrites: cacheWrites(escaped ? plainText(body) : text),
    webSearches: webSearches(tools),
    premiums: premiumsOf(body).premiums ?? [],
    session: sessionOf(input.headers, body['metadata']),
  };
}

/** The body with every escape resolved. @throws GatewayError `body_invalid` where it nests too deep to be written again */
function plainText(body: JsonRecord): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new GatewayError('body_invalid', 'The request body nests too deep.', {}, { cause: error });
  }
}

function refuseRepeatedKeys(body: Uint8Array, text: string, escaped: boolean): void {
  for (const key of DECISIVE_KEYS) {
    const literal = `"${key}"`;
    const repeated = text.indexOf(literal) !== text.lastIndexOf(literal);
    if ((repeated || escaped) && countTopLevel(body, key) > 1) {
      throw new GatewayError('body_invalid', `${key}: Field given more than once`);
    }
  }
}

function promptTokens(
  bodyBytes: number,
  text: string,
  body: JsonRecord,
  tools: readonly JsonRecord[],
): Pick<WireCall, 'promptTokensLikely' | 'promptTokensCeiling'> {
  const media = mediaOf(text, body['messages']);
  const textBytes = Math.max(0, bodyBytes - media.encodedBytes);
  const mcpServers = Array.isArray(body['mcp_servers']) && body['mcp_servers'].length > 0;
  const overhead =
    CALL_OVERHEAD_TOKENS +
    (tools.length > 0 || mcpServers ? TOOL_PROMPT_TOKENS : 0) +
    (mcpServers || tools.some(runsAtProvider) ? SERVER_TOOL_TOKENS : 0);
  return {
    promptTokensLikely: Math.ceil(textBytes / BYTES_PER_TOKEN_LIKELY) + media.tokensLikely,
    promptTokensCeiling: Math.ceil(textBytes / BYTES_PER_TOKEN_CEILING) + media.tokensCeiling + overhead,
  };
}

/** Inside a string the quotes are escaped, so these literals are real keys and values. */
function cacheWrites(text: string): WireCall['cacheWrites'] {
  if (!text.includes('"cache_control"')) return 'none';
  return ONE_HOUR_TTL.test(text) ? '1h' : '5m';
}

/** `max_tokens` must exceed the thinking budget. */
function thinkingFloor(thinking: unknown): number {
  if (!isRecord(thinking) || thinking['type'] !== 'enabled') return 0;
  const budget = positive(thinking['budget_tokens']);
  return budget === null ? 0 : budget + 1;
}

/** `fallbacks[].model` and a tool's own `model` (the advisor's): a body must not reach a model its caller may not use. */
function otherModels(model: string, fallbacks: unknown, tools: readonly JsonRecord[]): readonly string[] {
  const named = [...(Array.isArray(fallbacks) ? fallbacks.filter(isRecord) : []), ...tools];
  const others = new Set<string>();
  for (const { model: other } of named) if (typeof other === 'string' && other !== model) others.add(other);
  return [...others];
}

function runsAtProvider({ type }: JsonRecord): boolean {
  return typeof type === 'string' && SERVER_TOOLS.some((prefix) => type.startsWith(prefix));
}

function webSearches(tools: readonly JsonRecord[]): number {
  let total = 0;
  for (const { type, max_uses: maxUses } of tools) {
    if (typeof type === 'string' && type.startsWith(WEB_SEARCH_PREFIX)) {
      total += positive(maxUses, MOST_WEB_SEARCHES) ?? DEFAULT_WEB_SEARCHES;
    }
  }
  return total;
}

/** The gateway's own header first, then Claude Code's, then what Claude Code keeps in `metadata.user_id`. */
function sessionOf(headers: Headers, metadata: unknown): string | null {
  return (
    sessionId(headers.get('x-tollgate-session')) ??
    sessionId(headers.get('x-claude-code-session-id')) ??
    sessionId(sessionInUserId(isRecord(metadata) ? metadata['user_id'] : null))
  );
}

function sessionInUserId(userId: unknown): unknown {
  if (typeof userId !== 'string') return null;
  if (userId.startsWith('{')) return parseRecord(userId)?.['session_id'] ?? null;
  return OLD_USER_ID.exec(userId)?.[1] ?? null;
}

function sessionId(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_SESSION_LENGTH) return null;
  return PRINTABLE.test(value) ? value : null;
}

/** A count from the body, bounded: beyond that no provider follows, and sums of holds must stay exact. */
function positive(value: unknown, most = MOST_TOKENS): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? Math.min(value, most) : null;
}
