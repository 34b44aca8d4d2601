/** Reads usage from a Messages event stream as it passes by. */
import type { UsageReader, UsageReading } from '@/lib/wire/format';
import { SseFramer } from '@/lib/std/sse';
import { decodeUtf8 } from '@/lib/std/bytes';
import { deltaTextBytes } from '@/lib/wire/bodies/anthropic/delta-size';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { mergeUsage, partsOf } from '@/lib/wire/bodies/anthropic/usage';
import { isRecord, type JsonRecord, parseRecord } from '@/lib/wire/bodies/record';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';

/** An event without an `event:` name says its type within these first bytes, or is parsed for it. */
const TYPE_PEEK_BYTES = 64;
const TYPE_AT_HEAD = /^\s*\{\s*"type"\s*:\s*"([a-z_]+)"/;

/**
 * What one answer's events say about usage. Kept apart from the SSE framing so that other carriers of the
 * same events (Bedrock's frames) can feed it too. Only events that can carry usage are parsed.
 */
export class MessageEvents {
  private startUsage: JsonRecord | null = null;
  private deltaUsage: JsonRecord | null = null;
  private model: string | null = null;
  private terminal = false;
  private failed = false;
  private textBytes = 0;

  constructor(private readonly callModel: string) {}

  /** One event: its name (empty where the carrier has none) and its JSON bytes. Malformed JSON is passed over. */
  observe(name: string, data: Uint8Array): void {
    const type = name === '' ? typeOf(data) : name;
    switch (type) {
      case 'content_block_delta':
        this.textBytes += deltaTextBytes(data);
        return;
      case 'message_start':
        this.start(parseRecord(decodeUtf8(data))?.['message']);
        return;
      case 'message_delta':
        this.delta(parseRecord(decodeUtf8(data))?.['usage']);
        return;
      case 'message_stop':
        this.terminal = true;
        return;
      case 'error':
        this.failed = true;
        return;
      default:
    }
  }

  read(): UsageReading {
    const { startUsage, deltaUsage } = this;
    const merged = deltaUsage === null ? startUsage : mergeUsage(startUsage, deltaUsage);
    return {
      parts: merged === null ? [] : partsOf(merged, this.callModel),
      raw: rawOf(startUsage, deltaUsage),
      terminal: this.terminal,
      final: deltaUsage !== null,
      failed: this.failed,
      estimated: false,
      streamedOutputTokens: outputTokensOf(this.textBytes),
      model: this.model,
      ...reportedCost(deltaUsage),
    };
  }

  private start(message: unknown): void {
    if (!isRecord(message)) return;
    const { model, usage } = message;
    if (typeof model === 'string') this.model = model;
    if (isRecord(usage)) this.startUsage = mergeUsage(this.startUsage, usage);
  }

  private delta(usage: unknown): void {
    if (isRecord(usage)) this.deltaUsage = mergeUsage(this.deltaUsage, usage);
  }
}

export class StreamUsageReader implements UsageReader {
  private readonly events: MessageEvents;
  private readonly framer: SseFramer;

  constructor(callModel: string) {
    const events = new MessageEvents(callModel);
    this.events = events;
    this.framer = new SseFramer((event) => {
      if (event.event !== 'ping') events.observe(event.event, event.data());
    });
  }

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
  }

  read(): UsageReading {
    return this.events.read();
  }
}

function rawOf(start: JsonRecord | null, delta: JsonRecord | null): unknown {
  if (start === null && delta === null) return null;
  return {
    ...(start === null ? {} : { message_start: start }),
    ...(delta === null ? {} : { message_delta: delta }),
  };
}

function typeOf(data: Uint8Array): string {
  const atHead = TYPE_AT_HEAD.exec(decodeUtf8(data.subarray(0, TYPE_PEEK_BYTES)))?.[1];
  if (atHead !== undefined) return atHead;
  const type = parseRecord(decodeUtf8(data))?.['type'];
  return typeof type === 'string' ? type : '';
}
