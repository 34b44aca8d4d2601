/** Reads usage from a whole JSON answer. */
import type { UsageReader, UsageReading } from '@/lib/wire/format';
import { ByteBuffer, decodeUtf8, encodeUtf8 } from '@/lib/std/bytes';
import { BYTES_PER_TOKEN } from '@/lib/wire/anthropic-messages/delta-size';
import { isRecord, type JsonRecord, parseRecord, partsOf } from '@/lib/wire/anthropic-messages/usage';

/** Largest answer kept for reading: well above any model's output, a fraction of a function's memory. */
const MAX_JSON_ANSWER_BYTES = 64 * 1024 * 1024;

export class JsonUsageReader implements UsageReader {
  private readonly body = new ByteBuffer();
  private tooLarge = false;
  private reading: UsageReading | null = null;

  constructor(
    private readonly callModel: string,
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
    this.reading ??= this.parse();
    return this.reading;
  }

  private parse(): UsageReading {
    const answer = this.body.length === 0 ? null : parseRecord(decodeUtf8(this.body.view()));
    const usage = answer?.['usage'];
    const model = answer?.['model'];
    const parts = isRecord(usage) ? partsOf(usage, this.callModel) : [];
    return {
      parts,
      raw: isRecord(usage) ? usage : null,
      terminal: answer !== null,
      final: parts.length > 0,
      failed: answer?.['type'] === 'error',
      estimated: false,
      streamedOutputTokens: answer === null ? 0 : Math.ceil(textBytesOf(answer) / BYTES_PER_TOKEN),
      model: typeof model === 'string' ? model : null,
    };
  }
}

/** UTF-8 bytes of what the model wrote: texts, thinking and tool inputs. */
function textBytesOf(answer: JsonRecord): number {
  const { content } = answer;
  if (!Array.isArray(content)) return 0;
  let bytes = 0;
  for (const block of content) {
    if (!isRecord(block)) continue;
    for (const written of [block['text'], block['thinking']]) {
      if (typeof written === 'string') bytes += encodeUtf8(written).length;
    }
    if (isRecord(block['input'])) bytes += encodeUtf8(JSON.stringify(block['input'])).length;
  }
  return bytes;
}
