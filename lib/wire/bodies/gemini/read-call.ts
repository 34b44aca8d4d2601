/** Reads what admission needs from a Gemini body; everything else stays the caller's and Google's business. */
import { GatewayError } from '@/lib/domain/errors';
import { estimatePrompt } from '@/lib/wire/bodies/estimate';
import { refuseAccountResources } from '@/lib/wire/bodies/gemini/account-resources';
import { field, recordAt, recordsAt, spellingsOf, wholeNumber } from '@/lib/wire/bodies/gemini/fields';
import { assertPathModel } from '@/lib/wire/bodies/gemini/model-names';
import { mediaOf } from '@/lib/wire/bodies/gemini/media';
import { isPricedPerQuery } from '@/lib/wire/bodies/gemini/usage';
import { type JsonRecord, positive, textOf } from '@/lib/wire/bodies/record';
import { plainText, readRequestBody } from '@/lib/wire/bodies/request';
import type { WireCall } from '@/lib/wire/format';

/** Where one parser takes the first of two and another the last or both, a hold would be for another call. */
const DECISIVE_KEYS = ['contents', 'tools', 'generationConfig', 'cachedContent', 'serviceTier'].flatMap(
  spellingsOf,
);
/** Vertex's ways of leaving the choice of the model to a router, or to a name in the body. */
const MODEL_CHOICES = ['routingConfig', 'modelConfig', 'modelSelectionConfig'] as const;

/** The counting endpoint also takes a whole call, wrapped. */
const WRAPPER = 'generateContentRequest';

/** Gemini offers no more answers to one call. */
const MOST_ANSWERS = 8;

/** Tools that search Google's index or map, billed apart from tokens. */
const SEARCH_TOOLS = ['googleSearch', 'googleSearchRetrieval', 'enterpriseWebSearch', 'googleMaps'].flatMap(
  spellingsOf,
);
/** Tools that Google runs inside the call: what they find is billed as prompt tokens. */
const SERVER_TOOLS = [...SEARCH_TOOLS, ...['urlContext', 'codeExecution', 'mcpServers'].flatMap(spellingsOf)];
/** Recorded calls of some hundred bytes with such a tool were billed up to 1,500 tokens more; addresses may hold long pages. */
const SERVER_TOOL_TOKENS = 25_000;
/** Sound, videos with their tracks, and files of which only the address is told. */
const SOUND = /"(?:audio|video)\/|"file_?uri"/i;
/** From Gemini 3 on every query is billed; a model asks a handful for one prompt. */
const QUERIES_PER_CALL = 10;

export interface GeminiCallPlace {
  readonly model: string;
  readonly stream: boolean;
  /** It is only counted: such a body may hold the whole call, wrapped. */
  readonly counts: boolean;
  readonly body: Uint8Array;
  readonly headers: Headers;
}

/**
 * A call that generates, or one that counts its prompt.
 * @throws GatewayError `body_invalid` when the body is no JSON object, gives a key twice, names an account's resource or another model
 */
export function readGenerateCall({ model, stream, counts, body, headers }: GeminiCallPlace): WireCall {
  const request = readRequestBody(body, DECISIVE_KEYS, { uniqueKeys: true });
  const wrapped = counts ? recordAt(request.record, WRAPPER) : null;
  if (!counts && field(request.record, WRAPPER) !== undefined)
    throw new GatewayError(
      'body_invalid',
      `${WRAPPER}: only a call that counts tokens can hold one through this gateway.`,
    );
  if (wrapped !== null) assertOwnCall(request.record, model);
  const record = wrapped ?? request.record;
  const contents = assertOwnCall(record, model);
  const config = recordAt(record, 'generationConfig') ?? {};
  const tools = recordsAt(record, 'tools');
  const text = request.escaped ? plainText(record) : request.text;
  const media = mediaOf(text, contents);
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
    hearsSound: SOUND.test(text),
    premiums: asksForPriority(record, headers) ? ['priority'] : [],
    session: { id: null, opening: () => openingOf(record) },
    refersTo: [],
    background: false,
  };
}

/**
 * Whatever a call names must be its own; gives back its contents.
 * @throws GatewayError `body_invalid` when it names another model than the path's, or an account's resource
 */
function assertOwnCall(record: JsonRecord, model: string): readonly JsonRecord[] {
  assertPathModel(record, model);
  const config = recordAt(record, 'generationConfig') ?? {};
  for (const choice of MODEL_CHOICES)
    if ((field(config, choice) ?? null) !== null)
      throw new GatewayError('body_invalid', `generationConfig.${choice}: the path alone names the model.`);
  const contents = [...recordsAt(record, 'systemInstruction'), ...recordsAt(record, 'contents')];
  refuseAccountResources(record, contents);
  return contents;
}

/** Thoughts are part of the output allowance: with less than its budget a model would think and not answer. */
function thinkingFloor(config: JsonRecord | null): number {
  const budget = config === null ? null : positive(wholeNumber(field(config, 'thinkingBudget')));
  return budget === null ? 0 : budget + 1;
}

const names = (tool: JsonRecord, wanted: readonly string[]) =>
  wanted.some((spelling) => tool[spelling] !== undefined);

function webSearches(model: string, tools: readonly JsonRecord[]): number {
  const searches = tools.some((tool) => names(tool, SEARCH_TOOLS));
  if (!searches) return 0;
  return isPricedPerQuery(model) ? QUERIES_PER_CALL : 1;
}

/** Dearer serving is asked for in the Gemini API's body and in Vertex's header; the cheaper one (flex) is not counted on. */
function asksForPriority(record: JsonRecord, headers: Headers): boolean {
  const asked = field(record, 'serviceTier');
  const tier = textOf(asked)?.toLowerCase() ?? '';
  return (
    tier.endsWith('priority') ||
    // Google also takes an enum's number, and says of none which tier it is.
    typeof asked === 'number' ||
    headers.get('x-vertex-ai-llm-shared-request-type')?.trim().toLowerCase() === 'priority'
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
