/** Replaces values of top-level keys in the raw bytes of a JSON object and leaves every other byte alone. */
import { concatBytes, decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { afterBlanks, stringEnd } from '@/lib/std/json-scan';

export type JsonScalar = string | number | boolean | null;
export type JsonValue = JsonScalar | readonly JsonValue[] | { readonly [key: string]: JsonValue };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);

interface Member {
  /** Of the key between its quotes. */
  readonly keyFrom: number;
  readonly keyTo: number;
  readonly valueFrom: number;
  readonly valueTo: number;
}

/**
 * Replaces every occurrence of the named top-level keys; with `insertMissing` a key that is absent becomes a
 * first member. Nothing to change: the same array comes back.
 * @throws TypeError when the bytes hold no well-formed JSON object (judged only as far as it is scanned).
 */
export function replaceTopLevel(
  bytes: Uint8Array,
  edits: Readonly<Record<string, JsonValue>>,
  options: { readonly insertMissing?: boolean } = {},
): Uint8Array {
  const wanted = Object.entries(edits).map(([key, value]) => ({
    key,
    keyBytes: encodeUtf8(key),
    value: encodeUtf8(JSON.stringify(value)),
    found: false,
  }));
  const parts: Uint8Array[] = [];
  let copied = 0;
  let empty = true;
  const inside = scanMembers(bytes, (member) => {
    empty = false;
    const edit = wanted.find(({ key, keyBytes }) => isKey(bytes, member, key, keyBytes));
    if (edit === undefined) return;
    edit.found = true;
    parts.push(bytes.subarray(copied, member.valueFrom), edit.value);
    copied = member.valueTo;
  });
  const missing = options.insertMissing === true ? wanted.filter(({ found }) => !found) : [];
  if (parts.length === 0 && missing.length === 0) return bytes;
  parts.push(bytes.subarray(copied));
  if (missing.length > 0) {
    const members = missing.map(({ key, value }) => `${JSON.stringify(key)}:${decodeUtf8(value)}`).join(',');
    const [head] = parts;
    if (head === undefined) return bytes;
    const inserted = encodeUtf8(empty ? members : `${members},`);
    parts.splice(0, 1, head.subarray(0, inside), inserted, head.subarray(inside));
  }
  return concatBytes(parts);
}

/**
 * Replaces the value at a path of keys (`['inferenceConfig', 'maxTokens']`) wherever it stands; with `insertMissing`
 * the rest of a path that is absent becomes a first member of what is there.
 * @throws TypeError as `replaceTopLevel`.
 */
export function replaceAt(
  bytes: Uint8Array,
  [key, ...inner]: readonly [string, ...string[]],
  value: JsonScalar,
  options: { readonly insertMissing?: boolean } = {},
): Uint8Array {
  const [next, ...rest] = inner;
  if (next === undefined) return replaceTopLevel(bytes, { [key]: value }, options);
  const below: JsonValue = inner.reduceRight<JsonValue>((made, name) => ({ [name]: made }), value);
  const keyBytes = encodeUtf8(key);
  const parts: Uint8Array[] = [];
  let copied = 0;
  let found = false;
  scanMembers(bytes, (member) => {
    if (!isKey(bytes, member, key, keyBytes)) return;
    found = true;
    const { valueFrom, valueTo } = member;
    const isObject = bytes[valueFrom] === OPEN_BRACE;
    if (!isObject && options.insertMissing !== true) return;
    const made = isObject
      ? replaceAt(bytes.subarray(valueFrom, valueTo), [next, ...rest], value, options)
      : encodeUtf8(JSON.stringify(below));
    parts.push(bytes.subarray(copied, valueFrom), made);
    copied = valueTo;
  });
  if (!found && options.insertMissing === true) return replaceTopLevel(bytes, { [key]: below }, options);
  return parts.length === 0 ? bytes : concatBytes([...parts, bytes.subarray(copied)]);
}

/**
 * Takes the named top-level keys out. Nothing to take: the same array comes back.
 * @throws TypeError as `replaceTopLevel`.
 */
