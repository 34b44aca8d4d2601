/** Reads usage from a Responses event stream as it passes by. */
import type { UsagePart } from '@/lib/domain/usage';
import { decodeUtf8 } from '@/lib/std/bytes';
import { type SkippedEvent, type SseEvent, SseFramer } from '@/lib/std/sse';
import type { UsageReader, UsageReading } from '@/lib/wire/format';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { HostedToolCount } from '@/lib/wire/bodies/openai/hosted-tools';
import { keptId, type ReadFor, readResponse, toolsAlone } from '@/lib/wire/bodies/openai/responses-reading';
import { deltaBytes, hiddenBytes, isTextDelta } from '@/lib/wire/bodies/openai/responses-text';
import { isSearch } from '@/lib/wire/bodies/openai/responses-usage';
import { isRecord, type JsonRecord, parseRecord, recordsOf, textOf } from '@/lib/wire/bodies/record';
import { salvage } from '@/lib/wire/bodies/salvage';

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
/** A text, or a call of a tool, is whole; another may follow. */
const WRITTEN: ReadonlySet<string> = new Set([
  'response.output_text.done',
  'response.refusal.done',
  'response.content_part.done',
  'response.function_call_arguments.done',
  'response.custom_tool_call_input.done',
]);
const TYPE_IN_LINE = /^data: ?\s*\{\s*(?:"sequence_number"\s*:\s*\d+\s*,\s*)?"type"\s*:\s*"([a-z_.]+)"/m;
const MORE_THAN_HELD = Number.MAX_SAFE_INTEGER;
const ITEM_DONE = 'response.output_item.done';
/** Items that cost by more than their text; others aren't parsed. */
const TELLING_ITEM =
  /"(?:web_search_call|code_interpreter_call|shell_call|file_search_call|encrypted_content)"/;

/** Only events that can tell what an answer costs are parsed; of several ends the last is the whole report. */
export class ResponseStreamReader implements UsageReader {
  private readonly framer = new SseFramer((event) => this.observe(event), {
    onSkipped: (event) => this.observeEnds(event),
  });
  private end: UsageReading | null = null;
  private failed = false;
  private answerId: string | null = null;
  private model: string | null = null;
  private textBytes = 0;
  private written = false;
  private searches = 0;
  private readonly hostedTools = new HostedToolCount();
  private tools: readonly JsonRecord[] = [];

  constructor(private readonly call: ReadFor) {}

  push(chunk: Uint8Array): void {
    this.framer.push(chunk);
  }

  read(): UsageReading {
    const { end, call, searches, answerId } = this;
    const streamedOutputTokens = outputTokensOf(this.textBytes);
    const counted = end !== null && end.parts.length > 0;
    const parts = counted ? end.parts : toolsAlone(searches, this.hostedTools.used(this.tools), call);
    return {
      ...(end ?? NOTHING_READ),
      parts,
      failed: this.failed || end?.failed === true,
      written: this.written,
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
    if (isTextDelta(type)) this.write(data);
    else if (WRITTEN.has(type)) this.written = true;
    else if (STARTS.has(type)) this.start(parseRecord(decodeUtf8(data))?.['response']);
    else if (ENDS.has(type)) this.finish(type, parseRecord(decodeUtf8(data))?.['response']);
    else if (type === ITEM_DONE) this.item(decodeUtf8(data));
    else if (type === 'error') this.failed = true;
  }

  private write(data: Uint8Array): void {
    this.written = false;
    this.textBytes += deltaBytes(data);
  }

  /** An end that repeats more than can be kept, log probabilities or pictures: its usage stands behind them. */
  private observeEnds({ event, head, tail }: SkippedEvent): void {
    const type = NAMES.test(event) ? event : (TYPE_IN_LINE.exec(decodeUtf8(head))?.[1] ?? '');
    if (!ENDS.has(type)) return;
    const response = salvage(tail);
    if (response !== null) {
      const read = readResponse(response, this.call);
      this.end = { ...read, parts: this.withTools(read.parts), estimated: true };
      return;
    }
    this.failed ||= type === 'response.failed';
    // Nothing tells what such a mass cost: then it costs what was held for it.
    this.end ??= { ...NOTHING_READ, terminal: true, streamedOutputTokens: MORE_THAN_HELD };
  }

  /** The tools that were seen at work, beside tokens of an answer whose own list of them is lost. */
  private withTools([own, ...others]: readonly UsagePart[]): readonly UsagePart[] {
    const [used] = toolsAlone(this.searches, this.hostedTools.used(this.tools), this.call);
    if (own === undefined || used === undefined) return own === undefined ? others : [own, ...others];
    const searches = own.usage.webSearchRequests ?? used.usage.webSearchRequests;
    return [{ ...used, ...own, usage: { ...own.usage, webSearchRequests: searches } }, ...others];
  }

  private start(response: unknown): void {
    if (isRecord(response)) this.learn(response);
  }

  private learn(response: JsonRecord): void {
    this.answerId = keptId(response, this.call) ?? this.answerId;
    this.model = textOf(response['model']) ?? this.model;
    this.tools = recordsOf(response['tools']);
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
    this.hostedTools.take(item);
    this.textBytes += hiddenBytes(item);
  }
}

function typeOf(data: Uint8Array): string {
  const atHead = TYPE_AT_HEAD.exec(decodeUtf8(data.subarray(0, TYPE_PEEK_BYTES)))?.[1];
  if (atHead !== undefined) return atHead;
  return textOf(parseRecord(decodeUtf8(data))?.['type']) ?? '';
}
