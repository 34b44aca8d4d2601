/** Cuts a byte stream into AWS event-stream frames (`application/vnd.amazon.eventstream`) and writes such frames. */
import { ByteBuffer, concatBytes, decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { crc32OfBytes } from '@/lib/std/crc32';

/** Total length, length of the headers, and a CRC of both. */
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
const LEAST_FRAME_BYTES = PRELUDE_BYTES + CRC_BYTES;

/** A frame larger than this is skipped: AWS's own frames hold a few kilobytes, and a function's memory is far larger. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

const STRING_TYPE = 7;
/** Bytes of a header's value by its type: two booleans, integers, then (`null`) bytes and text with a length, time, UUID. */
const VALUE_BYTES: readonly (number | null)[] = [0, 0, 1, 2, 4, 8, null, null, 8, 16];

const MESSAGE_TYPE = encodeUtf8(':message-type');
const EVENT_TYPE = encodeUtf8(':event-type');
const EXCEPTION_TYPE = encodeUtf8(':exception-type');
const ERROR_CODE = encodeUtf8(':error-code');

/** Texts that nearly every frame's headers hold: comparing is quicker than decoding. */
const KNOWN_TEXTS = ['event', 'chunk', 'contentBlockDelta'].map((text) => ({
  text,
  bytes: encodeUtf8(text),
}));

function textAt(bytes: Uint8Array, from: number, size: number): string {
  for (const known of KNOWN_TEXTS)
    if (known.bytes.length === size && hasBytesAt(bytes, from, known.bytes)) return known.text;
  return decodeUtf8(bytes.subarray(from, from + size));
}

/** What was wrong with the bytes. After `prelude` nothing more can be found; the others cost one frame. */
export type FrameProblem = 'prelude' | 'checksum' | 'too-large';

/** One frame whose checksums hold. Every view it gives out stays valid after the callback. */
export class EventFrame {
  constructor(
    private readonly headers: Uint8Array,
    readonly payload: Uint8Array,
  ) {}

  /** `event`, or how it went wrong: `exception` (modelled) and `error` (not). */
  get messageType(): string {
    return this.text(MESSAGE_TYPE) ?? '';
  }

  /** The event's name, or for an exception or an error its type. */
  get name(): string {
    return this.text(EVENT_TYPE) ?? this.text(EXCEPTION_TYPE) ?? this.text(ERROR_CODE) ?? '';
  }

  /** The value of a header that is text; `null` where there is none. */
  header(name: string): string | null {
    return this.text(encodeUtf8(name));
  }

  private text(name: Uint8Array): string | null {
    const { headers } = this;
    let pos = 0;
    while (pos < headers.length) {
      const nameFrom = pos + 1;
      const nameBytes = headers[pos] ?? 0;
      const type = headers[nameFrom + nameBytes] ?? -1;
      let from = nameFrom + nameBytes + 1;
      let size = VALUE_BYTES[type];
      if (size === undefined) return null;
      if (size === null) {
        size = ((headers[from] ?? 0) << 8) | (headers[from + 1] ?? 0);
        from += 2;
      }
      if (from + size > headers.length) return null;
      if (type === STRING_TYPE && nameBytes === name.length && hasBytesAt(headers, nameFrom, name))
        return textAt(headers, from, size);
      pos = from + size;
    }
    return null;
  }
}

export interface EventStreamOptions {
  /** Default `MAX_FRAME_BYTES`. */
  readonly maxFrameBytes?: number;
  readonly onProblem?: (problem: FrameProblem) => void;
}

/** Feed it chunks; it calls back once per whole frame. Never throws on what it reads: what is malformed is reported. */
export class EventStreamFramer {
  private readonly carry = new ByteBuffer();
  private readonly maxFrameBytes: number;
  private readonly onProblem: (problem: FrameProblem) => void;
  /** Bytes of a too large frame still to pass over. */
  private skipping = 0;
  private lost = false;

  constructor(
    private readonly onFrame: (frame: EventFrame) => void,
    options: EventStreamOptions = {},
  ) {
    this.maxFrameBytes = options.maxFrameBytes ?? MAX_FRAME_BYTES;
    this.onProblem = options.onProblem ?? (() => undefined);
  }

  /** The bytes so far end with a frame: a stream that ends elsewhere was cut off. */
  get atBoundary(): boolean {
    return !this.lost && this.carry.length === 0 && this.skipping === 0;
  }

  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0 && !this.lost) rest = this.take(rest);
  }

  /** Takes at most one frame's bytes; returns what is left. */
  private take(bytes: Uint8Array): Uint8Array {
    if (this.skipping > 0) {
      const passed = Math.min(this.skipping, bytes.length);
      this.skipping -= passed;
      return bytes.subarray(passed);
    }
    if (this.carry.length === 0) {
      const total = bytes.length < PRELUDE_BYTES ? null : this.frameBytes(bytes);
      if (total === 0) return bytes;
      if (total !== null && total <= bytes.length) {
        this.finish(bytes.subarray(0, total));
        return bytes.subarray(total);
      }
      this.carry.append(bytes);
      return bytes.subarray(bytes.length);
    }
    // First the prelude, which says how much more belongs to the frame.
    const short = PRELUDE_BYTES - this.carry.length;
    if (short > 0) {
      this.carry.append(bytes.subarray(0, short));
      if (this.carry.length === PRELUDE_BYTES && this.frameBytes(this.carry.view()) === 0) {
        this.carry.take();
        // What was carried is a part of the frame that is passed over.
        this.skipping = Math.max(0, this.skipping - PRELUDE_BYTES);
      }
      return bytes.subarray(short);
    }
    const total = uint32(this.carry.view(), 0);
    const missing = total - this.carry.length;
    this.carry.append(bytes.subarray(0, missing));
    if (this.carry.length === total) this.finish(this.carry.take());
    return bytes.subarray(missing);
  }

  /** The frame's length by its prelude; 0 for one that can't be read or is passed over. */
  private frameBytes(prelude: Uint8Array): number {
    const total = uint32(prelude, 0);
    const fits = total >= LEAST_FRAME_BYTES && uint32(prelude, 4) <= total - LEAST_FRAME_BYTES;
    if (!fits || crc32OfBytes(prelude.subarray(0, 8)) !== uint32(prelude, 8)) {
      this.lost = true;
      this.carry.take();
      this.onProblem('prelude');
      return 0;
    }
    if (total <= this.maxFrameBytes) return total;
    this.skipping = total;
    this.onProblem('too-large');
    return 0;
  }

  private finish(frame: Uint8Array): void {
    const end = frame.length - CRC_BYTES;
    if (crc32OfBytes(frame.subarray(0, end)) !== uint32(frame, end)) return this.onProblem('checksum');
    const payloadFrom = PRELUDE_BYTES + uint32(frame, 4);
    this.onFrame(
      new EventFrame(frame.subarray(PRELUDE_BYTES, payloadFrom), frame.subarray(payloadFrom, end)),
    );
  }
}

