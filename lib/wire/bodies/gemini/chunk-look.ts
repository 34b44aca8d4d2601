/** What can be seen of a Gemini chunk without parsing it: nearly all chunks are a piece of text and the counts so far. */
import { encodeUtf8, hasBytesAt } from '@/lib/std/bytes';
import { eachKey, stringBytesAt } from '@/lib/std/json-scan';

export interface ChunkLook {
  /** The object itself is an error. */
  readonly isError: boolean;
  /** A function's arguments may hold any key: only parsing tells which are the answer's own. */
  readonly mayHoldAnyKey: boolean;
  readonly hasFinish: boolean;
  readonly hasContent: boolean;
  readonly hasGrounding: boolean;
  /** Usage that counts something. */
  readonly hasCounts: boolean;
  /** UTF-8 bytes of what the model wrote. */
  readonly textBytes: number;
}

const TEXT = encodeUtf8('text');
const PARTS = encodeUtf8('parts');
const ERROR = encodeUtf8('error');
const TOOL_CALL = encodeUtf8('toolCall');
const FUNCTION_CALL = encodeUtf8('functionCall');
const TOOL_RESPONSE = encodeUtf8('toolResponse');
const FINISH = encodeUtf8('finishReason');
const BLOCK = encodeUtf8('blockReason');
const USAGE = encodeUtf8('usageMetadata');
const GROUNDING = encodeUtf8('groundingMetadata');
const COUNT_END = encodeUtf8('TokenCount');

export function lookOver(chunk: Uint8Array): ChunkLook {
  let first = true;
  let isError = false;
  let mayHoldAnyKey = false;
  let hasFinish = false;
  let hasContent = false;
  let hasGrounding = false;
  let hasUsage = false;
  let counts = false;
  let textBytes = 0;
  eachKey(chunk, (from, to, value) => {
    const is = (key: Uint8Array) => to - from === key.length && hasBytesAt(chunk, from, key);
    if (first && is(ERROR)) isError = true;
    first = false;
    // The lengths tell nearly all keys apart.
    switch (to - from) {
      case TEXT.length:
        if (is(TEXT)) textBytes += stringBytesAt(chunk, value);
        break;
      case PARTS.length:
        hasContent ||= is(PARTS);
        break;
      case TOOL_CALL.length:
        mayHoldAnyKey ||= is(TOOL_CALL);
        break;
      case BLOCK.length:
        hasFinish ||= is(BLOCK);
        break;
      case FINISH.length:
        if (is(FINISH)) hasFinish = true;
        else if (is(FUNCTION_CALL) || is(TOOL_RESPONSE)) mayHoldAnyKey = true;
        break;
      case USAGE.length:
        hasUsage ||= is(USAGE);
        break;
      default:
        if (is(GROUNDING)) hasGrounding = true;
        else if (!counts && to - from > COUNT_END.length)
          counts = hasBytesAt(chunk, to - COUNT_END.length, COUNT_END);
    }
  });
  const hasCounts = hasUsage && counts;
  return { isError, mayHoldAnyKey, hasFinish, hasContent, hasGrounding, hasCounts, textBytes };
}
