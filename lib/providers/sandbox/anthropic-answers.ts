/** Simulated answers of Anthropic's Messages API: whole messages, stream events, token counts and errors. */
import { decodeUtf8 } from '@/lib/std/bytes';
import { promptTokens, promptUsage, type PromptBody } from '@/lib/providers/sandbox/prompt-tokens';
import { hashOf, randomFrom, randomId, type Random } from '@/lib/providers/sandbox/seed';

/** An answer before it is put on the wire: how long it takes is up to the sender. */
export interface SandboxAnswer {
  readonly status: number;
  readonly requestId: string;
  /** JSON body of a plain answer; `null` for a stream. */
  readonly json: string | null;
  /** Events of a stream, in order; those marked `token` come one token apart. */
  readonly events: readonly SandboxEvent[];
  readonly outputTokens: number;
}

export interface SandboxEvent {
  readonly text: string;
  readonly token: boolean;
}

/** Characters of the prompt that the answer repeats. */
const ECHO_CHARS = 80;
/** Sentences of filler an answer has at least, and at most in addition. */
const MIN_SENTENCES = 1;
const MORE_SENTENCES = 3;
const SIGNATURE_CHARS = 64;

const SENTENCES = [
  'Every token you see here was counted just like a real one.',
  'The same request always gets this same answer.',
  'No provider was asked, and nothing was billed.',
  'Limits, prices and usage pages work as they would with a real model.',
  'Set a provider key to get answers from a real model.',
  'Streams arrive at the pace of an ordinary model.',
] as const;

interface MessagesBody extends PromptBody {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly unknown[];
  readonly stream?: unknown;
  readonly thinking?: { readonly type?: unknown; readonly display?: unknown };
}

interface Block {
  readonly type: 'thinking' | 'text';
  readonly pieces: readonly string[];
  readonly signature: string;
}

