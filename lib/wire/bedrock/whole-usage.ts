/** Reads usage from a whole JSON answer of InvokeModel or Converse, with the response headers as the fallback. */
import { servedAs, withTiers } from '@/lib/wire/bedrock/tiers';
import { firstOf, hasCounts, headerCounts, ownCounts, writtenBytes } from '@/lib/wire/bedrock/usage';
import { partsOf } from '@/lib/wire/bodies/anthropic/usage';
import { outputTokensOf } from '@/lib/wire/bodies/estimate';
import { JsonBodyReader, NOTHING_READ } from '@/lib/wire/bodies/json-body';
import { isRecord, type JsonRecord, textOf } from '@/lib/wire/bodies/record';
import type { AnswerHead, UsageReading } from '@/lib/wire/format';

export class WholeUsageReader extends JsonBodyReader {
  constructor(callModel: string, head: AnswerHead, maxBytes?: number) {
    super((answer) => readAnswer(answer, callModel, head), maxBytes);
  }
}

function readAnswer(answer: JsonRecord | null, callModel: string, head: AnswerHead): UsageReading {
  if (head.status >= 400) return { ...NOTHING_READ, terminal: answer !== null, failed: true };
  const told = firstOf(headerCounts(head.headers));
  if (answer === null) {
    const parts = hasCounts(told) ? [{ model: null, usage: told }] : [];
    return { ...NOTHING_READ, parts, final: parts.length > 0 };
  }
  const parts = sharesOf(answer, callModel, head);
  const { usage } = answer;
  return {
    ...NOTHING_READ,
    parts: withTiers(parts, servedAs(answer, head.headers)),
    raw: isRecord(usage) ? usage : parts.length > 0 ? { counted: parts[0]?.usage ?? null } : null,
    terminal: true,
    final: parts.length > 0,
    streamedOutputTokens: outputTokensOf(writtenBytes(answer)),
    model: textOf(answer['model']),
  };
}

/** Claude's own usage where the body has it, else the family's fields, each filled up from the headers. */
function sharesOf(answer: JsonRecord, callModel: string, { headers }: AnswerHead) {
  const { usage } = answer;
  const claude = isRecord(usage) && 'input_tokens' in usage ? partsOf(usage, callModel) : [];
  if (claude.length > 0) return claude;
  const merged = firstOf(ownCounts(answer), headerCounts(headers));
  return hasCounts(merged) ? [{ model: null, usage: merged }] : [];
}
