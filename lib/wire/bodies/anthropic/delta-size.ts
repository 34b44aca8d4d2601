/** Measures the generated text in a content_block_delta without parsing it: the bytes behind a live output estimate. */
import { decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { stringBytesAt } from '@/lib/std/json-scan';
import { isRecord, parseRecord } from '@/lib/wire/bodies/record';

const HEAD = encodeUtf8('{"type":"content_block_delta","index":');
const DELTA = encodeUtf8(',"delta":{"type":"');
/** What the model wrote, by the delta that carries it. A signature stands for thinking that isn't shown; citations are not output. */
const TEXT_KEYS = ['text', 'thinking', 'partial_json', 'content', 'signature'] as const;
const TEXT_KEY_BYTES = TEXT_KEYS.map((key) => encodeUtf8(`,"${key}":"`));
const SILENT_KEY_BYTES = ['citation'].map((key) => encodeUtf8(`,"${key}":`));

const QUOTE = 0x22;

/**
 * UTF-8 bytes of generated text in one content_block_delta. Anthropic's own key order is read in place;
 * any other spelling is parsed. Malformed data measures 0.
 */
export function deltaTextBytes(data: Uint8Array): number {
  const afterType = afterDeltaType(data);
  if (afterType < 0) return parsedTextBytes(data);
  for (const key of TEXT_KEY_BYTES) {
    if (hasBytesAt(data, afterType, key)) return stringBytesAt(data, afterType + key.length - 1);
  }
  return SILENT_KEY_BYTES.some((key) => hasBytesAt(data, afterType, key)) ? 0 : parsedTextBytes(data);
}

/** The place after the closing quote of `delta.type`; -1 when the data is not spelled as expected. */
function afterDeltaType(data: Uint8Array): number {
  if (!hasBytesAt(data, 0, HEAD)) return -1;
  let pos = HEAD.length;
  for (let byte = data[pos]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = data[pos]) pos += 1;
  if (!hasBytesAt(data, pos, DELTA)) return -1;
  const quote = data.indexOf(QUOTE, pos + DELTA.length);
  return quote < 0 ? -1 : quote + 1;
}

function parsedTextBytes(data: Uint8Array): number {
  const delta = parseRecord(decodeUtf8(data))?.['delta'];
  if (!isRecord(delta)) return 0;
  let bytes = 0;
  for (const key of TEXT_KEYS) {
    const value = delta[key];
    if (typeof value === 'string') bytes += encodeUtf8(value).length;
  }
  return bytes;
}
