/** Reads usage from a Responses event stream as it passes by. */
import { decodeUtf8 } from '@/lib/std/bytes';
import { type SseEvent, SseFramer } from '@/lib/std/sse';
import type { UsageReader, UsageReading } from '@/lib/wire/format';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { NOTHING_READ } from '@/lib/wire/bodies/json-body';
import {
  keptId,
  type ReadFor,
  readResponse,
  searchesAlone,
} from '@/lib/wire/bodies/openai/responses-reading';
import { deltaBytes, hiddenBytes, isTextDelta } from '@/lib/wire/bodies/openai/responses-text';
import { isSearch } from '@/lib/wire/bodies/openai/responses-usage';
import { isRecord, type JsonRecord, parseRecord, textOf } from '@/lib/wire/bodies/record';

/** An event without a telling name says its type within these first bytes, or is parsed for it. */
const TYPE_PEEK_BYTES = 128;
const TYPE_AT_HEAD = /^\s*\{\s*(?:"sequence_number"\s*:\s*\d+\s*,\s*)?"type"\s*:\s*"([a-z_.]+)"/;
const NAMES = /^(?:response\.|error$)/;

const STARTS: ReadonlySet<string> = new Set(['response.created', 'response.queued', 'response.in_progress']);
const ENDS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);
const ITEM_DONE = 'response.output_item.done';
/** Items that cost by more than their text; others aren't parsed. */
const TELLING_ITEM = /"(?:web_search_call|encrypted_content)"/;

/** Only events that can tell what an answer costs are parsed; of several ends the last is the whole report. */
export class ResponseStreamReader implements UsageReader {
  private readonly framer = new SseFramer((event) => this.observe(event));
  private end: UsageReading | null = null;
  private failed = false;
  private answerId: string | null = null;
  private model: string | null = null;
  private textBytes = 0;
  private searches = 0;

  constructor(private readonly call: ReadFor) {}

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
  }

  read(): UsageReading {
    const { end, call, searches, answerId } = this;
    const streamedOutputTokens = outputTokensOf(this.textBytes);
    const counted = end !== null && end.parts.length > 0;
    const parts = counted ? end.parts : searches > 0 ? [searchesAlone(searches, call)] : [];
    return {
      ...(end ?? NOTHING_READ),
      parts,
      failed: this.failed || end?.failed === true,
      streamedOutputTokens: Math.max(streamedOutputTokens, end?.streamedOutputTokens ?? 0),
      model: end?.model ?? this.model,
      ...(answerId === null ? {} : { answerId }),
      // Left or broken off, an answer in the background is still being written.
      ...(call.background && end === null && answerId !== null ? { pending: true } : {}),
    };
  }

  private observe(event: SseEvent): void {
    const data = event.data();
    const type = NAMES.test(event.event) ? event.event : typeOf(data);
    if (isTextDelta(type)) this.textBytes += deltaBytes(data);
    else if (STARTS.has(type)) this.start(parseRecord(decodeUtf8(data))?.['response']);
    else if (ENDS.has(type)) this.finish(type, parseRecord(decodeUtf8(data))?.['response']);
    else if (type === ITEM_DONE) this.item(decodeUtf8(data));
    else if (type === 'error') this.failed = true;
  }

  private start(response: unknown): void {
    if (isRecord(response)) this.learn(response);
  }

  private learn(response: JsonRecord): void {
    this.answerId = keptId(response, this.call) ?? this.answerId;
    this.model = textOf(response['model']) ?? this.model;
  }

  private finish(type: string, response: unknown): void {
    this.failed ||= type === 'response.failed';
    if (!isRecord(response)) {
      this.end ??= { ...NOTHING_READ, terminal: true };
      return;
    }
    this.learn(response);
    const { pending: _, ...read } = readResponse(response, this.call);
    this.end = read;
  }

  private item(text: string): void {
    if (!TELLING_ITEM.test(text)) return;
    const item = parseRecord(text)?.['item'];
    if (!isRecord(item)) return;
    if (isSearch(item)) this.searches += 1;
    this.textBytes += hiddenBytes(item);
  }
}

function typeOf(data: Uint8Array): string {
  const atHead = TYPE_AT_HEAD.exec(decodeUtf8(data.subarray(0, TYPE_PEEK_BYTES)))?.[1];
  if (atHead !== undefined) return atHead;
  return textOf(parseRecord(decodeUtf8(data))?.['type']) ?? '';
}
