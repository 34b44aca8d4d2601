/** The streams of every dialect as its provider sends them: same sizes, same order of fields, same share of other events. */
import { encodeUtf8 } from '@/lib/std/bytes';
import { encodeFrame } from '@/lib/std/event-stream';

/** Tokens as models cut them, a short and a long one among them. */
const WORDS = [
  ' the',
  ' gateway',
  ' counts',
  ' what',
  ' each',
  ' of',
  ' its',
  ' customers',
  ' has',
  ' cost',
  '.',
];
/** OpenAI and Bedrock pad their events so that lengths tell nothing. */
const PADDING = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ';

const wordAt = (index: number): string => WORDS[index % WORDS.length] ?? '';
/** Gemini sends several words at a time. */
const phraseAt = (index: number): string =>
  Array.from({ length: 14 }, (_, word) => wordAt(index + word)).join('');

const named = (data: { readonly type: string; readonly [field: string]: unknown }): Uint8Array =>
  encodeUtf8(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
const unnamed = (data: object, lineEnd = '\n'): Uint8Array =>
  encodeUtf8(`data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`);

/** A stream from its first and last events and what stands between. */
function stream(
  count: number,
  opening: readonly Uint8Array[],
  event: (index: number) => Uint8Array,
  closing: readonly Uint8Array[],
): readonly Uint8Array[] {
  const between = Math.max(0, count - opening.length - closing.length);
  return [...opening, ...Array.from({ length: between }, (_, index) => event(index)), ...closing];
}

// Anthropic's events, alone and below other carriers.

const CLAUDE = {
  id: 'msg_01Bench',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: {
    input_tokens: 221,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
    output_tokens: 1,
    service_tier: 'standard',
  },
};

interface ClaudeEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

function claudeEvents(count: number, carry: (event: ClaudeEvent) => Uint8Array): readonly Uint8Array[] {
  const opening = [
    { type: 'message_start', message: CLAUDE },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ];
  const closing = [
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { ...CLAUDE.usage, output_tokens: count },
    },
    { type: 'message_stop' },
  ];
  const delta = (index: number) =>
    carry({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: wordAt(index) } });
  return stream(count, opening.map(carry), delta, closing.map(carry));
}

// OpenAI.

