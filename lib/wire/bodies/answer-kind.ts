/** What an answer's head says about its body. */
import type { AnswerHead, WireCall } from '@/lib/wire/format';

/** Server-sent events, which end with a terminal event. */
export function isEventStream({ contentType }: AnswerHead): boolean {
  return contentType.startsWith('text/event-stream');
}

/** Whether a body is read as events: its own content type decides; without a telling one, what the call asked for. */
export function readsAsEvents(call: WireCall, head: AnswerHead): boolean {
  if (isEventStream(head)) return true;
  return call.stream && head.status < 400 && !head.contentType.includes('json');
}