/** One frame; every header is text. Names have at most 255 bytes, values 65,535. */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const head = concatBytes(Object.entries(headers).map(([name, value]) => headerBytes(name, value)));
  const frame = new Uint8Array(LEAST_FRAME_BYTES + head.length + payload.length);
  const view = new DataView(frame.buffer);
  const end = frame.length - CRC_BYTES;
  view.setUint32(0, frame.length);
  view.setUint32(4, head.length);
  view.setUint32(8, crc32OfBytes(frame.subarray(0, 8)));
  frame.set(head, PRELUDE_BYTES);
  frame.set(payload, PRELUDE_BYTES + head.length);
  view.setUint32(end, crc32OfBytes(frame.subarray(0, end)));
  return frame;
}

/** A modelled error in mid-stream: SDKs raise it as the exception of that name. */
export function exceptionFrame(type: string, body: Readonly<Record<string, unknown>>): Uint8Array {
  const headers = {
    ':exception-type': type,
    ':content-type': 'application/json',
    ':message-type': 'exception',
  };
  return encodeFrame(headers, encodeUtf8(JSON.stringify(body)));
}

function headerBytes(name: string, value: string): Uint8Array {
  const [key, text] = [encodeUtf8(name), encodeUtf8(value)];
  return concatBytes([
    Uint8Array.of(key.length),
    key,
    Uint8Array.of(STRING_TYPE, text.length >>> 8, text.length & 0xff),
    text,
  ]);
}

function uint32(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const low = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
  return ((high << 16) | low) >>> 0;
}
