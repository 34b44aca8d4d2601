/** Small helpers for byte arrays: UTF-8, joining, and a buffer that grows. */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Text of UTF-8 bytes; bad sequences become U+FFFD and a leading BOM is dropped. Never throws. */
export function decodeUtf8(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** One array with all parts in order; a single part comes back as it is, uncopied. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Whether `expected` stands in `bytes` at `at`. */
export function hasBytesAt(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  if (at + expected.length > bytes.length) return false;
  for (let i = 0; i < expected.length; i += 1) {
    if (bytes[at + i] !== expected[i]) return false;
  }
  return true;
}

/** First allocation of a growing buffer: an ordinary cut event fits without a second one. */
const FIRST_CAPACITY_BYTES = 1024;

/** Collects chunks into one contiguous array; doubling keeps a byte-by-byte feed linear. */
export class ByteBuffer {
  private store: Uint8Array = new Uint8Array(0);
  private used = 0;

  get length(): number {
    return this.used;
  }

  append(bytes: Uint8Array): void {
    const needed = this.used + bytes.length;
    if (needed > this.store.length) {
      const grown = new Uint8Array(Math.max(FIRST_CAPACITY_BYTES, needed, this.store.length * 2));
      grown.set(this.store.subarray(0, this.used));
      this.store = grown;
    }
    this.store.set(bytes, this.used);
    this.used = needed;
  }

  /** The bytes so far, as a view that the next `append` may leave behind. */
  view(): Uint8Array {
    return this.store.subarray(0, this.used);
  }

  /** Hands the bytes over and starts empty; the array given out is never written to again. */
  take(): Uint8Array {
    const taken = this.view();
    this.store = new Uint8Array(0);
    this.used = 0;
    return taken;
  }
}