export function removeTopLevel(bytes: Uint8Array, keys: readonly string[]): Uint8Array {
  const unwanted = keys.map((key) => ({ key, keyBytes: encodeUtf8(key) }));
  const kept: Member[] = [];
  let last = -1;
  let all = 0;
  let from = 0;
  scanMembers(bytes, (member) => {
    if (all === 0) from = member.keyFrom - 1;
    all += 1;
    last = member.valueTo;
    if (!unwanted.some(({ key, keyBytes }) => isKey(bytes, member, key, keyBytes))) kept.push(member);
  });
  if (kept.length === all) return bytes;
  const parts = [bytes.subarray(0, from)];
  for (const [index, { keyFrom, valueTo }] of kept.entries()) {
    if (index > 0) parts.push(Uint8Array.of(COMMA));
    parts.push(bytes.subarray(keyFrom - 1, valueTo));
  }
  return concatBytes([...parts, bytes.subarray(last)]);
}

/**
 * The raw values of a top-level key, one for each time it stands.
 * @throws TypeError as `replaceTopLevel`.
 */
export function topLevelValues(bytes: Uint8Array, key: string): readonly Uint8Array[] {
  const keyBytes = encodeUtf8(key);
  const values: Uint8Array[] = [];
  scanMembers(bytes, (member) => {
    if (isKey(bytes, member, key, keyBytes)) values.push(bytes.subarray(member.valueFrom, member.valueTo));
  });
  return values;
}

/** Visits each top-level member in order; returns the place just inside the opening brace. */
function scanMembers(bytes: Uint8Array, visit: (member: Member) => void): number {
  let pos = afterBlanks(bytes, hasBytesAt(bytes, 0, BOM) ? BOM.length : 0);
  const inside = expectByte(bytes, pos, OPEN_BRACE);
  pos = afterBlanks(bytes, inside);
  if (bytes[pos] === CLOSE_BRACE) return inside;
  for (;;) {
    const keyFrom = expectByte(bytes, pos, QUOTE);
    const afterKey = skipString(bytes, pos);
    const valueFrom = afterBlanks(bytes, expectByte(bytes, afterBlanks(bytes, afterKey), COLON));
    const valueTo = skipValue(bytes, valueFrom);
    visit({ keyFrom, keyTo: afterKey - 1, valueFrom, valueTo });
    pos = afterBlanks(bytes, valueTo);
    if (bytes[pos] === CLOSE_BRACE) return inside;
    pos = afterBlanks(bytes, expectByte(bytes, pos, COMMA));
  }
}

function isKey(bytes: Uint8Array, member: Member, key: string, keyBytes: Uint8Array): boolean {
  const { keyFrom, keyTo } = member;
  if (keyTo - keyFrom === keyBytes.length && hasBytesAt(bytes, keyFrom, keyBytes)) return true;
  const raw = bytes.subarray(keyFrom, keyTo);
  if (!raw.includes(BACKSLASH)) return false;
  try {
    return JSON.parse(decodeUtf8(bytes.subarray(keyFrom - 1, keyTo + 1))) === key;
  } catch {
    return false;
  }
}

function expectByte(bytes: Uint8Array, pos: number, byte: number): number {
  if (bytes[pos] !== byte) throw new TypeError('not a well-formed JSON object');
  return pos + 1;
}

/** From an opening quote to the place after the closing one. */
function skipString(bytes: Uint8Array, from: number): number {
  const end = stringEnd(bytes, from);
  if (end < 0) throw new TypeError('not a well-formed JSON object');
  return end;
}

function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(bytes, from);
  let pos = from;
  while (pos < bytes.length) {
    const byte = bytes[pos];
    if (byte === undefined || byte <= 0x20 || byte === COMMA || byte === CLOSE_BRACE) break;
    pos += 1;
  }
  if (pos === from) throw new TypeError('not a well-formed JSON object');
  return pos;
}

function skipContainer(bytes: Uint8Array, from: number): number {
  let depth = 0;
  let pos = from;
  while (pos < bytes.length) {
    const byte = bytes[pos];
    if (byte === QUOTE) {
      pos = skipString(bytes, pos);
      continue;
    }
    pos += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return pos;
    }
  }
  throw new TypeError('not a well-formed JSON object');
}
