/** Reads usage from a whole JSON answer. */
import type { UsageReading } from '@/lib/wire/format';
import { encodeUtf8 } from '@/lib/std/bytes';
import { partsOf } from '@/lib/wire/bodies/anthropic/usage';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { isRecord, type JsonRecord, recordsOf } from '@/lib/wire/bodies/record';
import { reportedCost } from '@/lib/wire/bodies/reported-cost';

export class JsonUsageReader extends JsonBodyReader {
  constructor(callModel: string, maxBytes?: number) {
    super((answer) => readMessage(answer, callModel), maxBytes);
  }
}

function readMessage(answer: JsonRecord | null, callModel: string): UsageReading {
  if (answer === null) return NOTHING_READ;
  const { usage, model } = answer;
  const parts = isRecord(usage) ? partsOf(usage, callModel) : [];
  return {
    ...NOTHING_READ,
    parts,
    raw: isRecord(usage) ? usage : null,
    terminal: true,
    final: parts.length > 0,
    failed: answer['type'] === 'error',
    streamedOutputTokens: outputTokensOf(textBytesOf(answer)),
    model: typeof model === 'string' ? model : null,
    // OpenRouter's answers say what they cost, in this format too.
    ...reportedCost(isRecord(usage) ? usage : null),
  };
}

/** UTF-8 bytes of what the model wrote: texts, thinking and tool inputs. */
function textBytesOf(answer: JsonRecord): number {
  let bytes = 0;
  for (const block of recordsOf(answer['content'])) {
    for (const written of [block['text'], block['thinking']]) {
      if (typeof written === 'string') bytes += encodeUtf8(written).length;
    }
    if (isRecord(block['input'])) bytes += encodeUtf8(JSON.stringify(block['input'])).length;
  }
  return bytes;
}
