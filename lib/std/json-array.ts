/** Splits a JSON array that grows on the wire into its elements, wherever the chunks are cut. */
import { ByteBuffer } from '@/lib/std/bytes';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const BLANK = 0x20;

/** An element may hold a whole image; anything larger is passed over rather than kept in memory. */
const MAX_ELEMENT_BYTES = 32 * 1024 * 1024;

function isStructure(byte: number | undefined): boolean {
  return (
    byte === QUOTE ||
    byte === OPEN_BRACE ||
    byte === CLOSE_BRACE ||
    byte === OPEN_BRACKET ||
    byte === CLOSE_BRACKET
  );
}

/**
 * Feed it chunks; it calls back with the bytes of each object in the array. One object in place of the array counts as
 * its only element. Never throws on what it reads.
 */
export class JsonArrayFramer {
  /** The array (or the object that stands for it) was closed. */
  closed = false;
  /** Elements dropped because they were larger than the bound. */
  skippedElements = 0;
  private readonly carry = new ByteBuffer();
  private depth = 0;
  /** Depth at which elements open: inside the array, or at the top where there is none. */
  private elementDepth = -1;
  private inString = false;
  private escaped = false;
  private skipping = false;

  constructor(
    private readonly onElement: (bytes: Uint8Array) => void,
    private readonly maxElementBytes: number = MAX_ELEMENT_BYTES,
  ) {}

  push(chunk: Uint8Array): void {
    const end = chunk.length;
    let pos = 0;
    /** Where the element under way starts in this chunk; -1 between elements. */
    let from = this.inElement() ? 0 : -1;
    while (pos < end && !this.closed) {
      if (this.inString) {
        pos = this.crossString(chunk, pos);
        continue;
      }
      // Inside an element only strings and brackets matter.
      if (this.elementDepth >= 0) while (pos < end && !isStructure(chunk[pos])) pos += 1;
      const byte = chunk[pos];
      pos += 1;
      if (byte === QUOTE) {
        this.inString = true;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.elementDepth < 0) this.elementDepth = byte === OPEN_BRACKET ? 1 : 0;
        if (this.depth === this.elementDepth) from = pos - 1;
        this.depth += 1;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        this.depth -= 1;
        if (this.depth === this.elementDepth && from >= 0) {
          this.finish(chunk.subarray(from, pos));
          from = -1;
        }
        this.closed = this.depth <= 0;
      } else if (this.elementDepth < 0 && byte !== undefined && byte > BLANK && byte < 0x80) {
        // Neither an array nor an object: there is nothing to find.
        this.closed = true;
      }
    }
    if (from >= 0) this.keep(chunk.subarray(from));
  }

  private inElement(): boolean {
    return this.elementDepth >= 0 && this.depth > this.elementDepth;
  }

  /** From inside a string to the place after its end, or to the chunk's. */
  private crossString(chunk: Uint8Array, from: number): number {
    let pos = this.escaped ? from + 1 : from;
    while (pos < chunk.length && chunk[pos] !== QUOTE) pos += chunk[pos] === BACKSLASH ? 2 : 1;
    // The chunk may end with a backslash: then what it escapes comes with the next one.
    this.escaped = pos > chunk.length;
    this.inString = pos >= chunk.length;
    return Math.min(pos + 1, chunk.length);
  }

  private keep(bytes: Uint8Array): void {
    if (this.skipping) return;
    if (this.carry.length + bytes.length > this.maxElementBytes) {
      this.skipping = true;
      this.carry.take();
    } else this.carry.append(bytes);
  }

  private finish(bytes: Uint8Array): void {
    const tooLarge = this.skipping || this.carry.length + bytes.length > this.maxElementBytes;
    if (tooLarge) {
      this.skippedElements += 1;
      this.skipping = false;
      this.carry.take();
    } else if (this.carry.length === 0) {
      this.onElement(bytes);
    } else {
      this.carry.append(bytes);
      this.onElement(this.carry.take());
    }
  }
}
