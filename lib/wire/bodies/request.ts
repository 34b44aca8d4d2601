/** The start of reading any request body: a JSON object whose decisive keys stand in it once. */
import { GatewayError } from '@/lib/domain/errors';
import { decodeUtf8 } from '@/lib/std/bytes';
import { type JsonFault, type SurveyOptions, surveyJson } from '@/lib/std/json-survey';
import { type JsonRecord, parseRecord } from './record';

/** An escaped ASCII letter, digit or underscore: no JSON writer makes one, but a word can be hidden with it. */
const ESCAPED_WORD = /\\u00(?:3\d|[4-7][\da-f])/i;

/** Bodies are read before any limit is asked, and some take seconds to parse; what callers really send is far below all of these. */
const BOUNDS = {
  /** Schemas of tools, the deepest of what is sent, nest some twenty levels. */
  mostDepth: 512,
  /** The longest conversations have some hundred thousand strings, keys and objects. */
  mostParts: 500_000,
  /** Prompts given as tokens: batches of embeddings have some hundred thousand. */
  mostCommas: 4_000_000,
  /** No API knows a hundred. */
  mostTopKeys: 1_000,
} as const;

export interface RequestBody {
  readonly record: JsonRecord;
  /** The body's text, for cheap looks before anything is walked; its keys stand in it unescaped. */
  readonly text: string;
  /** Words may be hidden in escapes: for values the text alone doesn't tell. */
  readonly escaped: boolean;
}

/**
 * Parses a request body, after one cheap look over its bytes: it comes before any limit is asked.
 * @param decisiveKeys keys that decide admission: given twice, or in other letters, parsers disagree on what they say
 * @param options `uniqueKeys` refuses any key given twice, at any depth: for bodies that name resources deep inside
 * @throws GatewayError `body_invalid` when it is no JSON object, or can be read in two ways
 */
export function readRequestBody(
  body: Uint8Array,
  decisiveKeys: readonly string[],
  options: { readonly uniqueKeys?: boolean } = {},
): RequestBody {
  refuseUnreadable(body, options.uniqueKeys === true ? 'every' : decisiveKeys);
  const text = decodeUtf8(body);
  const record = parseRecord(text);
  if (record === null) throw new GatewayError('body_invalid', 'The request body is not a valid JSON object.');
  refuseOtherCase(record, decisiveKeys);
  return { record, text, escaped: text.includes('\\u00') && ESCAPED_WORD.test(text) };
}

/** One look over a body's bytes before anything parses it. @throws GatewayError `body_invalid` */
function refuseUnreadable(body: Uint8Array, once: SurveyOptions['once']): void {
  const fault = surveyJson(body, { ...BOUNDS, once });
  if (fault !== null) throw new GatewayError('body_invalid', messageOf(fault));
}

function messageOf(fault: JsonFault): string {
  if (fault.kind === 'repeated-key') return `${fault.key}: Field given more than once`;
  if (fault.kind === 'escaped-key') return 'The request body spells a key with escaped letters.';
  if (fault.kind === 'too-deep') return `The request body nests deeper than ${BOUNDS.mostDepth} levels.`;
  return 'The request body holds too many values.';
}

const folded = new WeakMap<readonly string[], ReadonlyMap<string, string>>();

/** As Go's parser compares keys, for which two letters beyond ASCII are an `s` and a `k`. */
const foldCase = (key: string) => key.toUpperCase().toLowerCase();

/** Servers written in Go take `Model` for `model`, and the last of the two wins. */
function refuseOtherCase(record: JsonRecord, keys: readonly string[]): void {
  let byFold = folded.get(keys);
  if (byFold === undefined) folded.set(keys, (byFold = new Map(keys.map((key) => [foldCase(key), key]))));
  const longest = Math.max(0, ...keys.map(({ length }) => length));
  for (const key in record) {
    const meant = key.length > longest ? undefined : byFold.get(foldCase(key));
    // Two spellings of Gemini's fields differ in their underscores, never in case alone.
    if (meant !== undefined && meant !== key)
      throw new GatewayError('body_invalid', `${key}: Unknown field, it is spelt ${meant}`);
  }
}

/** The body with every escape resolved. @throws GatewayError `body_invalid` where it nests too deep to be written again */
export function plainText(record: JsonRecord): string {
  try {
    return JSON.stringify(record);
  } catch (error) {
    throw new GatewayError('body_invalid', 'The request body nests too deep.', {}, { cause: error });
  }
}

/**
 * The model a body names.
 * @throws GatewayError `body_invalid` when it names none
 */
export function modelOf({ model }: JsonRecord): string {
  if (model === undefined) throw new GatewayError('body_invalid', 'model: Field required');
  if (typeof model !== 'string' || model === '')
    throw new GatewayError('body_invalid', 'model: Input should be a valid string');
  return model;
}

/**
 * Whether a body asks for a stream.
 * @throws GatewayError `body_invalid` for anything but a boolean: lenient servers take `1` and `"true"` for one
 */
export function streamOf({ stream }: JsonRecord): boolean {
  if (stream === undefined || stream === null) return false;
  if (typeof stream !== 'boolean')
    throw new GatewayError('body_invalid', 'stream: Input should be a valid boolean');
  return stream;
}
