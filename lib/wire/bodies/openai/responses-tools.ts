/** The tools of a Responses request that its provider runs: what they may cost beyond the prompt one sees. */
import type { HostedTools } from '@/lib/domain/usage';
import { mostHostedTools } from '@/lib/wire/bodies/openai/hosted-tools';
import { webSearches } from '@/lib/wire/bodies/openai/read-chat';
import { DEFAULT_IMAGE_MODEL } from '@/lib/wire/bodies/openai/responses-usage';
import { type JsonRecord, positive, recordsOf, textOf } from '@/lib/wire/bodies/record';
import { MOST_WEB_SEARCHES, otherModels } from '@/lib/wire/bodies/router-reach';

/** Hidden instructions around tool definitions. */
const TOOL_PROMPT_TOKENS = 700;
/** Recorded calls of some 400 bytes with a search were billed up to 33,151 input tokens: each turn's results count again. */
const SEARCH_TOKENS = 50_000;
/** Recorded calls with a code interpreter, file search or MCP server were billed up to 11,791 input tokens. */
const SERVER_TOOL_TOKENS = 25_000;
/** Searches assumed where nothing bounds them; recorded answers made up to seven. */
const DEFAULT_WEB_SEARCHES = 10;
const WEB_SEARCH = /^(?:web_search|x_search)/;
/** Their results, or what they list, are billed as input. */
const SERVER_TOOLS =
  /^(?:file_search|code_interpreter|mcp|image_generation|computer|shell|programmatic_tool_calling)/;

export interface ServerTools {
  readonly webSearches: number;
  /** Tools with a flat fee, at most; `null` for none. */
  readonly hostedTools: HostedTools | null;
  /** Prompt tokens that the tools may add. */
  readonly promptTokens: number;
  /** Models the body lets the provider call beside its own: fallbacks, and those that draw pictures. */
  readonly models: readonly string[];
}

/** Codex hands its tools over in an item of the input. */
export function toolsOf(body: JsonRecord): readonly JsonRecord[] {
  const items = recordsOf(body['input']).filter(({ type }) => type === 'additional_tools');
  return [...recordsOf(body['tools']), ...items.flatMap(({ tools }) => recordsOf(tools))];
}

export function serverToolsOf(model: string, body: JsonRecord): ServerTools {
  const tools = toolsOf(body);
  const types = tools.map(({ type }) => (typeof type === 'string' ? type : ''));
  const searches = types.some((type) => WEB_SEARCH.test(type));
  const others = types.some((type) => SERVER_TOOLS.test(type));
  const mostCalls = positive(body['max_tool_calls'], MOST_WEB_SEARCHES) ?? DEFAULT_WEB_SEARCHES;
  const asRouter = webSearches(model, body, tools);
  const draws = tools.some((tool) => tool['type'] === 'image_generation' && textOf(tool['model']) === null);
  return {
    webSearches: (searches ? mostCalls : 0) + asRouter,
    hostedTools: mostHostedTools(tools, mostCalls),
    promptTokens:
      (tools.length > 0 ? TOOL_PROMPT_TOKENS : 0) +
      (searches || asRouter > 0 ? SEARCH_TOKENS : 0) +
      (others ? SERVER_TOOL_TOKENS : 0),
    models: [...new Set([...otherModels(model, body, tools), ...(draws ? [DEFAULT_IMAGE_MODEL] : [])])],
  };
}
