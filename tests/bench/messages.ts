/** The one call every subject gets, and the answers the local upstream gives to it. */

/** Events of one stream, opening and closing ones included. */
export const STREAM_EVENTS = 200;
/** A fast model writes some 200 tokens a second: one event every 5 ms. */
export const PACE_MS = 5;
/** What the request says to get the paced stream; every subject passes the body on. */
export const PACED_MARK = 'one event every few milliseconds';
/** What the request says to get its dialect's stream as the provider sends it. */
export const DIALECT_MARK = 'in the words of your provider';
/** Text that carries the moment an event was written, in µs of the machine's monotonic clock. */
export const SENT_AT = /"text":"at (\d+) /g;

/** How an answer comes: whole, as a stream of events written one after the other, or as a stream at a model's pace. */
export type AnswerKind = 'json' | 'stream' | 'paced';

const MODEL = 'claude-sonnet-4-5';
/** Makes prompt and answer about 1 kB each, the size of a short agent turn. */
const FILLER =
  'The quick brown fox jumps over the lazy dog, and the gateway counts what that has cost. '.repeat(9);

export function requestBody(kind: AnswerKind): string {
  const content = `${kind === 'paced' ? PACED_MARK : 'at once'}. ${FILLER}`;
  const call = { model: MODEL, max_tokens: 1024, messages: [{ role: 'user', content }] };
  return JSON.stringify(kind === 'json' ? call : { ...call, stream: true });
}

const MESSAGE = { id: 'msg_01Bench', type: 'message', role: 'assistant', model: MODEL };
const START_USAGE = {
  input_tokens: 221,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: 1,
  service_tier: 'standard',
};

export function jsonAnswer(): string {
  return JSON.stringify({
    ...MESSAGE,
    content: [{ type: 'text', text: FILLER }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { ...START_USAGE, output_tokens: 190 },
  });
}

function event(data: { readonly type: string; readonly [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

const OPENING = [
  event({
    type: 'message_start',
    message: { ...MESSAGE, content: [], stop_reason: null, stop_sequence: null, usage: START_USAGE },
  }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  event({ type: 'ping' }),
];
const CLOSING = [
  event({ type: 'content_block_stop', index: 0 }),
  event({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 190 },
  }),
  event({ type: 'message_stop' }),
];

/** The event at a place of the stream; text events say when they were written. */
export function streamEvent(index: number, nowUs: number): string {
  const closing = CLOSING[index - (STREAM_EVENTS - CLOSING.length)];
  const text = `at ${nowUs} and on`;
  return (
    OPENING[index] ??
    closing ??
    event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
  );
}

/** Microseconds of a clock that all processes of a machine share. */
export function sharedNowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
