/** One pass over the bytes of a JSON text before it is parsed: finds what no JSON writer makes, and what costs more to parse than its size tells. */
import { decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { afterBlanks, stringEnd } from '@/lib/std/json-scan';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const LETTER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const WORD = /\w/;

/** Objects with more keys than this, and longer keys, are compared by a set: each with each would take longer. */
const FEW_KEYS = 8;
const SHORT_KEY_BYTES = 32;

export interface SurveyOptions {
  readonly mostDepth: number;
  /** Of strings, keys among them, objects and arrays together: what parsing makes memory for. */
  readonly mostParts: number;
  /** Of commas between values: of a long list of numbers, which are light, there are no other signs. */
  readonly mostCommas: number;
  /** Of keys in the outermost object, which its readers go through. */
  readonly mostTopKeys: number;
  /** Keys that may stand only once: these at the top level, or every one in its object. */
  readonly once: readonly string[] | 'every';
}

export type JsonFault =
  | { readonly kind: 'too-deep' | 'too-many-parts' | 'escaped-key' }
  | { readonly kind: 'repeated-key'; readonly key: string };

/** The first fault of a JSON text, `null` without any. Never throws; of malformed text it says nothing reliable. */
export function surveyJson(
  json: Uint8Array,
  { mostDepth, mostParts, mostCommas, mostTopKeys, once }: SurveyOptions,
): JsonFault | null {
  const end = json.length;
  const seen = once === 'every' ? new EveryKey(json) : new WatchedKeys(json, once);
  let depth = 0;
  let parts = 0;
  let commas = 0;
  let topKeys = 0;
  let pos = 0;
  while (pos < end) {
    const byte = json[pos];
    if (byte === QUOTE) {
      const from = pos + 1;
      pos = stringEnd(json, pos);
      if (pos < 0) return null;
      const to = pos - 1;
      parts += 1;
      if (parts > mostParts) return { kind: 'too-many-parts' };
      pos = afterBlanks(json, pos);
      if (json[pos] !== COLON) continue;
      if (depth === 1 && (topKeys += 1) > mostTopKeys) return { kind: 'too-many-parts' };
      if (hidesLetters(json, from, to)) return { kind: 'escaped-key' };
      if (seen.repeats(depth, from, to))
        return { kind: 'repeated-key', key: decodeUtf8(json.subarray(from, to)) };
      continue;
    }
    pos += 1;
    if (byte === COMMA) {
      commas += 1;
      if (commas > mostCommas) return { kind: 'too-many-parts' };
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      parts += 1;
      if (depth > mostDepth) return { kind: 'too-deep' };
      if (parts > mostParts) return { kind: 'too-many-parts' };
      if (byte === OPEN_BRACE) seen.open(depth);
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return null;
}

/** Whether a key has an escaped ASCII letter, digit or underscore: writers escape others only. */
function hidesLetters(json: Uint8Array, from: number, to: number): boolean {
  let pos = from;
  while (pos < to) {
    if (json[pos] !== BACKSLASH) {
      pos += 1;
      continue;
    }
    if (json[pos + 1] === LETTER_U) {
      const code = Number.parseInt(decodeUtf8(json.subarray(pos + 2, pos + 6)), 16);
      if (code < 0x80 && WORD.test(String.fromCharCode(code))) return true;
    }
    pos += 2;
  }
  return false;
}

const watchedBytes = new WeakMap<readonly string[], readonly Uint8Array[]>();

function bytesOf(keys: readonly string[]): readonly Uint8Array[] {
  const known = watchedBytes.get(keys);
  if (known !== undefined) return known;
  const bytes = keys.map(encodeUtf8);
  watchedBytes.set(keys, bytes);
  return bytes;
}

/** Some keys of the outermost object. */
class WatchedKeys {
  private readonly keys: readonly Uint8Array[];
  private readonly found = new Set<Uint8Array>();

  constructor(
    private readonly json: Uint8Array,
    keys: readonly string[],
  ) {
    this.keys = bytesOf(keys);
  }

  open(_depth: number): void {}

  repeats(depth: number, from: number, to: number): boolean {
    if (depth !== 1) return false;
    for (const key of this.keys) {
      if (key.length !== to - from || !hasBytesAt(this.json, from, key)) continue;
      if (this.found.has(key)) return true;
      this.found.add(key);
      return false;
    }
    return false;
  }
}

interface OpenObject {
  /** Where its short keys start and end, by turns, as long as they are few. */
  readonly places: number[];
  /** Its other keys. */
  rest: Set<string> | null;
}

/** The keys of every object that is open; a depth's record is used again by the next object there. */
class EveryKey {
  private readonly objects: (OpenObject | undefined)[] = [];

  constructor(private readonly json: Uint8Array) {}

  open(depth: number): void {
    const object = this.objects[depth];
    if (object === undefined) this.objects[depth] = { places: [], rest: null };
    else {
      object.places.length = 0;
      object.rest = null;
    }
  }

  repeats(depth: number, from: number, to: number): boolean {
    const object = this.objects[depth];
    if (object === undefined) return false;
    const { places } = object;
    const isShort = to - from <= SHORT_KEY_BYTES;
    if (isShort) {
      for (let at = 0; at < places.length; at += 2) {
        const start = places[at] ?? 0;
        if ((places[at + 1] ?? 0) - start === to - from && this.same(start, from, to)) return true;
      }
      if (places.length < 2 * FEW_KEYS) {
        places.push(from, to);
        return false;
      }
    }
    const text = decodeUtf8(this.json.subarray(from, to));
    object.rest ??= new Set();
    if (object.rest.has(text)) return true;
    object.rest.add(text);
    return false;
  }

  private same(start: number, from: number, to: number): boolean {
    const { json } = this;
    const shift = start - from;
    for (let at = from; at < to; at += 1) if (json[at] !== json[at + shift]) return false;
    return true;
  }
}
