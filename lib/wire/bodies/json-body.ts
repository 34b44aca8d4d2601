/** Collects a whole JSON answer as it passes by, and reads it once somebody asks. */
import { BodyEnds } from '@/lib/std/body-ends';
import { ByteBuffer, decodeUtf8 } from '@/lib/std/bytes';
import type { UsageReader, UsageReading } from '@/lib/wire/format';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { type JsonRecord, parseRecord } from '@/lib/wire/bodies/record';
import { salvage, SALVAGE_TAIL_BYTES } from '@/lib/wire/bodies/salvage';

/** Largest answer kept for reading: well above any model's output, a fraction of a function's memory. */
const MAX_JSON_ANSWER_BYTES = 64 * 1024 * 1024;

const CLOSING_BRACE = 0x7d;
/** Largest code of the blanks that JSON knows. */
const SPACE = 0x20;

/**
 * A usage reader for answers that are one JSON object; `parse` gets `null` for anything else. Of an answer too large
 * to be kept the usage is looked for in its end; what can't be read counts by its bytes.
 */
export class JsonBodyReader implements UsageReader {
  private readonly body = new ByteBuffer();
  /** The end of an answer that is too large. */
  private ends: BodyEnds | null = null;
  private bytes = 0;
  private reading: UsageReading | null = null;

  constructor(
    private readonly parse: (answer: JsonRecord | null) => UsageReading,
    private readonly maxBytes: number = MAX_JSON_ANSWER_BYTES,
  ) {}

  push(chunk: Uint8Array): void {
    this.reading = null;
    this.bytes += chunk.length;
    if (this.ends === null && this.body.length + chunk.length <= this.maxBytes) {
      this.body.append(chunk);
      return;
    }
    if (this.ends === null) {
      this.ends = new BodyEnds(0, SALVAGE_TAIL_BYTES);
      this.ends.push(this.body.take());
    }
    this.ends.push(chunk);
  }

  /** Parsed once per state: asking again without new bytes costs nothing. */
  read(): UsageReading {
    this.reading ??= this.ends === null ? this.readWhole() : this.readEnd(this.ends.tail());
    return this.reading;
  }

  private readWhole(): UsageReading {
    const answer = this.body.length === 0 ? null : parseRecord(decodeUtf8(this.body.view()));
    const reading = this.parse(answer);
    return answer === null ? { ...reading, streamedOutputTokens: outputTokensOf(this.bytes) } : reading;
  }

  private readEnd(tail: Uint8Array): UsageReading {
    const answer = salvage(tail);
    const streamedOutputTokens = outputTokensOf(this.bytes);
    if (answer !== null) return { ...this.parse(answer), estimated: true, streamedOutputTokens };
    return { ...this.parse(null), terminal: isClosed(tail), streamedOutputTokens };
  }
}

/** Whether the last byte, but for blanks, ends an object. */
function isClosed(tail: Uint8Array): boolean {
  return tail.findLast((byte) => byte > SPACE) === CLOSING_BRACE;
}

/** A reading that knows nothing yet. */
export const NOTHING_READ: UsageReading = {
  parts: [],
  raw: null,
  terminal: false,
  final: false,
  failed: false,
  estimated: false,
  streamedOutputTokens: 0,
  model: null,
};
