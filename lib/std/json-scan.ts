/** Looks a JSON text's keys over in its bytes, for those who need one or two values of it and no objects. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LETTER_U = 0x75;
/** `\uXXXX` stands for two or three UTF-8 bytes as a rule. */
const ESCAPED_CHARACTER_BYTES = 3;

/** A string longer than this is crossed with a native search; below it the plain loop is quicker. */
const SHORT_STRING_BYTES = 48;

/** The first place from `from` on that holds no blank. */
export function afterBlanks(json: Uint8Array, from: number): number {
  const end = json.length;
  let pos = from;
  while (pos < end) {
    const byte = json[pos] ?? 0;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return pos;
    pos += 1;
  }
  return pos;
}

/** From a string's opening quote to the place after its closing one; -1 where it never closes. */
export function stringEnd(json: Uint8Array, from: number): number {
  let pos = from + 1;
  for (;;) {
    const near = Math.min(json.length, pos + SHORT_STRING_BYTES);
    while (pos < near) {
      const byte = json[pos];
      if (byte === QUOTE) return pos + 1;
      pos += byte === BACKSLASH ? 2 : 1;
    }
    // `pos` stands on an unescaped byte, so backslashes are counted from here on only.
    const quote = json.indexOf(QUOTE, pos);
    if (quote < 0) return -1;
    let run = quote;
    while (run > pos && json[run - 1] === BACKSLASH) run -= 1;
    if ((quote - run) % 2 === 0) return quote + 1;
    // An escaped quote seldom comes alone: the plain loop goes on.
    pos = quote + 1;
  }
}

/**
 * Calls back for every key at any depth: where it starts and ends between its quotes, and where its value starts.
 * Never throws: of malformed text it shows what looks like keys.
 */
export function eachKey(
  json: Uint8Array,
  onKey: (keyFrom: number, keyTo: number, valueFrom: number) => void,
): void {
  const end = json.length;
  let pos = 0;
  while (pos < end) {
    if (json[pos] !== QUOTE) {
      pos += 1;
      continue;
    }
    const keyFrom = pos + 1;
    pos = keyFrom;
    while (pos < end && json[pos] !== QUOTE) pos += json[pos] === BACKSLASH ? 2 : 1;
    const keyTo = pos;
    pos += 1;
    pos = afterBlanks(json, pos);
    if (json[pos] !== COLON) continue;
    pos = afterBlanks(json, pos + 1);
    onKey(keyFrom, keyTo, pos);
  }
}

/** UTF-8 bytes of the JSON string whose opening quote stands at `from`, escapes counted as what they stand for; 0 for any other value. */
export function stringBytesAt(json: Uint8Array, from: number): number {
  if (json[from] !== QUOTE) return 0;
  let bytes = 0;
  let pos = from + 1;
  while (pos < json.length && json[pos] !== QUOTE) {
    if (json[pos] !== BACKSLASH) {
      pos += 1;
      bytes += 1;
    } else if (json[pos + 1] === LETTER_U) {
      pos += 6;
      bytes += ESCAPED_CHARACTER_BYTES;
    } else {
      pos += 2;
      bytes += 1;
    }
  }
  return bytes;
}
