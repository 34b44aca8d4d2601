/** Reads from a Messages request what admission must know, and nothing else. */
import type { WireCall } from '@/lib/wire/format';
import { refuseMessagesResources } from '@/lib/wire/bodies/anthropic/account-resources';
import { mediaOf } from '@/lib/wire/bodies/anthropic/media';
import { premiumsOf } from '@/lib/wire/bodies/anthropic/usage';
import { estimatePrompt, type PromptEstimate } from '@/lib/wire/bodies/estimate';
import { isRecord, type JsonRecord, parseRecord, positive, recordsOf } from '@/lib/wire/bodies/record';
import { modelOf, plainText, readRequestBody, streamOf } from '@/lib/wire/bodies/request';
import { otherModels, routerSearches, runsAtRouter } from '@/lib/wire/bodies/router-reach';

/** Anthropic documents hidden tool-use system prompts of up to about 700 tokens. */
const TOOL_PROMPT_TOKENS = 700;
/** Searches assumed where a web search tool sets no `max_uses`: answers rarely need more. */
const DEFAULT_WEB_SEARCHES = 5;
/** More searches than any answer makes; a larger `max_uses` holds this much. */
const MOST_WEB_SEARCHES = 1_000;
const WEB_SEARCH_PREFIX = 'web_search_';
/** Tools that Anthropic runs inside the call: their results and each further turn are billed as prompt tokens. */
const SERVER_TOOLS = [WEB_SEARCH_PREFIX, 'web_fetch_', 'code_execution_', 'advisor_'] as const;
/** Recorded calls of some 500 bytes with such a tool were billed 3,000 to 22,400 prompt tokens. */
const SERVER_TOOL_TOKENS = 25_000;

const DECISIVE_KEYS = [
  'model',
  'models',
  'stream',
  'max_tokens',
  'fallbacks',
  'plugins',
  'preset',
  'tools',
  'messages',
  'container',
] as const;
const ONE_HOUR_TTL = /"ttl"\s*:\s*"1h"/;
const OLD_USER_ID = /^user_.*_session_([\w-]+)$/;

/** What a carrier of a Messages body (Bedrock, Vertex) says outside of it. */
export interface Envelope {
  readonly model?: string;
  readonly stream?: boolean;
}

/**
 * @throws GatewayError `body_invalid` when the body is no JSON object, names no model or something of the operator's
 * account, or gives a decisive key twice; `policy_blocked` for what would reach models that it doesn't name
 */
export function readCall(input: { readonly body: Uint8Array }, envelope: Envelope = {}): WireCall {
  const request = readRequestBody(input.body, DECISIVE_KEYS);
  const { record: body, text, escaped } = request;
  const model = envelope.model ?? modelOf(body);
  const tools = recordsOf(body['tools']);
  refuseMessagesResources(request, tools);
  const searches = webSearches(tools) + routerSearches(model, body, tools);
  return {
    model,
    otherModels: otherModels(model, body, tools),
    stream: envelope.stream ?? streamOf(body),
    reportsUsage: true,
    maxOutputTokens: positive(body['max_tokens']),
    minOutputTokens: thinkingFloor(body['thinking']),
    answers: 1,
    ...promptTokens(input.body.length, text, body, tools, searches),
    cacheWrites: cacheWrites(escaped ? plainText(body) : text),
    webSearches: searches,
    premiums: premiumsOf(body).premiums ?? [],
    session: { id: sessionOf(body['metadata']), opening: () => openingOf(body) },
    refersTo: [],
    background: false,
  };
}

function promptTokens(
  bodyBytes: number,
  text: string,
  body: JsonRecord,
  tools: readonly JsonRecord[],
  searches: number,
): PromptEstimate {
  const media = mediaOf(text, body['messages']);
  const mcpServers = Array.isArray(body['mcp_servers']) && body['mcp_servers'].length > 0;
  const overhead =
    (tools.length > 0 || mcpServers ? TOOL_PROMPT_TOKENS : 0) +
    (mcpServers || searches > 0 || tools.some(runsAtProvider) ? SERVER_TOOL_TOKENS : 0);
  return estimatePrompt(bodyBytes, { ...media, tokensCeiling: media.tokensCeiling + overhead });
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

function runsAtProvider(tool: JsonRecord): boolean {
  const { type } = tool;
  return (
    runsAtRouter(tool) || (typeof type === 'string' && SERVER_TOOLS.some((prefix) => type.startsWith(prefix)))
  );
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

/** What Claude Code keeps in `metadata.user_id`: JSON today, an underscored text before. */
function sessionOf(metadata: unknown): string | null {
  const userId = isRecord(metadata) ? metadata['user_id'] : null;
  if (typeof userId !== 'string') return null;
  const id = userId.startsWith('{')
    ? parseRecord(userId)?.['session_id']
    : (OLD_USER_ID.exec(userId)?.[1] ?? null);
  return typeof id === 'string' ? id : null;
}

function openingOf(body: JsonRecord): string | null {
  const first = recordsOf(body['messages']).find(({ role }) => role === 'user');
  if (first === undefined) return null;
  return `${contentText(body['system'])}\n${contentText(first['content'])}`;
}

/** Text of a content that is a string or a list of blocks; other blocks tell conversations apart by their kind alone. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  return recordsOf(content)
    .map(({ text, type }) => (typeof text === 'string' ? text : `[${String(type)}]`))
    .join('\n');
}
