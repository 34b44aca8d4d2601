/** Collects a whole JSON answer as it passes by, and reads it once somebody asks. */
import { ByteBuffer, decodeUtf8 } from '@/lib/std/bytes';
import type { UsageReader, UsageReading } from '@/lib/wire/format';
import { type JsonRecord, parseRecord } from './record';

/** Largest answer kept for reading: well above any model's output, a fraction of a function's memory. */
const MAX_JSON_ANSWER_BYTES = 64 * 1024 * 1024;

/** A usage reader for answers that are one JSON object; `parse` gets `null` for anything else. */
export class JsonBodyReader implements UsageReader {
  private readonly body = new ByteBuffer();
  private tooLarge = false;
  private reading: UsageReading | null = null;

  constructor(
    private readonly parse: (answer: JsonRecord | null) => UsageReading,
    private readonly maxBytes: number = MAX_JSON_ANSWER_BYTES,
  ) {}

  push(chunk: Uint8Array): void {
    this.reading = null;
    if (this.tooLarge) return;
    if (this.body.length + chunk.length > this.maxBytes) {
      this.tooLarge = true;
      this.body.take();
      return;
    }
    this.body.append(chunk);
  }

  /** Parsed once per state: asking again without new bytes costs nothing. */
  read(): UsageReading {
    this.reading ??= this.parse(this.body.length === 0 ? null : parseRecord(decodeUtf8(this.body.view())));
    return this.reading;
  }
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
