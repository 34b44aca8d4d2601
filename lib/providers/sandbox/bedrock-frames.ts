/** How Bedrock wraps what a model says: JSON with its headers, event-stream frames, and its errors. */
import { encodeUtf8 } from '@/lib/std/bytes';
import { encodeFrame } from '@/lib/std/event-stream';
import { type AnswerFacts, type AnswerPart, jsonAnswer, type SandboxAnswer, streamAnswer } from './answer';
import type { Fields } from './loose-json';

const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** A JSON answer as AWS SDKs want it: their request id is a header of its own. */
export function bedrockJson(value: unknown, facts: AnswerFacts): SandboxAnswer {
  const headers = { 'x-amzn-requestid': facts.requestId, ...facts.headers };
  return jsonAnswer(value, { ...facts, headers });
}

export function bedrockRefusal(
  type: 'ValidationException' | 'ResourceNotFoundException',
  message: string,
  requestId: string,
): SandboxAnswer {
  const status = type === 'ValidationException' ? 400 : 404;
  return bedrockJson({ message }, { status, requestId, headers: { 'x-amzn-errortype': type } });
}

export function bedrockStream(
  parts: readonly AnswerPart[],
  requestId: string,
  more: Readonly<Record<string, string>> = {},
): SandboxAnswer {
  const headers = { 'content-type': EVENT_STREAM, 'x-amzn-requestid': requestId, ...more };
  return streamAnswer(parts, { requestId, headers });
}

/** One event of a stream. */
export function eventPart(type: string, payload: Fields, tokens = 0): AnswerPart {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  return { bytes: encodeFrame(headers, encodeUtf8(JSON.stringify(payload))), tokens };
}