/** Answers `POST /v1/messages`; a faulty body gets the API's own kind of 400. */
export function answerMessages(bytes: Uint8Array): SandboxAnswer {
  const { body, problem, random, requestId } = readBody(bytes, true);
  if (problem !== null) return errorAnswer(400, 'invalid_request_error', problem, requestId);
  const wanted = blocksOf(body, random);
  const blocks = limitTo(body.max_tokens, wanted);
  const outputTokens = lengthOf(blocks);
  const stop_reason = outputTokens < lengthOf(wanted) ? 'max_tokens' : 'end_turn';
  const usage = { ...promptUsage(body), output_tokens: outputTokens, service_tier: 'standard' };
  const message = {
    id: `msg_sandbox${randomId(random, 16)}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: blocks.map(contentOf),
    stop_reason,
    stop_sequence: null,
    usage,
  };
  if (body.stream !== true) {
    return { status: 200, requestId, json: JSON.stringify(message), events: [], outputTokens };
  }
  const events = [
    event({
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    }),
    event({ type: 'ping' }),
    ...blocks.flatMap(blockEvents),
    event({
      type: 'message_delta',
      delta: { stop_reason, stop_sequence: null },
      usage: {
        input_tokens: usage.input_tokens,
        cache_creation_input_tokens: usage.cache_creation_input_tokens,
        cache_read_input_tokens: usage.cache_read_input_tokens,
        output_tokens: outputTokens,
      },
    }),
    event({ type: 'message_stop' }),
  ];
  return { status: 200, requestId, json: null, events, outputTokens };
}

/** Answers `POST /v1/messages/count_tokens`. */
export function answerCount(bytes: Uint8Array): SandboxAnswer {
  const { body, problem, requestId } = readBody(bytes, false);
  if (problem !== null) return errorAnswer(400, 'invalid_request_error', problem, requestId);
  const json = JSON.stringify({ input_tokens: promptTokens(body) });
  return { status: 200, requestId, json, events: [], outputTokens: 0 };
}

/** An error in the API's shape. */
export function errorAnswer(status: number, type: string, message: string, requestId: string): SandboxAnswer {
  const json = JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId });
  return { status, requestId, json, events: [], outputTokens: 0 };
}

function readBody(bytes: Uint8Array, generating: boolean) {
  const random = randomFrom(hashOf(bytes));
  const requestId = `req_sandbox${randomId(random, 16)}`;
  let value: unknown = null;
  try {
    value = JSON.parse(decodeUtf8(bytes));
  } catch {
    // Not JSON: judged below like any other value that is no object.
  }
  const body = Object(value) as MessagesBody;
  return { body, problem: problemOf(body, generating), random, requestId };
}

function problemOf(body: Partial<MessagesBody>, generating: boolean): string | null {
  if (typeof body.model !== 'string') return 'model: Field required';
  if (!Array.isArray(body.messages)) return 'messages: Field required';
  if (body.messages.length === 0) return 'messages: at least one message is required';
  if (!generating) return null;
  if (body.max_tokens === undefined) return 'max_tokens: Field required';
  const valid = Number.isInteger(body.max_tokens) && body.max_tokens >= 1;
  return valid ? null : 'max_tokens: Input should be an integer greater than or equal to 1';
}

function blocksOf(body: MessagesBody, random: Random): Block[] {
  const { thinking } = body;
  const thinks = thinking?.type === 'enabled' || thinking?.type === 'adaptive';
  const thought =
    thinking?.display === 'omitted' ? '' : 'This is the sandbox, so there is nothing to think over.';
  const sentences = Array.from(
    { length: MIN_SENTENCES + Math.floor(random() * (MORE_SENTENCES + 1)) },
    () => SENTENCES[Math.floor(random() * SENTENCES.length)] ?? SENTENCES[0],
  );
  const intro = `This is a simulated answer from the sandbox. You wrote: “${echoOf(body)}”.`;
  const text = [intro, ...new Set(sentences)].join(' ');
  return [
    ...(thinks ? [block('thinking', thought, randomId(random, SIGNATURE_CHARS))] : []),
    block('text', text, ''),
  ];
}

function block(type: Block['type'], text: string, signature: string): Block {
  return { type, pieces: text.match(/\s*\S+/g) ?? [], signature };
}

/** The start of the caller's last words; blocks that a client puts in by itself look like `<system-reminder>`. */
function echoOf(body: MessagesBody): string {
  const messages = body.messages as readonly { role?: unknown; content?: unknown }[];
  const content = messages.findLast((message) => message?.role === 'user')?.content;
  const blocks = Array.isArray(content) ? (content as readonly { text?: unknown }[]) : [{ text: content }];
  const texts = blocks.map((one) => one?.text).filter((text) => typeof text === 'string');
  const text = texts.findLast((one) => !one.trimStart().startsWith('<')) ?? texts.at(-1) ?? '…';
  const words = text.replace(/\s+/g, ' ').trim();
  // Half a surrogate pair would not survive UTF-8.
  return words.length > ECHO_CHARS ? `${words.slice(0, ECHO_CHARS).replace(/[\uD800-\uDBFF]$/, '')}…` : words;
}

/** Cuts the blocks off where the allowance ends; blocks after that are dropped. */
function limitTo(maxTokens: number, blocks: readonly Block[]): Block[] {
  const kept: Block[] = [];
  let left = maxTokens;
  for (const one of blocks) {
    if (left <= 0) break;
    kept.push({ ...one, pieces: one.pieces.slice(0, left) });
    left -= one.pieces.length;
  }
  return kept;
}

function lengthOf(blocks: readonly Block[]): number {
  return blocks.reduce((total, { pieces }) => total + pieces.length, 0);
}

function contentOf({ type, pieces, signature }: Block): unknown {
  return type === 'text' ? { type, text: pieces.join('') } : { type, thinking: pieces.join(''), signature };
}

function blockEvents(one: Block, index: number): SandboxEvent[] {
  const { type, pieces, signature } = one;
  const deltas = pieces.map((piece) =>
    type === 'text' ? { type: 'text_delta', text: piece } : { type: 'thinking_delta', thinking: piece },
  );
  return [
    event({
      type: 'content_block_start',
      index,
      content_block: contentOf({ type, pieces: [], signature: '' }),
    }),
    ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta }, true)),
    ...(type === 'thinking'
      ? [event({ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature } })]
      : []),
    event({ type: 'content_block_stop', index }),
  ];
}

function event(
  data: { readonly type: string; readonly [field: string]: unknown },
  token = false,
): SandboxEvent {
  return { text: `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`, token };
}
