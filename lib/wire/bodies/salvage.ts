/** Finds the usage in the end of an answer that is too large to be parsed. */
import { decodeUtf8 } from '@/lib/std/bytes';
import { isRecord, type JsonRecord, parseRecord } from '@/lib/wire/bodies/record';

/** Providers write usage last, but for a few short fields: at most some kilobytes of metadata. */
export const SALVAGE_TAIL_BYTES = 64 * 1024;

/** What tells the bill, by key; inside strings the quotes are escaped, so that only a real key can be found. */
const TELLING = ['usage', 'usageMetadata', 'tool_usage'] as const;
/** Plain words that say how an answer ended. */
const WORDS = /"(finishReason)"\s*:\s*"([A-Z_]{1,40})"/g;

const BACKSLASH = '\\';

/** The telling fields of one JSON object whose end this is, as if they were all it held; `null` for none or an object cut off. */
export function salvage(tail: Uint8Array): JsonRecord | null {
  const text = decodeUtf8(tail).trimEnd();
  if (!text.endsWith('}')) return null;
  const found: Record<string, unknown> = {};
  for (const key of TELLING) {
    const value = lastObject(text, `"${key}"`);
    if (value !== null) found[key] = value;
  }
  if (!('usage' in found) && !('usageMetadata' in found)) return null;
  const [word] = [...text.matchAll(WORDS)].slice(-1);
  if (word !== undefined) found['candidates'] = [{ finishReason: word[2] }];
  return found;
}

/** The object behind the last place where the key stands with one. */
function lastObject(text: string, key: string): JsonRecord | null {
  for (let at = text.lastIndexOf(key); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(key, at - 1)) {
    const behind = /^\s*:\s*(?=\{)/.exec(text.slice(at + key.length, at + key.length + 8));
    if (behind === null) continue;
    const value = objectAt(text, at + key.length + behind[0].length);
    if (isRecord(value)) return value;
  }
  return null;
}

/** The object that opens at `from`, by its braces outside strings. */
function objectAt(text: string, from: number): JsonRecord | null {
  let depth = 0;
  let inString = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === BACKSLASH) at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{') depth += 1;
    else if (char === '}' && --depth === 0) return parseRecord(text.slice(from, at + 1));
  }
  return null;
}
