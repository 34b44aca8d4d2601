/** What is wanted of the two frames that make up nearly all of a stream, taken out of their bytes without parsing them. */
import { fromBase64 } from '@/lib/std/base64';
import { decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { eachKey, stringBytesAt } from '@/lib/std/json-scan';
import { WRITTEN } from '@/lib/wire/bedrock/usage';
import { parseRecord } from '@/lib/wire/bodies/record';

const WRITTEN_KEYS = [...WRITTEN].map((key) => encodeUtf8(key));

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

const BYTES_AT_HEAD = encodeUtf8('{"bytes":"');
const QUOTE = 0x22;
const PAD = 0x3d;
const ALPHABET = encodeUtf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** What each letter of base64 stands for; -1 for no letter of it. */
const SIXTET = Int8Array.from({ length: 256 }, (_, byte) => ALPHABET.indexOf(byte));
/** Nearly all chunks fit; larger ones take the long way. */
const ROOM_BYTES = 4_096;

/** Takes the model's own events out of InvokeModel's chunks. */
export class ChunkBytes {
  /** An array made for every chunk would cost more than decoding into it. */
  private readonly room = new Uint8Array(ROOM_BYTES);

  /** The event, valid until the next call; `null` where there is none. */
  of(payload: Uint8Array): Uint8Array | null {
    const quick = hasBytesAt(payload, 0, BYTES_AT_HEAD) ? this.decode(payload, BYTES_AT_HEAD.length) : null;
    if (quick !== null) return quick;
    const encoded = parseRecord(decodeUtf8(payload))?.['bytes'];
    return typeof encoded === 'string' ? fromBase64(encoded) : null;
  }

  /** Base64 up to a quote; `null` for anything but whole groups of four letters. */
  private decode(text: Uint8Array, from: number): Uint8Array | null {
    const { room } = this;
    let used = 0;
    for (let at = from; at + 4 < text.length && used + 3 <= ROOM_BYTES; at += 4) {
      if (text[at] === QUOTE) return room.subarray(0, used);
      const [third, fourth] = [text[at + 2] ?? 0, text[at + 3] ?? 0];
      const padding = fourth === PAD ? (third === PAD ? 2 : 1) : 0;
      const a = SIXTET[text[at] ?? 0] ?? -1;
      const b = SIXTET[text[at + 1] ?? 0] ?? -1;
      const c = padding === 2 ? 0 : (SIXTET[third] ?? -1);
      const d = padding > 0 ? 0 : (SIXTET[fourth] ?? -1);
      const group = (a << 18) | (b << 12) | (c << 6) | d;
      // One letter that is none makes the whole group negative.
      if (group < 0 || (padding > 0 && text[at + 4] !== QUOTE)) return null;
      room[used] = group >> 16;
      room[used + 1] = (group >> 8) & 0xff;
      room[used + 2] = group & 0xff;
      used += 3 - padding;
    }
    return null;
  }
}