export function chatEvents(count: number): readonly Uint8Array[] {
  const chunk = {
    id: 'chatcmpl-DPTNNzXWA7V2dnOqkhkLbcxkZpa6a',
    object: 'chat.completion.chunk',
    created: 1_774_963_493,
    model: 'gpt-5.1-2025-11-13',
    service_tier: 'default',
    system_fingerprint: null,
  };
  const choice = (delta: object, reason: string | null = null) => ({
    ...chunk,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    usage: null,
  });
  const usage = {
    prompt_tokens: 221,
    completion_tokens: count,
    total_tokens: 221 + count,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
  const delta = (index: number) => {
    const content = wordAt(index);
    return unnamed({ ...choice({ content }), obfuscation: PADDING.slice(0, 12 - content.length) });
  };
  return stream(
    count,
    [unnamed({ ...choice({ role: 'assistant', content: '', refusal: null }), obfuscation: 'mZ6Yf' })],
    delta,
    [
      unnamed({ ...choice({}, 'stop'), obfuscation: 'QDxY' }),
      unnamed({ ...chunk, choices: [], usage, obfuscation: 'Ua4' }),
      encodeUtf8('data: [DONE]\n\n'),
    ],
  );
}

export function responseEvents(count: number): readonly Uint8Array[] {
  const itemId = 'msg_06c1a26fd89d07f20068dd936ae09c8197b90141e9bf8c36b1';
  const response = {
    id: 'resp_67e554a155508191900ee113293c4c830794405d35281ae2',
    object: 'response',
    created_at: 1_774_963_493,
    status: 'in_progress',
    error: null,
    model: 'gpt-5.1-2025-11-13',
    output: [],
    parallel_tool_calls: true,
    store: false,
    usage: null,
  };
  const text = Array.from({ length: count }, (_, index) => wordAt(index)).join('');
  const item = { id: itemId, type: 'message', status: 'completed', role: 'assistant' };
  const part = { type: 'output_text', annotations: [], logprobs: [], text };
  const usage = {
    input_tokens: 221,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: count,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 221 + count,
  };
  const place = { item_id: itemId, output_index: 0, content_index: 0 };
  const delta = (index: number) => {
    const word = wordAt(index);
    return named({
      type: 'response.output_text.delta',
      sequence_number: index + 4,
      ...place,
      delta: word,
      logprobs: [],
      obfuscation: PADDING.slice(0, 16 - word.length),
    });
  };
  const last = count;
  const done = { ...item, content: [part] };
  return stream(
    count,
    [
      named({ type: 'response.created', sequence_number: 0, response }),
      named({ type: 'response.in_progress', sequence_number: 1, response }),
      named({
        type: 'response.output_item.added',
        sequence_number: 2,
        output_index: 0,
        item: { ...item, status: 'in_progress', content: [] },
      }),
      named({
        type: 'response.content_part.added',
        sequence_number: 3,
        ...place,
        part: { ...part, text: '' },
      }),
    ],
    delta,
    [
      named({ type: 'response.output_text.done', sequence_number: last, ...place, text, logprobs: [] }),
      named({ type: 'response.content_part.done', sequence_number: last + 1, ...place, part }),
      named({ type: 'response.output_item.done', sequence_number: last + 2, output_index: 0, item: done }),
      named({
        type: 'response.completed',
        sequence_number: last + 3,
        response: { ...response, status: 'completed', output: [done], usage },
      }),
    ],
  );
}

// Google.

function geminiChunk(index: number, last: boolean): object {
  return {
    candidates: [
      {
        content: { parts: [{ text: phraseAt(index) }], role: 'model' },
        ...(last ? { finishReason: 'STOP' } : {}),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: 221,
      candidatesTokenCount: 15 * (index + 1),
      totalTokenCount: 221 + 15 * (index + 1),
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 221 }],
    },
    modelVersion: 'gemini-2.5-flash',
    responseId: 'ftnJaMmAMcm-qtsPwvCCoAo',
  };
}

/** Google ends lines with CRLF. */
export const geminiEvents = (count: number) =>
  stream(count, [], (index) => unnamed(geminiChunk(index, index === count - 1), '\r\n'), []);

export function geminiArray(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const last = index === count - 1;
    const text = JSON.stringify(geminiChunk(index, last), null, 2);
    return encodeUtf8(`${index === 0 ? '[' : ',\r\n'}${text}${last ? '\n]' : '\n'}`);
  });
}

// Bedrock.

function frame(type: string, payload: object): Uint8Array {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  return encodeFrame(headers, encodeUtf8(JSON.stringify(payload)));
}

export function converseEvents(count: number): readonly Uint8Array[] {
  const contentBlockIndex = 0;
  return stream(
    count,
    [frame('messageStart', { p: PADDING, role: 'assistant' })],
    (index) => {
      const text = wordAt(index);
      const p = PADDING.slice(0, 34 - text.length);
      return frame('contentBlockDelta', { contentBlockIndex, delta: { text }, p });
    },
    [
      frame('contentBlockStop', { contentBlockIndex, p: PADDING.slice(0, 20) }),
      frame('messageStop', { p: PADDING.slice(0, 12), stopReason: 'end_turn' }),
      frame('metadata', {
        metrics: { latencyMs: 1_845 },
        p: PADDING,
        usage: { inputTokens: 221, outputTokens: count, totalTokens: 221 + count },
      }),
    ],
  );
}

export const invokeEvents = (count: number) =>
  claudeEvents(count, (event) => {
    const metrics = {
      inputTokenCount: 221,
      outputTokenCount: count,
      invocationLatency: 4_321,
      firstByteLatency: 321,
    };
    const whole =
      event.type === 'message_stop' ? { ...event, 'amazon-bedrock-invocationMetrics': metrics } : event;
    const bytes = Buffer.from(JSON.stringify(whole)).toString('base64');
    return frame('chunk', { bytes, p: PADDING.slice(0, 20) });
  });

export const claudeSse = (count: number) => claudeEvents(count, named);
