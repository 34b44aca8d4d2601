/** The start of reading any request body: a JSON object whose decisive keys stand in it once. */
import { GatewayError } from '@/lib/domain/errors';
import { decodeUtf8 } from '@/lib/std/bytes';
import { countTopLevel } from '@/lib/std/json-edit';
import { type JsonRecord, parseRecord } from './record';

/** An escaped ASCII letter, digit or underscore: no JSON writer makes one, but a key can be hidden with it. */
const ESCAPED_WORD = /\\u00(?:3\d|[4-7][\da-f])/i;

export interface RequestBody {
  readonly record: JsonRecord;
  /** The body's text, for cheap looks before anything is walked. */
  readonly text: string;
  /** Words may be hidden in escapes: the text alone doesn't tell. */
  readonly escaped: boolean;
}

/**
 * Parses a request body.
 * @param decisiveKeys keys that decide admission: given twice, parsers disagree on which wins
 * @throws GatewayError `body_invalid` when it is no JSON object or gives a decisive key twice
 */
export function readRequestBody(body: Uint8Array, decisiveKeys: readonly string[]): RequestBody {
  const text = decodeUtf8(body);
  const record = parseRecord(text);
  if (record === null) throw new GatewayError('body_invalid', 'The request body is not a valid JSON object.');
  const escaped = ESCAPED_WORD.test(text);
  for (const key of escaped ? decisiveKeys : repeatedIn(text, decisiveKeys)) {
    if (countTopLevel(body, key) > 1)
      throw new GatewayError('body_invalid', `${key}: Field given more than once`);
  }
  return { record, text, escaped };
}

const expressions = new WeakMap<readonly string[], RegExp>();

/** Those of the keys that stand in a text twice, wherever. One pass for all: a search for each takes ten times as long. */
function repeatedIn(text: string, keys: readonly string[]): ReadonlySet<string> {
  let expression = expressions.get(keys);
  if (expression === undefined)
    expressions.set(keys, (expression = new RegExp(`"(${keys.join('|')})"`, 'g')));
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const [, key = ''] of text.matchAll(expression)) (seen.has(key) ? repeated : seen).add(key);
  return repeated;
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
