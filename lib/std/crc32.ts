/** CRC-32 (IEEE 802.3, as in zip and PNG): catches typing and cutting mistakes, not attacks. */

const POLYNOMIAL = 0xed_b8_83_20;

function tableEntry(index: number): number {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  return value >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => tableEntry(index));
const encoder = new TextEncoder();

/** Checksum of the UTF-8 bytes of `text`, an unsigned 32-bit integer. */
export function crc32(text: string): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of encoder.encode(text)) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}
