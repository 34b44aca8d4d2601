/** What is wanted of the two frames that make up nearly all of a stream, taken out of their bytes without parsing them. */
import { fromBase64 } from '@/lib/std/base64';
import { decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { eachKey, stringBytesAt } from '@/lib/std/json-scan';
import { WRITTEN } from '@/lib/wire/bedrock/usage';
import { parseRecord } from '@/lib/wire/bodies/record';

const WRITTEN_KEYS = [...WRITTEN].map((key) => encodeUtf8(key));
const QUOTE = 0x22;
const BYTES_AT_HEAD = encodeUtf8('{"bytes":"');

/** UTF-8 bytes of what the model wrote in a Converse delta. */
export function writtenBytesIn(payload: Uint8Array): number {
  let bytes = 0;
  eachKey(payload, (from, to, value) => {
    for (const key of WRITTEN_KEYS) {
      if (to - from === key.length && hasBytesAt(payload, from, key)) bytes += stringBytesAt(payload, value);
    }
  });
  return bytes;
}

/** The model's own event in a chunk of InvokeModel; `null` where there is none. */
export function chunkBytes(payload: Uint8Array): Uint8Array | null {
  if (hasBytesAt(payload, 0, BYTES_AT_HEAD)) {
    const from = BYTES_AT_HEAD.length;
    const to = payload.indexOf(QUOTE, from);
    const bytes = to < 0 ? null : fromBase64(decodeUtf8(payload.subarray(from, to)));
    if (bytes !== null) return bytes;
  }
  const encoded = parseRecord(decodeUtf8(payload))?.['bytes'];
  return typeof encoded === 'string' ? fromBase64(encoded) : null;
}
