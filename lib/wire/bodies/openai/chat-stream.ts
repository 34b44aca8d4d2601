/** Reads usage from a stream of chat or completion chunks as it passes by. */
import { type UsagePart, UNKNOWN_USAGE } from '@/lib/domain/usage';
import { decodeUtf8 } from '@/lib/std/bytes';
import { type SseEvent, SseFramer } from '@/lib/std/sse';
import type { UsageReader, UsageReading, WireCall } from '@/lib/wire/format';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { ChunkShape, chunkTextBytes } from '@/lib/wire/bodies/openai/chunk-size';
import { chatPart, rawUsage, usageOf } from '@/lib/wire/bodies/openai/usage';
import { type JsonRecord, parseRecord, recordsOf, textOf } from '@/lib/wire/bodies/record';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';

const DONE = '[DONE]';
/** The last event has a few bytes more at most: blanks after it. */
const DONE_BYTES = 12;
const USAGE = '"usage"';
const FINISH = '"finish_reason"';
const ERROR = '"error"';
/** The model stands in the first chunk (Azure's second); a vendor that names none is not parsed for it for ever. */
const CHUNKS_WITH_MODEL = 4;

/** Whether a key stands in a chunk with another value than `null`; inside strings the quotes around it are escaped. */
function hasValue(chunk: string, literal: string): boolean {
  for (let at = chunk.indexOf(literal); at >= 0; at = chunk.indexOf(literal, at + 1)) {
    let pos = at + literal.length;
    for (let code = chunk.charCodeAt(pos); code === 0x20 || code === 0x3a; code = chunk.charCodeAt(pos))
      pos += 1;
    if (!chunk.startsWith('null', pos)) return true;
  }
  return false;
}

/**
 * A stream is whole with `[DONE]`, or, since some compatible servers send none, once every answer has said why it
 * finished. Only chunks that can say more than a piece of text are parsed. Of several usage objects, which are
 * cumulative, the last is the whole report.
 */
export class ChatStreamReader implements UsageReader {
  private readonly framer = new SseFramer((event) => this.observe(event));
  private readonly shape = new ChunkShape();
  private readonly finished = new Set<unknown>();
  private usage: JsonRecord | null = null;
  /** The usage came in a chunk of its own, after everything else. */
  private usageIsLast = false;
  private serviceTier: unknown = null;
  private model: string | null = null;
  private chunks = 0;
  private textBytes = 0;
  private done = false;
  private failed = false;

  /** @param searches made by the model with every call, see `UsageContext` */
  constructor(
    private readonly call: Pick<WireCall, 'answers'> & Partial<Pick<WireCall, 'promptTokensLikely'>>,
    private readonly searches: number | null,
  ) {}

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
  }

  read(): UsageReading {
    const { usage, serviceTier, searches } = this;
    const terminal = this.done || this.finished.size >= this.call.answers;
    return {
      parts: usage === null ? this.searchesAlone() : [chatPart(usage, { serviceTier, searches })],
      raw: usage === null ? null : rawUsage(usage, serviceTier),
      terminal,
      final: usage !== null && (terminal || this.usageIsLast || this.failed),
      failed: this.failed,
      estimated: false,
      streamedOutputTokens: outputTokensOf(this.textBytes),
      model: this.model,
      ...reportedCost(usage),
    };
  }

  /** Without usage the searches that the model made in any case are billed beside the estimate of the tokens. */
  private searchesAlone(): UsagePart[] {
    if (this.searches === null || this.chunks === 0) return [];
    const usage = { ...UNKNOWN_USAGE, inputTokens: this.call.promptTokensLikely ?? null };
    return [{ model: null, usage: { ...usage, webSearchRequests: this.searches } }];
  }

  private observe(event: SseEvent): void {
    const data = event.data();
    const chunk = decodeUtf8(data);
    const plainBytes = event.event === '' ? this.shape.textBytes(chunk) : null;
    if (plainBytes !== null) {
      this.textBytes += plainBytes;
      return;
    }
    if (data.length <= DONE_BYTES && chunk.trim() === DONE) {
      this.done = true;
      return;
    }
    if (event.event === 'error') this.failed = true;
    this.chunks += 1;
    const unnamed = this.model === null && this.chunks <= CHUNKS_WITH_MODEL;
    const bytes = chunkTextBytes(chunk);
    this.textBytes += bytes;
    if (hasValue(chunk, USAGE) || hasValue(chunk, FINISH) || hasValue(chunk, ERROR) || unnamed)
      this.learn(parseRecord(chunk));
    else this.shape.learn(chunk, bytes);
  }

  private learn(chunk: JsonRecord | null): void {
    if (chunk === null) return;
    const choices = recordsOf(chunk['choices']);
    this.model ??= textOf(chunk['model']);
    this.serviceTier = textOf(chunk['service_tier']) ?? this.serviceTier;
    // vLLM's older error chunk: the object itself is the error.
    if ((chunk['error'] ?? null) !== null || chunk['object'] === 'error') this.failed = true;
    for (const { index, finish_reason: reason } of choices) {
      if (textOf(reason) !== null) this.finished.add(index ?? 0);
    }
    const usage = usageOf(chunk);
    if (usage === null) return;
    this.usage = usage;
    this.usageIsLast = choices.length === 0;
  }
}
