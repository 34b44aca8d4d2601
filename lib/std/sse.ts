/** Cuts a byte stream into server-sent events without decoding or parsing what nobody asks for. */
import { BodyEnds } from '@/lib/std/body-ends';
import { ByteBuffer, concatBytes, decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';

/** An event larger than this is kept by its ends only: far below a function's memory. */
const MAX_SSE_EVENT_BYTES = 8 * 1024 * 1024;

/** Beginning of a skipped event that is kept: its name, and what stands first in its data. */
const SKIPPED_HEAD_BYTES = 1024;
const SKIPPED_TAIL_BYTES = 64 * 1024;
const NAME_LINE = /^event: ?([^\r\n]*)/m;

/** Event names kept as ready strings; a stream uses a handful, a hostile one must not grow this. */
const MAX_KNOWN_NAMES = 16;

const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const LETTER_D = 100;
const LETTER_E = 101;
const DATA = encodeUtf8('data');
const EVENT = encodeUtf8('event');
const BOM = Uint8Array.of(0xef, 0xbb, 0xbf);
const NEWLINE = Uint8Array.of(LF);

/** One event that has data. Every view it gives out stays valid after the callback. */
export class SseEvent {
  constructor(
    /** The `event:` field; empty where the stream names none. */
    readonly event: string,
    private readonly bytes: Uint8Array,
    private readonly from: number,
    private readonly to: number,
    /** Start and end of each `data:` value, in pairs. */
    private readonly spans: readonly number[],
  ) {}

  /** The data's bytes, lines joined by LF. A single line is a view, not a copy. */
  data(): Uint8Array {
    if (this.spans.length === 2) return this.bytes.subarray(this.spans[0], this.spans[1]);
    const parts: Uint8Array[] = [];
    for (let i = 0; i < this.spans.length; i += 2) {
      if (i > 0) parts.push(NEWLINE);
      parts.push(this.bytes.subarray(this.spans[i], this.spans[i + 1]));
    }
    return concatBytes(parts);
  }

  text(): string {
    return decodeUtf8(this.data());
  }

  /** The event as it stood on the wire, with comments before it and the blank line after it. */
  raw(): Uint8Array {
    return this.bytes.subarray(this.from, this.to);
  }
}

/** What is kept of an event that was larger than the bound. */
export interface SkippedEvent {
  /** The `event:` field, where it stands before the data; empty where it doesn't. */
  readonly event: string;
  /** The event's first and last bytes as on the wire. */
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

export interface SseFramerOptions {
  /** Default `MAX_SSE_EVENT_BYTES`. */
  readonly maxEventBytes?: number;
  /** Bytes that are no event (comments, stray blank lines, pieces of a skipped event), for a filter to pass on. */
  readonly onOther?: (bytes: Uint8Array) => void;
  /** Called once an event that was too large is over. */
  readonly onSkipped?: (event: SkippedEvent) => void;
}

/**
 * Feed it chunks; it calls back once per complete event that has data (HTML standard, "Server-sent events":
 * LF, CRLF or CR ends a line, a blank line ends an event). Never throws on what it reads.
 */
export class SseFramer {
  /** Events dropped because they were larger than the bound. */
  skippedEvents = 0;
  private readonly onSkipped: ((event: SkippedEvent) => void) | null;
  private ends: BodyEnds | null = null;
  private readonly carry = new ByteBuffer();
  private readonly maxEventBytes: number;
  private readonly onOther: ((bytes: Uint8Array) => void) | null;
  private readonly names: { bytes: Uint8Array; text: string }[] = [];
  private skipping = false;
  private lineEmpty = true;
  /** The last byte seen was a CR that ended a line: an LF that follows belongs to it. */
  private afterCr = false;
  private seenCr = false;
  private atStart = true;

  constructor(
    private readonly onEvent: (event: SseEvent) => void,
    options: SseFramerOptions = {},
  ) {
    this.maxEventBytes = options.maxEventBytes ?? MAX_SSE_EVENT_BYTES;
    this.onOther = options.onOther ?? null;
    this.onSkipped = options.onSkipped ?? null;
  }

  push(chunk: Uint8Array): void {
    const end = chunk.length;
    let start = 0;
    let pos = 0;
    let lf = -1;
    let cr = -1;
    while (pos < end) {
      if (lf < pos) lf = indexOrEnd(chunk, LF, pos);
      if (cr < pos) cr = indexOrEnd(chunk, CR, pos);
      const at = Math.min(lf, cr);
      if (at === end) {
        this.lineEmpty = false;
        this.afterCr = false;
        break;
      }
      if (at === pos && at === lf && this.afterCr) {
        this.afterCr = false;
        pos += 1;
        continue;
      }
      const blank = this.lineEmpty && at === pos;
      pos = at + 1;
      if (at === cr) this.seenCr = true;
      if (at === cr && chunk[pos] === LF) pos += 1;
      this.afterCr = at === cr && pos === at + 1;
      this.lineEmpty = true;
      if (blank) {
        this.finish(chunk, start, pos);
        start = pos;
      }
    }
    if (start < end) this.keep(chunk.subarray(start));
  }

  /** Ends the feed: the bytes of an event that never got its blank line (by the standard, discarded). */
  end(): Uint8Array {
    return this.carry.take();
  }

  private keep(bytes: Uint8Array): void {
    if (!this.skipping && this.carry.length + bytes.length <= this.maxEventBytes) {
      this.carry.append(bytes);
      return;
    }
    if (this.carry.length > 0) this.skip(this.carry.take());
    this.skipping = true;
    this.skip(bytes);
  }

  private finish(chunk: Uint8Array, start: number, end: number): void {
    const tooLarge = this.carry.length + end - start > this.maxEventBytes;
    if (this.skipping || tooLarge) {
      if (this.carry.length > 0) this.skip(this.carry.take());
      this.skip(chunk.subarray(start, end));
      this.tellSkipped();
      this.skippedEvents += 1;
      this.skipping = false;
      this.atStart = false;
    } else if (this.carry.length === 0) {
      this.parse(chunk, start, end);
    } else {
      this.carry.append(chunk.subarray(start, end));
      const block = this.carry.take();
      this.parse(block, 0, block.length);
    }
  }

  private skip(bytes: Uint8Array): void {
    if (this.onSkipped !== null) {
      this.ends ??= new BodyEnds(SKIPPED_HEAD_BYTES, SKIPPED_TAIL_BYTES);
      this.ends.push(bytes);
    }
    this.other(bytes);
  }

  private tellSkipped(): void {
    if (this.ends === null || this.onSkipped === null) return;
    const head = this.ends.head();
    const event = NAME_LINE.exec(decodeUtf8(head))?.[1] ?? '';
    this.onSkipped({ event, head, tail: this.ends.tail() });
    this.ends = null;
  }

  private parse(bytes: Uint8Array, from: number, to: number): void {
    let pos = this.atStart && hasBytesAt(bytes, from, BOM) ? from + BOM.length : from;
    this.atStart = false;
    let name = '';
    const spans: number[] = [];
    while (pos < to) {
      const end = this.lineEnd(bytes, pos, to);
      const first = bytes[pos];
      if (first === LETTER_D) {
        const value = valueStart(bytes, pos, end, DATA);
        if (value >= 0) spans.push(value, end);
      } else if (first === LETTER_E) {
        const value = valueStart(bytes, pos, end, EVENT);
        if (value >= 0) name = this.nameOf(bytes, value, end);
      }
      pos = end + 1;
    }
    if (spans.length > 0) this.onEvent(new SseEvent(name, bytes, from, to, spans));
    else this.other(bytes.subarray(from, to));
  }

  private lineEnd(bytes: Uint8Array, pos: number, to: number): number {
    if (!this.seenCr) return bytes.indexOf(LF, pos);
    let at = pos;
    while (at < to && bytes[at] !== LF && bytes[at] !== CR) at += 1;
    return at;
  }

  private nameOf(bytes: Uint8Array, from: number, to: number): string {
    for (const known of this.names) {
      if (known.bytes.length === to - from && hasBytesAt(bytes, from, known.bytes)) return known.text;
    }
    const copy = bytes.slice(from, to);
    const text = decodeUtf8(copy);
    if (this.names.length < MAX_KNOWN_NAMES) this.names.push({ bytes: copy, text });
    return text;
  }

  private other(bytes: Uint8Array): void {
    if (this.onOther !== null && bytes.length > 0) this.onOther(bytes);
  }
}

function indexOrEnd(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.length : at;
}

/** Where a field's value starts on the line, after the colon and one space; -1 when the line is another field. */
function valueStart(bytes: Uint8Array, pos: number, end: number, field: Uint8Array): number {
  const after = pos + field.length;
  if (after > end || !hasBytesAt(bytes, pos, field)) return -1;
  if (after === end) return end;
  if (bytes[after] !== COLON) return -1;
  return after + 1 < end && bytes[after + 1] === SPACE ? after + 2 : after + 1;
}
