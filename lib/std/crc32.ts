/** CRC-32 (IEEE 802.3, as in zip, PNG and AWS event streams): catches typing, cutting and copying mistakes, not attacks. */

const POLYNOMIAL = 0xed_b8_83_20;

function tableEntry(index: number): number {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value >>> 0;
}

/** Signed, as the engine keeps 32-bit numbers: unsigned ones above 2³¹ would be floating-point. */
const TABLE = Int32Array.from({ length: 256 }, (_, index) => tableEntry(index));
/** The table of a byte, and of the same byte one, two and three places earlier: four bytes are taken at a time. */
const [TABLE_1, TABLE_2, TABLE_3] = [1, 2, 3].map((places) =>
  TABLE.map((entry) => {
    let value = entry;
    for (let place = 0; place < places; place += 1) value = (value >>> 8) ^ (TABLE[value & 0xff] ?? 0);
    return value;
  }),
) as [Int32Array, Int32Array, Int32Array];
const encoder = new TextEncoder();

/** Checksum of the UTF-8 bytes of `text`, an unsigned 32-bit integer. */
export function crc32(text: string): number {
  return crc32OfBytes(encoder.encode(text));
}

/** Checksum of bytes, an unsigned 32-bit integer. */
export function crc32OfBytes(bytes: Uint8Array): number {
  let crc = -1;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    const [a, b, c, d] = [bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0];
    crc ^= a | (b << 8) | (c << 16) | (d << 24);
    crc =
      (TABLE_3[crc & 0xff] ?? 0) ^
      (TABLE_2[(crc >>> 8) & 0xff] ?? 0) ^
      (TABLE_1[(crc >>> 16) & 0xff] ?? 0) ^
      (TABLE[crc >>> 24] ?? 0);
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
