/** CRC-32 (IEEE 802.3, as in zip, PNG and AWS event streams): catches typing, cutting and copying mistakes, not attacks. */

const POLYNOMIAL = 0xed_b8_83_20;

function tableEntry(index: number): number {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value >>> 0;
}

/** Signed, as the engine keeps 32-bit numbers: unsigned ones above 2³¹ would be floating-point. */
const TABLE = Int32Array.from({ length: 256 }, (_, index) => tableEntry(index));
const encoder = new TextEncoder();

/** Checksum of the UTF-8 bytes of `text`, an unsigned 32-bit integer. */
export function crc32(text: string): number {
  return crc32OfBytes(encoder.encode(text));
}

/** Checksum of bytes, an unsigned 32-bit integer. */
export function crc32OfBytes(bytes: Uint8Array): number {
  let crc = -1;
  for (let at = 0; at < bytes.length; at += 1)
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return ~crc >>> 0;
}
