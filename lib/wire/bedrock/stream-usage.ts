/** Reads usage from Bedrock's event streams as they pass by: Converse's events, and chunks that carry a model's own. */
import type { Premium, TokenUsage, UsagePart } from '@/lib/domain/usage';
import { decodeUtf8, encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { type EventFrame, EventStreamFramer } from '@/lib/std/event-stream';
import { ChunkBytes, writtenBytesIn } from '@/lib/wire/bedrock/frame-look';
import { servedAs, withTiers } from '@/lib/wire/bedrock/tiers';
import {
  converseCounts,
  firstOf,
  hasCounts,
  METRICS,
  metricCounts,
  ownCounts,
  writtenBytes,
} from '@/lib/wire/bedrock/usage';
import { MessageEvents } from '@/lib/wire/bodies/anthropic/stream-usage';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { isRecord, type JsonRecord, parseRecord, recordsOf, textOf } from '@/lib/wire/bodies/record';
import type { AnswerHead, UsageReader, UsageReading } from '@/lib/wire/format';

const METRICS_KEY = `"${METRICS}"`;
/** Bedrock adds its own counts to the last event, which is never one of these. */
const CLAUDE_DELTA = encodeUtf8('{"type":"content_block_delta"');

/** Fields in which the families' last chunks say why they stopped. */
const END_MARKS = ['completionReason', 'stop_reason', 'finish_reason'] as const;

export class StreamUsageReader implements UsageReader {
  private readonly framer = new EventStreamFramer((frame) => this.observe(frame));
  private readonly chunkBytes = new ChunkBytes();
  private readonly claude: MessageEvents;
  /** Chunks carry Anthropic's events; `null` until the first one came. */
  private isClaude: boolean | null = null;
  private own: Partial<TokenUsage> = {};
  private metrics: Partial<TokenUsage> | null = null;
  private rawUsage: JsonRecord | null = null;
  private rawMetrics: unknown = null;
  private premiums: readonly Premium[];
  private model: string | null = null;
  private stopped = false;
  private metadataSeen = false;
  private ended = false;
  private failed = false;
  private textBytes = 0;

  constructor(
    callModel: string,
    private readonly head: AnswerHead,
  ) {
    this.claude = new MessageEvents(callModel);
    this.premiums = servedAs(null, head.headers);
  }

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
  }

  read(): UsageReading {
    const reading = this.isClaude === true ? this.readClaude() : this.readOwn();
    return { ...reading, parts: withTiers(reading.parts, this.premiums) };
  }

  /** The body's usage wins; Bedrock's own count is for a stream that never told its last. */
  private readClaude(): UsageReading {
    const reading = this.claude.read();
    const { failed, metrics, rawMetrics } = this;
    const own = { ...reading, failed: reading.failed || failed };
    if (reading.final || metrics === null) return own;
    const merged = firstOf(metrics, reading.parts[0]?.usage ?? {});
    return {
      ...own,
      parts: partsOf(merged),
      raw: { started: reading.raw, metrics: rawMetrics },
      final: true,
    };
  }

  private readOwn(): UsageReading {
    const merged = firstOf(this.own, this.metrics ?? {});
    const parts = partsOf(merged);
    return {
      parts,
      raw: this.rawUsage ?? (parts.length > 0 ? { counted: merged } : null),
      terminal: (this.stopped && this.metadataSeen) || this.ended,
      // Llama tells its prompt with the first chunk, long before its last.
      final: parts.length > 0 && (this.metadataSeen || this.ended),
      failed: this.failed,
      estimated: false,
      streamedOutputTokens: outputTokensOf(this.textBytes),
      model: this.model,
    };
  }

  private observe(frame: EventFrame): void {
    if (frame.messageType !== 'event') {
      this.failed = true;
      return;
    }
    const { name, payload } = frame;
    // Nearly all frames are one of these two: they are looked over, not parsed.
    if (name === 'contentBlockDelta') this.textBytes += writtenBytesIn(payload);
    else if (name === 'chunk') this.observeChunk(payload);
    else this.observeConverse(name, parseRecord(decodeUtf8(payload)));
  }

  private observeConverse(name: string, payload: JsonRecord | null): void {
    if (payload === null) return;
    if (name === 'messageStop') this.stopped = true;
    else if (name === 'metadata') this.observeMetadata(payload);
  }

  private observeMetadata(payload: JsonRecord): void {
    this.metadataSeen = true;
    const { usage } = payload;
    const premiums = servedAs(payload, this.head.headers);
    if (premiums.length > 0) this.premiums = premiums;
    if (!isRecord(usage)) return;
    this.rawUsage = usage;
    this.own = firstOf(converseCounts(usage), this.own);
  }

  private observeChunk(payload: Uint8Array): void {
    const bytes = this.chunkBytes.of(payload);
    if (bytes === null) return;
    if (this.isClaude === true && hasBytesAt(bytes, 0, CLAUDE_DELTA))
      return this.claude.observe('content_block_delta', bytes);
    const text = decodeUtf8(bytes);
    if (this.isClaude === true && !text.includes(METRICS_KEY)) return this.claude.observe('', bytes);
    const event = parseRecord(text);
    if (event === null) return;
    this.isClaude ??= typeof event['type'] === 'string';
    const metrics = metricCounts(event);
    if (metrics !== null) {
      this.metrics = metrics;
      this.rawMetrics = event[METRICS];
    }
    if (this.isClaude) this.claude.observe('', bytes);
    else this.observeOwn(event, metrics !== null);
  }

  /** Counts are cumulative: the last one of each kind holds. */
  private observeOwn(event: JsonRecord, last: boolean): void {
    this.own = firstOf(ownCounts(event), this.own);
    this.model ??= textOf(event['model']);
    if (isRecord(event['usage'])) this.rawUsage = event['usage'];
    const { metadata } = event;
    if (isRecord(metadata) && isRecord(metadata['usage'])) this.rawUsage = metadata['usage'];
    this.textBytes += writtenBytes(event);
    const places = [event, ...recordsOf(event['choices']), ...recordsOf(event['outputs'])];
    this.ended ||=
      last ||
      isRecord(metadata) ||
      event['is_finished'] === true ||
      // A guardrail's own answer is a single chunk without a reason.
      event['amazon-bedrock-guardrailAction'] === 'INTERVENED' ||
      places.some((place) => END_MARKS.some((mark) => typeof place[mark] === 'string'));
  }
}

function partsOf(usage: TokenUsage): UsagePart[] {
  return hasCounts(usage) ? [{ model: null, usage }] : [];
}
