/** Reads usage from a whole chat completion or completion. */
import type { UsageReading } from '@/lib/wire/format';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { messageTextBytes } from '@/lib/wire/bodies/openai/chunk-size';
import { chatPart, rawUsage, usageOf } from '@/lib/wire/bodies/openai/usage';
import { isRecord, type JsonRecord, recordsOf, textOf } from '@/lib/wire/bodies/record';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';
import { encodeUtf8 } from '@/lib/std/bytes';

export class ChatJsonReader extends JsonBodyReader {
  /** @param searches made by the model with every call, see `UsageContext` */
  constructor(searches: number | null, maxBytes?: number) {
    super((answer) => readCompletion(answer, searches), maxBytes);
  }
}

function readCompletion(answer: JsonRecord | null, searches: number | null): UsageReading {
  if (answer === null) return NOTHING_READ;
  const usage = usageOf(answer);
  return {
    ...NOTHING_READ,
    parts: usage === null ? [] : [chatPart(usage, { serviceTier: answer['service_tier'], searches })],
    raw: usage === null ? null : rawUsage(usage, answer['service_tier']),
    terminal: true,
    final: usage !== null,
    failed: (answer['error'] ?? null) !== null,
    streamedOutputTokens: outputTokensOf(textBytesOf(answer)),
    model: textOf(answer['model']),
    ...reportedCost(usage),
  };
}

function textBytesOf(answer: JsonRecord): number {
  return recordsOf(answer['choices']).reduce((sum, { message, text }) => {
    const legacy = typeof text === 'string' ? encodeUtf8(text).length : 0;
    return sum + legacy + (isRecord(message) ? messageTextBytes(message) : 0);
  }, 0);
}
