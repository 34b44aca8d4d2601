/** Simulated Claude: whole messages and their stream events, whichever API carries them. */
import { sandboxId } from './answer';
import { lastUserTexts } from './loose-json';
import { promptUsage, type PromptBody } from './prompt-tokens';
import { say } from './say';
import { randomId, type Random } from './seed';

export interface MessagesBody extends PromptBody {
  readonly model?: unknown;
  readonly max_tokens?: unknown;
  readonly stream?: unknown;
  readonly thinking?: unknown;
  readonly anthropic_version?: unknown;
}

export interface ClaudeUsage extends ReturnType<typeof promptUsage> {
  readonly output_tokens: number;
}

export interface ClaudeAnswer {
  readonly message: Readonly<Record<string, unknown>>;
  readonly usage: ClaudeUsage;
  /** A stream's events, `message_start` to `message_stop`. */
  readonly events: readonly ClaudeEvent[];
}

export interface ClaudeEvent {
  readonly data: { readonly type: string; readonly [field: string]: unknown };
  /** Tokens generated before it. */
  readonly tokens: number;
}

interface Block {
  readonly type: 'thinking' | 'text';
  readonly pieces: readonly string[];
  readonly signature: string;
}

const SIGNATURE_CHARS = 64;

/** Versions of Anthropic's own API are dates: newer SDKs for the clouds put theirs into the body, and are understood. */
const OWN_VERSION = /^20\d\d-\d\d-\d\d$/;

/** Clouds want the version in the body: theirs, or Anthropic's own. */
export function versionProblem(body: MessagesBody, version: string): string | null {
  const given = body.anthropic_version;
  if (given === undefined) return 'anthropic_version: Field required';
  const known = given === version || (typeof given === 'string' && OWN_VERSION.test(given));
  return known ? null : `anthropic_version: Input should be '${version}'`;
}

/** What is wrong with a body in the API's words; `null`: nothing. */
export function claudeProblem(body: MessagesBody, generating: boolean): string | null {
  if (!Array.isArray(body.messages)) return 'messages: Field required';
  if (body.messages.length === 0) return 'messages: at least one message is required';
  if (!generating) return null;
  if (body.max_tokens === undefined) return 'max_tokens: Field required';
  const valid = Number.isInteger(body.max_tokens) && Number(body.max_tokens) >= 1;
  return valid ? null : 'max_tokens: Input should be an integer greater than or equal to 1';
}

/** Answers a body without problems. `more` joins the usage. */
export function claudeAnswer(
  body: MessagesBody,
  model: string,
  random: Random,
  more: Readonly<Record<string, unknown>> = {},
): ClaudeAnswer {
  const { type, display } = Object(body.thinking) as { type?: unknown; display?: unknown };
  const thinks = type === 'enabled' || type === 'adaptive';
  const said = say({
    texts: lastUserTexts(body.messages),
    thinks: thinks && display !== 'omitted',
    maxTokens: Number(body.max_tokens),
  });
  const signature = randomId(random, SIGNATURE_CHARS);
  const blocks: Block[] = [
    ...(thinks ? [{ type: 'thinking' as const, pieces: said.thoughts, signature }] : []),
    ...(said.text.length > 0 ? [{ type: 'text' as const, pieces: said.text, signature: '' }] : []),
  ];
  const stop_reason = said.cutShort ? 'max_tokens' : 'end_turn';
  const counts: ClaudeUsage = { ...promptUsage(body), output_tokens: said.tokens };
  const usage = { ...counts, ...more };
  const message = {
    id: sandboxId('msg_', random),
    type: 'message',
    role: 'assistant',
    model,
    content: blocks.map(contentOf),
    stop_reason,
    stop_sequence: null,
    usage,
  };
  const { cache_creation: _split, ...running } = counts;
  const events = [
    event({
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    }),
    event({ type: 'ping' }),
    ...blocks.flatMap(blockEvents),
    event({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: running }),
    event({ type: 'message_stop' }),
  ];
  return { message, usage: counts, events };
}

function contentOf({ type, pieces, signature }: Block): unknown {
  return type === 'text' ? { type, text: pieces.join('') } : { type, thinking: pieces.join(''), signature };
}

function blockEvents(one: Block, index: number): ClaudeEvent[] {
  const { type, pieces, signature } = one;
  const deltas = pieces.map((piece) =>
    type === 'text' ? { type: 'text_delta', text: piece } : { type: 'thinking_delta', thinking: piece },
  );
  const empty = contentOf({ type, pieces: [], signature: '' });
  return [
    event({ type: 'content_block_start', index, content_block: empty }),
    ...deltas.map((delta) => event({ type: 'content_block_delta', index, delta }, 1)),
    ...(type === 'thinking'
      ? [event({ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature } })]
      : []),
    event({ type: 'content_block_stop', index }),
  ];
}

function event(data: ClaudeEvent['data'], tokens = 0): ClaudeEvent {
  return { data, tokens };
}
