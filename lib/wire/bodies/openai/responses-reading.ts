/** Reads a Response object: what it cost, whether it is done, and under which id it is kept. */
import { type HostedTools, type UsagePart, UNKNOWN_USAGE } from '@/lib/domain/usage';
import type { UsageReading, WireCall } from '@/lib/wire/format';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { writtenBytes } from '@/lib/wire/bodies/openai/responses-text';
import { billedOf, DEFAULT_IMAGE_MODEL } from '@/lib/wire/bodies/openai/responses-usage';
import { isRecord, type JsonRecord, textOf } from '@/lib/wire/bodies/record';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';

/** What a reader needs to know of the call it reads the answer of. */
export type ReadFor = Pick<WireCall, 'background' | 'otherModels' | 'promptTokensLikely'>;

const UNDER_WAY: ReadonlySet<unknown> = new Set(['queued', 'in_progress']);

function isUnderWay({ status }: JsonRecord): boolean {
  return UNDER_WAY.has(status);
}

/** The id under which the provider keeps a Response: what it doesn't store it gives no second time. */
export function keptId(response: JsonRecord, call: Pick<ReadFor, 'background'>): string | null {
  const isResponse = (response['object'] ?? 'response') === 'response';
  // Answers made in the background can be polled for a while even when they are not to be stored.
  return isResponse && (response['store'] !== false || call.background) ? textOf(response['id']) : null;
}

/** Of the other models a body lets its provider call, fallbacks don't draw. */
function imageModelOf({ otherModels }: Pick<ReadFor, 'otherModels'>): string {
  return otherModels.find((model) => model.includes('image')) ?? DEFAULT_IMAGE_MODEL;
}

/** What a whole Response says about its cost; nothing final while its provider works on. */
export function readResponse(response: JsonRecord, call: ReadFor): UsageReading {
  const { parts, raw, estimated } = billedOf(response, imageModelOf(call));
  const { usage, status, error } = response;
  const answerId = keptId(response, call);
  return {
    ...NOTHING_READ,
    parts,
    raw,
    terminal: true,
    final: parts.length > 0,
    failed: status === 'failed' || (error ?? null) !== null,
    estimated,
    streamedOutputTokens: outputTokensOf(writtenBytes(response)),
    model: textOf(response['model']),
    ...reportedCost(isRecord(usage) ? usage : null),
    ...(answerId === null ? {} : { answerId }),
    ...(isUnderWay(response) ? { pending: true } : {}),
  };
}

/** Searches and hosted tools that were used although no usage came: they are billed beside the estimate of the tokens. */
export function toolsAlone(searches: number, hostedTools: HostedTools | null, call: ReadFor): UsagePart[] {
  if (searches === 0 && hostedTools === null) return [];
  const webSearchRequests = searches > 0 ? searches : null;
  const usage = { ...UNKNOWN_USAGE, inputTokens: call.promptTokensLikely, webSearchRequests };
  return [{ model: null, usage, ...(hostedTools === null ? {} : { hostedTools }) }];
}

/** Reads a whole JSON answer. */
export class ResponseJsonReader extends JsonBodyReader {
  constructor(call: ReadFor, maxBytes?: number) {
    super((answer) => (answer === null ? NOTHING_READ : readResponse(answer, call)), maxBytes);
  }
}
