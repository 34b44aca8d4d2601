/** Looks a JSON text's keys over in its bytes, for those who need one or two values of it and no objects. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const LETTER_U = 0x75;
/** `\uXXXX` stands for two or three UTF-8 bytes as a rule. */
const ESCAPED_CHARACTER_BYTES = 3;

const isBlank = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

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
    while (isBlank(json[pos])) pos += 1;
    if (json[pos] !== COLON) continue;
    pos += 1;
    while (isBlank(json[pos])) pos += 1;
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
