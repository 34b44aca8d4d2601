/** Reads what admission needs from a Gemini body; everything else stays the caller's and Google's business. */
import { GatewayError } from '@/lib/domain/errors';
import { countTopLevel, topLevelValues } from '@/lib/std/json-edit';
import { estimatePrompt } from '@/lib/wire/bodies/estimate';
import { refuseAccountResources } from '@/lib/wire/bodies/gemini/account-resources';
import { field, recordAt, recordsAt, spellingsOf, wholeNumber } from '@/lib/wire/bodies/gemini/fields';
import { assertPathModel } from '@/lib/wire/bodies/gemini/model-names';
import { mediaOf } from '@/lib/wire/bodies/gemini/media';
import { isPricedPerQuery } from '@/lib/wire/bodies/gemini/usage';
import { type JsonRecord, positive, textOf } from '@/lib/wire/bodies/record';
import { plainText, readRequestBody, type RequestBody } from '@/lib/wire/bodies/request';
import type { WireCall } from '@/lib/wire/format';

/** Where one parser takes the first of two and another the last or both, a hold would be for another call. */
const DECISIVE_KEYS = ['contents', 'tools', 'generationConfig', 'cachedContent', 'serviceTier'].flatMap(
  spellingsOf,
);
const DECISIVE_CONFIG = ['maxOutputTokens', 'candidateCount'] as const;

/** Gemini offers no more answers to one call. */
const MOST_ANSWERS = 8;

/** Tools that search Google's index or map, billed apart from tokens. */
const SEARCH_TOOLS = ['googleSearch', 'googleSearchRetrieval', 'enterpriseWebSearch', 'googleMaps'] as const;
/** Tools that Google runs inside the call: what they find is billed as prompt tokens. */
const SERVER_TOOLS = [...SEARCH_TOOLS, 'urlContext', 'codeExecution', 'mcpServers'] as const;
/** Recorded calls of some hundred bytes with such a tool were billed up to 1,500 tokens more; addresses may hold long pages. */
const SERVER_TOOL_TOKENS = 25_000;
/** From Gemini 3 on every query is billed; a model asks a handful for one prompt. */
const QUERIES_PER_CALL = 10;

export interface GeminiCallPlace {
  readonly model: string;
  readonly stream: boolean;
  readonly body: Uint8Array;
  readonly headers: Headers;
}

/**
 * A call that generates, or one that counts its prompt.
 * @throws GatewayError `body_invalid` when the body is no JSON object, gives a decisive key twice, or names an account's resource
 */
export function readGenerateCall({ model, stream, body, headers }: GeminiCallPlace): WireCall {
  const request = readRequestBody(body, DECISIVE_KEYS);
  // The counting endpoint also takes a whole call, wrapped.
  const record = recordAt(request.record, 'generateContentRequest') ?? request.record;
  assertPathModel(record, model);
  const contents = contentsOf(record);
  refuseAccountResources(record, contents);
  const config = recordAt(record, 'generationConfig') ?? {};
  assertOnce(body, request);
  const tools = recordsAt(record, 'tools');
  const media = mediaOf(request.escaped ? plainText(record) : request.text, contents);
  const overhead = tools.some((tool) => names(tool, SERVER_TOOLS)) ? SERVER_TOOL_TOKENS : 0;
  return {
    model,
    otherModels: [],
    stream,
    reportsUsage: true,
    maxOutputTokens: positive(wholeNumber(field(config, 'maxOutputTokens'))),
    minOutputTokens: thinkingFloor(recordAt(config, 'thinkingConfig')),
    answers: Math.min(MOST_ANSWERS, positive(wholeNumber(field(config, 'candidateCount'))) ?? 1),
    ...estimatePrompt(body.length, { ...media, tokensCeiling: media.tokensCeiling + overhead }),
    // Caches fill by themselves, at the price of plain input.
    cacheWrites: 'none',
    webSearches: webSearches(model, tools),
    premiums: asksForPriority(record, headers) ? ['priority'] : [],
    session: { id: null, opening: () => openingOf(record) },
    refersTo: [],
    background: false,
  };
}

/** The conversation and its instruction. */
function contentsOf(record: JsonRecord): readonly JsonRecord[] {
  return [...recordsAt(record, 'systemInstruction'), ...recordsAt(record, 'contents')];
}

/** @throws GatewayError `body_invalid` when the allowance stands twice in its group */
function assertOnce(body: Uint8Array, { text, escaped }: RequestBody): void {
  for (const name of DECISIVE_CONFIG) {
    const spellings = spellingsOf(name);
    const literals = spellings.reduce((sum, spelling) => sum + text.split(`"${spelling}"`).length - 1, 0);
    if (literals < 2 && !escaped) continue;
    for (const group of spellingsOf('generationConfig').flatMap((key) => topLevelValues(body, key))) {
      if (group[0] !== '{'.charCodeAt(0)) continue;
      const times = spellings.reduce((sum, spelling) => sum + countTopLevel(group, spelling), 0);
      if (times > 1)
        throw new GatewayError('body_invalid', `generationConfig.${name}: the field is given more than once`);
    }
  }
}

/** Thoughts are part of the output allowance: with less than its budget a model would think and not answer. */
function thinkingFloor(config: JsonRecord | null): number {
  const budget = config === null ? null : positive(wholeNumber(field(config, 'thinkingBudget')));
  return budget === null ? 0 : budget + 1;
}

const names = (tool: JsonRecord, wanted: readonly string[]) =>
  wanted.some((name) => spellingsOf(name).some((spelling) => tool[spelling] !== undefined));

function webSearches(model: string, tools: readonly JsonRecord[]): number {
  const searches = tools.some((tool) => names(tool, SEARCH_TOOLS));
  if (!searches) return 0;
  return isPricedPerQuery(model) ? QUERIES_PER_CALL : 1;
}

/** Dearer serving is asked for in the Gemini API's body and in Vertex's header; the cheaper one (flex) is not counted on. */
function asksForPriority(record: JsonRecord, headers: Headers): boolean {
  const tier = textOf(field(record, 'serviceTier'))?.toLowerCase() ?? '';
  return (
    tier.endsWith('priority') ||
    headers.get('x-vertex-ai-llm-shared-request-type')?.toLowerCase() === 'priority'
  );
}

function openingOf(record: JsonRecord): string | null {
  const contents = recordsAt(record, 'contents');
  // A content without a role is the user's.
  const first = contents.find(({ role }) => role !== 'model') ?? contents[0];
  if (first === undefined) return null;
  const instruction = recordAt(record, 'systemInstruction');
  return `${instruction === null ? '' : textIn(instruction)}\n${textIn(first)}`;
}

/** A content's text; other parts tell conversations apart by their kind alone. */
function textIn(content: JsonRecord): string {
  return recordsAt(content, 'parts')
    .map((part) => textOf(part['text']) ?? `[${Object.keys(part)[0] ?? ''}]`)
    .join('\n');
}
