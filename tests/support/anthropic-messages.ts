/** Builds Messages API answers, whole and as stream events, as Anthropic's public documentation describes them. */

export interface MessagesRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
  readonly system?: unknown;
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string; readonly input_schema?: Schema }[];
  readonly tool_choice?: { readonly type: string; readonly name?: string };
  readonly thinking?: { readonly type: string; readonly budget_tokens?: number };
}

export interface Block {
  readonly type: string;
  readonly text?: string;
}

export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly unknown[];
}

export type ContentBlock =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown };

export interface AnthropicUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number | null;
  readonly cache_read_input_tokens: number | null;
  readonly cache_creation: { ephemeral_5m_input_tokens: number; ephemeral_1h_input_tokens: number } | null;
  readonly output_tokens: number;
  readonly [more: string]: unknown;
}

export interface AnthropicMessage {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly ContentBlock[];
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
  readonly usage: AnthropicUsage;
}

/** Estimated input tokens of a request: a quarter of its prompt's characters. */
export function inputTokens(request: MessagesRequest): number {
  const { system, messages, tools } = request;
  return Math.ceil(JSON.stringify({ system, messages, tools }).length / 4);
}

/**
 * The native answer to a request. A prompt that speaks of a tool, or a forced `tool_choice`, gets a tool call
 * where tools are offered; `<n> words` asks for that many; thinking comes when it is switched on.
 */
export function answerTo(
  request: MessagesRequest,
  id: string,
  usage: Partial<AnthropicUsage> = {},
): AnthropicMessage {
  const blocks: ContentBlock[] = [];
  const { thinking } = request;
  let left = request.max_tokens;
  const spend = (text: string): string => {
    const words = splitWords(text).slice(0, left);
    left -= words.length;
    return words.join('');
  };
  if (thinking !== undefined && thinking.type !== 'disabled') {
    blocks.push({
      type: 'thinking',
      thinking: spend('The user wants an answer.'),
      signature: 'EqQBCgIYAhIM1gbcDa9GJwZA',
    });
  }
  const tool = toolToCall(request);
  const prompt = lastUserText(request);
  const text = spend(tool === null ? answerText(prompt) : 'Let me look that up.');
  if (text !== '') blocks.push({ type: 'text', text });
  const cutShort = left === 0;
  if (tool !== null && !cutShort) {
    const input = exampleOf(tool.input_schema ?? {});
    blocks.push({ type: 'tool_use', id: `toolu_${id.slice(4)}`, name: tool.name, input });
    spend(JSON.stringify(input));
  }
  return {
    id,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: blocks,
    stop_reason: cutShort ? 'max_tokens' : tool === null ? 'end_turn' : 'tool_use',
    stop_sequence: null,
    usage: {
      input_tokens: inputTokens(request),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: request.max_tokens - left,
      service_tier: 'standard',
      inference_geo: 'not_available',
      ...usage,
    },
  };
}

/** The SSE events of a message, one string each, ending with `message_stop`. */
export function eventsOf(message: AnthropicMessage): string[] {
  const { content, stop_reason, stop_sequence, usage } = message;
  const { cache_creation: _split, service_tier: _tier, inference_geo: _geo, ...deltaUsage } = usage;
  const start = { ...message, content: [], stop_reason: null, stop_sequence: null };
  const events: unknown[] = [
    { type: 'message_start', message: { ...start, usage: { ...usage, output_tokens: 1 } } },
  ];
  for (const [index, block] of content.entries()) {
    events.push({ type: 'content_block_start', index, content_block: emptied(block) });
    if (index === 0) events.push({ type: 'ping' });
    for (const delta of deltasOf(block)) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  }
  events.push({ type: 'message_delta', delta: { stop_reason, stop_sequence }, usage: deltaUsage });
  events.push({ type: 'message_stop' });
  return events.map((event, at) => sse(event as { type: string }, at));
}

/** One SSE event. The real API pads its JSON with trailing blanks, so that `at` does too. */
function sse(event: { readonly type: string }, at = 0): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}${' '.repeat((at * 7) % 13)}\n\n`;
}

/** Words with the blanks before them: what the fakes count as one token each. */
export function splitWords(text: string): string[] {
  return text.match(/\s*\S+/g) ?? [];
}

function answerText(prompt: string): string {
  const wanted = Number(/(\d+) words/.exec(prompt)?.[1] ?? 0);
  if (wanted > 0) return Array.from({ length: wanted }, (_, index) => `word${index + 1}`).join(' ');
  return `The upstream answers: ${prompt.slice(0, 60)} – naïve, 日本語, 🦩.`;
}

function lastUserText(request: MessagesRequest): string {
  const content = request.messages.findLast((message) => message.role === 'user')?.content ?? '';
  if (typeof content === 'string') return content;
  return content.findLast((block) => block.type === 'text')?.text ?? '';
}

function toolToCall(request: MessagesRequest): { name: string; input_schema?: Schema } | null {
  const { tools = [], tool_choice: choice } = request;
  const last = request.messages.at(-1)?.content;
  if (Array.isArray(last) && last.some((block: Block) => block.type === 'tool_result')) return null;
  const prompt = lastUserText(request);
  const wanted = tools.find((tool) => tool.name === choice?.name || prompt.includes(tool.name)) ?? tools[0];
  const forced = choice?.type === 'any' || choice?.type === 'tool';
  const named = /\btool\b/i.test(prompt) || tools.some((tool) => prompt.includes(tool.name));
  return wanted !== undefined && choice?.type !== 'none' && (forced || named) ? wanted : null;
}

export function exampleOf(schema: Schema): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'string':
      return 'Paris';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case undefined:
    default:
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [name, exampleOf(property)]),
      );
  }
}

function emptied(block: ContentBlock): unknown {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { ...block, input: {}, caller: { type: 'direct' } };
}

function deltasOf(block: ContentBlock): unknown[] {
  if (block.type === 'text') return splitWords(block.text).map((text) => ({ type: 'text_delta', text }));
  if (block.type === 'thinking') {
    return [
      ...splitWords(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: block.signature },
    ];
  }
  const json = JSON.stringify(block.input);
  const middle = Math.ceil(json.length / 2);
  return ['', json.slice(0, middle), json.slice(middle)].map((partial_json) => ({
    type: 'input_json_delta',
    partial_json,
  }));
}
