/** One streaming call of every dialect: what the streaming tables measure. */
import {
  chatEvents,
  claudeSse,
  converseEvents,
  geminiArray,
  geminiEvents,
  invokeEvents,
  responseEvents,
} from '@/tests/bench/dialect-streams';
import { DIALECT_MARK, PACED_MARK } from '@/tests/bench/messages';

export interface Dialect {
  readonly label: string;
  /** Path and query as a client sends them, to the gateway and to a plain proxy alike. */
  readonly path: string;
  /** What tells the dialect from others in the path and query that reach the upstream. */
  readonly upstreamPath: RegExp;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  /** The call's fields beside the prompt's text. */
  readonly call: (prompt: string) => object;
  /** The stream's events, opening and closing ones included. */
  readonly events: (count: number) => readonly Uint8Array[];
  /** Bytes at the end of the stream that the gateway asked for and takes out again. */
  readonly hidden?: (events: readonly Uint8Array[]) => number;
}

const FILLER =
  'The quick brown fox jumps over the lazy dog, and the gateway counts what that has cost. '.repeat(9);
const user = (content: string) => [{ role: 'user', content }];
const claudeCall = (prompt: string) => ({ max_tokens: 1024, messages: user(prompt), stream: true });
const chatCall = (prompt: string) => ({ model: 'gpt-5.1', messages: user(prompt), stream: true });
const geminiCall = (prompt: string) => ({ contents: [{ role: 'user', parts: [{ text: prompt }] }] });

/** Where Vertex's access tokens come from. */
export const TOKEN_PATH = '/token';

const BEDROCK_MODEL = '/model/anthropic.claude-sonnet-4-5-20250929-v1%3A0';
const VERTEX = '/v1/projects/bench/locations/global/publishers';
const SSE = 'text/event-stream; charset=utf-8';
const FRAMES = 'application/vnd.amazon.eventstream';

/** One row of the table each. */
export const DIALECTS: readonly Dialect[] = [
  {
    label: 'Anthropic Messages',
    path: '/v1/messages',
    upstreamPath: /^\/v1\/messages$/,
    headers: { 'anthropic-version': '2023-06-01' },
    contentType: SSE,
    call: (prompt) => ({ model: 'claude-sonnet-4-5', ...claudeCall(prompt) }),
    events: claudeSse,
  },
  {
    label: 'OpenAI Chat',
    path: '/v1/chat/completions',
    upstreamPath: /\/chat\/completions$/,
    headers: {},
    contentType: SSE,
    call: (prompt) => ({ ...chatCall(prompt), stream_options: { include_usage: true } }),
    events: chatEvents,
  },
  {
    label: 'OpenAI Chat, usage hidden',
    path: '/v1/chat/completions',
    upstreamPath: /\/chat\/completions$/,
    headers: {},
    contentType: SSE,
    call: chatCall,
    events: chatEvents,
    hidden: (events) => events.at(-2)?.length ?? 0,
  },
  {
    label: 'OpenAI Responses',
    path: '/v1/responses',
    upstreamPath: /\/responses$/,
    headers: {},
    contentType: SSE,
    call: (prompt) => ({ model: 'gpt-5.1', input: prompt, store: false, stream: true }),
    events: responseEvents,
  },
  {
    label: 'Gemini, events',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    upstreamPath: /^\/v1beta\/models\/.*:streamGenerateContent\?alt=sse$/,
    headers: {},
    contentType: 'text/event-stream',
    call: geminiCall,
    events: geminiEvents,
  },
  {
    label: 'Gemini, array',
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent',
    upstreamPath: /^\/v1beta\/models\/.*:streamGenerateContent$/,
    headers: {},
    contentType: 'application/json; charset=UTF-8',
    call: geminiCall,
    events: geminiArray,
  },
  {
    label: 'Vertex, Gemini',
    path: `${VERTEX}/google/models/gemini-2.5-flash:streamGenerateContent?alt=sse`,
    upstreamPath: /\/publishers\/google\/models\/.*:streamGenerateContent\?alt=sse$/,
    headers: {},
    contentType: 'text/event-stream',
    call: geminiCall,
    events: geminiEvents,
  },
  {
    label: 'Vertex, Claude',
    path: `${VERTEX}/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict`,
    upstreamPath: /:streamRawPredict$/,
    headers: {},
    contentType: SSE,
    call: (prompt) => ({ anthropic_version: 'vertex-2023-10-16', ...claudeCall(prompt) }),
    events: claudeSse,
  },
  {
    label: 'Bedrock Converse',
    path: `${BEDROCK_MODEL}/converse-stream`,
    upstreamPath: /\/converse-stream$/,
    headers: {},
    contentType: FRAMES,
    call: (prompt) => ({ messages: [{ role: 'user', content: [{ text: prompt }] }] }),
    events: converseEvents,
  },
  {
    label: 'Bedrock Invoke, Claude',
    path: `${BEDROCK_MODEL}/invoke-with-response-stream`,
    upstreamPath: /\/invoke-with-response-stream$/,
    headers: {},
    contentType: FRAMES,
    call: (prompt) => ({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 1024,
      messages: user(prompt),
    }),
    events: invokeEvents,
  },
];

/** The request of a dialect, at once or paced. */
export function dialectBody(dialect: Dialect, paced: boolean): string {
  return JSON.stringify(dialect.call(`${DIALECT_MARK}, ${paced ? PACED_MARK : 'at once'}. ${FILLER}`));
}
