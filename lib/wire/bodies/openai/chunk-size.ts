/** Measures the generated text in a chunk of a chat or completion stream without parsing it: the bytes behind a live output estimate. */
import { encodeUtf8 } from '@/lib/std/bytes';
import { isRecord, type JsonRecord, parseRecord, recordsOf } from '@/lib/wire/bodies/record';

/** What the model wrote, by key. OpenRouter says reasoning twice: in `reasoning_details`, which is not looked at, too. */
const TEXT_KEYS = ['content', 'reasoning_content', 'reasoning', 'refusal'] as const;
const TEXT_LITERALS = TEXT_KEYS.map((key) => `"${key}":`);
const ARGUMENTS = '"arguments":';
/** Legacy completions have no delta. */
const LEGACY_TEXT = '"text":';
const DELTA = '"delta":';
/** Mistral writes thinking as a list of parts. */
const PARTS = /"content":\s*\[\s*\{/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const LETTER_U = 0x75;
/** `\uXXXX` stands for two or three UTF-8 bytes as a rule. */
const ESCAPED_CHARACTER_BYTES = 3;

/** UTF-8 bytes of generated text in one chunk; inside strings the quotes are escaped, so the literals are real keys. */
export function chunkTextBytes(chunk: string): number {
  const delta = chunk.indexOf(DELTA);
  if (delta < 0) return bytesAfter(chunk, LEGACY_TEXT, 0);
  let bytes = 0;
  for (const literal of TEXT_LITERALS) bytes += bytesAfter(chunk, literal, delta);
  for (let at = chunk.indexOf(ARGUMENTS, delta); at >= 0; at = chunk.indexOf(ARGUMENTS, at + 1))
    bytes += stringBytes(chunk, at + ARGUMENTS.length);
  return bytes > 0 || !PARTS.test(chunk) ? bytes : parsedTextBytes(chunk);
}

function bytesAfter(chunk: string, literal: string, from: number): number {
  const at = chunk.indexOf(literal, from);
  return at < 0 ? 0 : stringBytes(chunk, at + literal.length);
}

/** Bytes of the JSON string that starts at `from`; 0 for any other value. */
export function stringBytes(chunk: string, from: number): number {
  let pos = from;
  while (chunk.charCodeAt(pos) === SPACE) pos += 1;
  return chunk.charCodeAt(pos) === QUOTE ? contentOf(chunk, pos + 1).bytes : 0;
}

/** Bytes of a JSON string from its opening quote on, escapes counted as what they stand for, and where it ends. */
function contentOf(chunk: string, from: number): { readonly bytes: number; readonly end: number } {
  let bytes = 0;
  let pos = from;
  for (; pos < chunk.length; pos += 1) {
    const code = chunk.charCodeAt(pos);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      const isUnicode = chunk.charCodeAt(pos + 1) === LETTER_U;
      bytes += isUnicode ? ESCAPED_CHARACTER_BYTES : 1;
      pos += isUnicode ? 5 : 1;
    } else {
      // Each half of a surrogate pair is two of its four bytes.
      bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
    }
  }
  return { bytes, end: pos };
}

/** Random text of OpenAI's that hides the sizes of the words; it comes last. */
const PADDING = '"obfuscation":"';
const SHAPED_KEYS = ['"content":"', '"reasoning_content":"', '"arguments":"', LEGACY_TEXT + '"'] as const;

/**
 * The look of a stream's plain chunks, which differ in a piece of text alone: everything before and after it is
 * compared at once, which is several times quicker than looking for anything in it.
 */
export class ChunkShape {
  private head = '';
  private tail = '';
  private isPadded = false;

  /** Takes the look of a chunk that is nothing but text; `bytes` is all the text in it. */
  learn(chunk: string, bytes: number): void {
    this.head = '';
    if (bytes === 0) return;
    for (const key of SHAPED_KEYS) {
      const at = chunk.indexOf(key);
      if (at < 0) continue;
      const content = contentOf(chunk, at + key.length);
      if (content.bytes !== bytes) continue;
      const padding = chunk.indexOf(PADDING, content.end);
      this.head = chunk.slice(0, at + key.length);
      this.isPadded = padding >= 0;
      this.tail = chunk.slice(content.end, padding < 0 ? undefined : padding + PADDING.length);
      return;
    }
  }

  /** Bytes of text in a chunk of the same look; `null` for one that may say more. */
  textBytes(chunk: string): number | null {
    const { head, tail, isPadded } = this;
    // Cut out and compared whole: `startsWith` goes character by character.
    if (head === '' || chunk.slice(0, head.length) !== head) return null;
    const { bytes, end } = contentOf(chunk, head.length);
    const after = end + tail.length;
    if (chunk.slice(end, after) !== tail) return null;
    const isWhole = isPadded ? chunk.indexOf('"', after) === chunk.length - 2 : chunk.length === after;
    return isWhole ? bytes : null;
  }
}

function parsedTextBytes(chunk: string): number {
  return recordsOf(parseRecord(chunk)?.['choices']).reduce(
    (sum, { delta }) => sum + (isRecord(delta) ? messageTextBytes(delta) : 0),
    0,
  );
}

/** UTF-8 bytes of what the model wrote in a message, whole or a delta of one. */
export function messageTextBytes(message: JsonRecord): number {
  let bytes = 0;
  for (const key of TEXT_KEYS) bytes += contentBytes(message[key]);
  for (const call of recordsOf(message['tool_calls'])) {
    if (isRecord(call['function'])) bytes += contentBytes(call['function']['arguments']);
  }
  return bytes;
}

/** A text, or a list of parts that hold texts or, again, such lists. */
function contentBytes(content: unknown): number {
  if (typeof content === 'string') return encodeUtf8(content).length;
  return recordsOf(content).reduce(
    (sum, { text, thinking }) =>
      sum +
      (typeof text === 'string' ? encodeUtf8(text).length : 0) +
      recordsOf(thinking).reduce((inner, part) => inner + contentBytes(part['text']), 0),
    0,
  );
}
