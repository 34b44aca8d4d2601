/** What the chunks of one Gemini answer say about usage, however they are framed. */
import { decodeUtf8 } from '@/lib/std/bytes';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { lookOver } from '@/lib/wire/bodies/gemini/chunk-look';
import { Grounding, hasCounters, partsOf } from '@/lib/wire/bodies/gemini/usage';
import { isRecord, type JsonRecord, parseRecord, recordsOf, textOf } from '@/lib/wire/bodies/record';
import type { UsageReading } from '@/lib/wire/format';

/** What of an answer stands outside its body. */
export interface AnswerPlace {
  readonly callModel: string;
  /** The tier that served the call, as the answer's header names it; `null` where none does. */
  readonly serviceTier: string | null;
}

/**
 * Nearly every chunk carries the counts so far, and the last that counts anything is the whole bill: chunks are only
 * looked over as they pass, and the one that matters is parsed when somebody asks.
 */
export class GeminiAnswer {
  private latest: string | JsonRecord | null = null;
  private readonly grounding = new Grounding();
  private finished = false;
  private failed = false;
  private textBytes = 0;

  constructor(private readonly place: AnswerPlace) {}

  /** One chunk's JSON. Malformed JSON is passed over. */
  observe(data: Uint8Array): void {
    const look = lookOver(data);
    if (look.isError) {
      this.failed = true;
      return;
    }
    this.textBytes += look.textBytes;
    if (look.mayHoldAnyKey) {
      const chunk = parseRecord(decodeUtf8(data));
      if (chunk !== null) this.take(chunk);
      return;
    }
    if (look.hasFinish) this.finished = true;
    else if (look.hasContent) this.finished = false;
    if (look.hasGrounding) this.grounding.observe(parseRecord(decodeUtf8(data))?.['candidates']);
    // As text: a copy of the bytes, which are the caller's by now, would cost more than decoding them.
    if (look.hasCounts) this.latest = decodeUtf8(data);
  }

  /** One chunk, or a whole answer, already parsed. */
  take(chunk: JsonRecord): void {
    const { candidates, promptFeedback, usageMetadata } = chunk;
    if (isRecord(chunk['error'])) this.failed = true;
    const all = recordsOf(candidates);
    const blocked = isRecord(promptFeedback) && textOf(promptFeedback['blockReason']) !== null;
    if (blocked || all.some(({ finishReason }) => textOf(finishReason) !== null)) this.finished = true;
    else if (all.some(({ content }) => isRecord(content))) this.finished = false;
    this.grounding.observe(candidates);
    if (isRecord(usageMetadata) && hasCounters(usageMetadata)) this.latest = chunk;
  }

  read(): UsageReading {
    if (typeof this.latest === 'string') this.latest = parseRecord(this.latest);
    const metadata = this.latest?.['usageMetadata'];
    const model = textOf(this.latest?.['modelVersion']);
    const usage = isRecord(metadata) && hasCounters(metadata) ? this.withTier(metadata) : null;
    return {
      parts: usage === null ? [] : partsOf(usage, this.grounding.searches(model ?? this.place.callModel)),
      raw: usage,
      terminal: this.finished,
      // Until the end the counts still grow.
      final: usage !== null && this.finished,
      failed: this.failed,
      estimated: false,
      streamedOutputTokens: outputTokensOf(this.textBytes),
      model,
    };
  }
  /** The body's own word counts, where it has one. */
  private withTier(metadata: JsonRecord): JsonRecord {
    const { serviceTier } = this.place;
    const told = metadata['serviceTier'] ?? metadata['trafficType'] ?? null;
    return serviceTier === null || told !== null ? metadata : { ...metadata, serviceTier };
  }
}
