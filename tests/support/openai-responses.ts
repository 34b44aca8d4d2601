/** Builds Responses API objects and their stream events, as OpenAI's public documentation describes them. */
import type { Schema } from '@/tests/support/anthropic-messages';
import { padding } from '@/tests/support/openai-chat';
import { countTokens, halvesOf, speak, wordsOf } from '@/tests/support/spoken-answer';

export interface ResponsesRequest {
  readonly model: string;
  readonly input?: string | readonly InputItem[];
  readonly instructions?: string | null;
  readonly stream?: boolean | null;
  readonly background?: boolean | null;
  readonly store?: boolean | null;
  readonly max_output_tokens?: number | null;
  readonly previous_response_id?: string | null;
  readonly reasoning?: { readonly effort?: string | null; readonly summary?: string | null } | null;
  readonly tools?: readonly { readonly type: string; readonly name?: string; readonly parameters?: Schema }[];
  readonly tool_choice?: string | { readonly name?: string };
  readonly text?: { readonly format?: { readonly type: string; readonly schema?: Schema } };
  readonly [more: string]: unknown;
}

export interface InputItem {
  readonly type?: string;
  readonly role?: string;
  readonly content?: string | readonly { readonly type?: string; readonly text?: string }[];
  readonly [more: string]: unknown;
}

export type ResponseStatus = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
type OutputItem = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };
export type ResponseUsage = Readonly<Record<string, unknown>>;

export interface ResponseObject {
  readonly id: string;
  readonly model: string;
  readonly status: ResponseStatus;
  readonly output: readonly OutputItem[];
  readonly usage: ResponseUsage | null;
  readonly [more: string]: unknown;
}

export interface ResponseContext {
  /** Without the `resp_` before it. */
  readonly id: string;
  readonly model: string;
  /** Usage fields that replace the computed ones. */
  readonly usage?: ResponseUsage | undefined;
  /** Input tokens of the responses this one follows. */
  readonly earlierTokens?: number;
}

interface StreamEvent {
  readonly type: string;
  readonly [more: string]: unknown;
}

/** The finished response: `completed`, or `incomplete` where `max_output_tokens` cut it short. */
export function responseTo(request: ResponsesRequest, context: ResponseContext): ResponseObject {
  const { input = '', instructions, tools = [], tool_choice: wanted } = request;
  const items = itemsOf(input);
  const named = typeof wanted === 'object' ? wanted.name : wanted;
  const effort = request.reasoning?.effort ?? 'none';
  const spoken = speak({
    prompt: textOf(items.findLast(({ role }) => role === 'user')),
    input: { items, instructions, tools },
    maxTokens: request.max_output_tokens,
    think: effort !== 'none',
    tools: tools.flatMap(({ type, name, parameters }) =>
      type === 'function' && name !== undefined ? [{ name, schema: parameters }] : [],
    ),
    choice: named === 'required' ? 'any' : named,
    afterTool: items.at(-1)?.type === 'function_call_output',
    jsonSchema: request.text?.format?.schema,
  });
  const status = spoken.cutShort ? 'incomplete' : 'completed';
  const input_tokens = spoken.inputTokens + (context.earlierTokens ?? 0);
  const output_tokens = spoken.textTokens + spoken.thoughtTokens;
  const usage: ResponseUsage = {
    input_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens,
    output_tokens_details: { reasoning_tokens: spoken.thoughtTokens },
    ...context.usage,
  };
  const total = Number(usage['input_tokens']) + Number(usage['output_tokens']);
  const output: OutputItem[] = [];
  if (spoken.thoughts !== '') {
    const summary =
      typeof request.reasoning?.summary === 'string' ? [{ type: 'summary_text', text: spoken.thoughts }] : [];
    output.push({ id: `rs_${context.id}`, type: 'reasoning', summary });
  }
  if (spoken.call !== null) {
    const { name, args } = spoken.call;
    const call = { id: `fc_${context.id}`, type: 'function_call', status: 'completed', arguments: args };
    output.push({ ...call, call_id: `call_${context.id}`, name });
  } else if (spoken.text !== '') {
    const content = [{ type: 'output_text', annotations: [], logprobs: [], text: spoken.text }];
    output.push({ id: `msg_${context.id}`, type: 'message', status, content, role: 'assistant' });
  }
  return {
    ...unfinished(request, context, status),
    output,
    incomplete_details: spoken.cutShort ? { reason: 'max_output_tokens' } : null,
    completed_at: spoken.cutShort ? null : seconds(),
    usage: { ...usage, total_tokens: usage['total_tokens'] ?? total },
  };
}

/** The same response before anything of it is there. */
export function emptied(response: ResponseObject, status: ResponseStatus): ResponseObject {
  return { ...response, status, output: [], usage: null, incomplete_details: null, completed_at: null };
}

/** A response that went wrong on the way: no output, no usage, an error. */
export function failed(response: ResponseObject): ResponseObject {
  const error = { code: 'server_error', message: 'The model failed to generate a response.' };
  return { ...emptied(response, 'failed'), error };
}

/** The SSE events of a response, one string each, ending with its terminal event. */
export function responseEvents(response: ResponseObject, background = false): string[] {
  const running = emptied(response, 'in_progress');
  const waiting = emptied(response, 'queued');
  const events: StreamEvent[] = [{ type: 'response.created', response: background ? waiting : running }];
  if (background) events.push({ type: 'response.queued', response: waiting });
  events.push({ type: 'response.in_progress', response: running });
  for (const [index, item] of response.output.entries()) events.push(...itemEvents(item, index));
  events.push({ type: `response.${response.status}`, response });
  return events.map((event, at) => {
    const { type, ...rest } = event;
    const hidden = type.endsWith('.delta') ? { obfuscation: padding(at) } : {};
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: at, ...rest, ...hidden })}\n\n`;
  });
}

/** What GET …/input_items lists, newest first as the API does. */
export function inputItems(request: ResponsesRequest, id: string): OutputItem[] {
  return itemsOf(request.input ?? '')
    .map((item, at) => {
      const content = typeof item.content === 'string' ? textContent(item.content) : item.content;
      const itemId = `msg_in${at}_${id}`;
      return { ...item, id: itemId, type: item.type ?? 'message', status: 'completed', content };
    })
    .toReversed();
}

/** The answer of POST /v1/responses/compact: the user's messages and one opaque item for all the rest. */
export function compactionOf(request: ResponsesRequest, context: ResponseContext): object {
  const { usage } = responseTo({ ...request, tools: [], reasoning: null }, context);
  const kept = inputItems(request, context.id).filter(
    ({ type, role }) => type === 'message' && role === 'user',
  );
  const compaction = {
    id: `cmp_${context.id}`,
    type: 'compaction',
    encrypted_content: 'gAAAAABoyXusnBzv6TRLFFsi',
  };
  return {
    id: `resp_${context.id}`,
    object: 'response.compaction',
    created_at: seconds(),
    output: [...kept.toReversed(), compaction],
    usage,
  };
}

export function responseInputTokens({ input = '', instructions, tools = [] }: ResponsesRequest): number {
  return countTokens({ items: itemsOf(input), instructions, tools });
}

function itemEvents(item: OutputItem, output_index: number): StreamEvent[] {
  const item_id = item.id;
  const place = { item_id, output_index };
  const open = (changes: object): StreamEvent => ({
    type: 'response.output_item.added',
    output_index,
    item: { ...item, ...changes },
  });
  const done: StreamEvent = { type: 'response.output_item.done', output_index, item };
  if (item.type === 'function_call') {
    const args = String(item['arguments']);
    const event = 'response.function_call_arguments';
    const deltas = halvesOf(args).map((delta) => ({ type: `${event}.delta`, ...place, delta }));
    const whole = { type: `${event}.done`, ...place, arguments: args };
    return [open({ status: 'in_progress', arguments: '' }), ...deltas, whole, done];
  }
  if (item.type === 'reasoning') {
    const summary = item['summary'] as readonly { readonly text: string }[];
    const parts = summary.flatMap((part, summary_index) =>
      summaryEvents(part.text, { ...place, summary_index }),
    );
    return [open({ summary: [] }), ...parts, done];
  }
  const [part] = item['content'] as readonly { readonly text: string }[];
  const text = part?.text ?? '';
  const spot = { ...place, content_index: 0 };
  return [
    open({ status: 'in_progress', content: [] }),
    { type: 'response.content_part.added', ...spot, part: { ...part, text: '' } },
    ...wordsOf(text).map((delta) => ({ type: 'response.output_text.delta', ...spot, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...spot, text, logprobs: [] },
    { type: 'response.content_part.done', ...spot, part },
    done,
  ];
}

function summaryEvents(text: string, place: object): StreamEvent[] {
  const part = (said: string): object => ({ part: { type: 'summary_text', text: said } });
  const deltas = wordsOf(text).map((delta) => ({
    type: 'response.reasoning_summary_text.delta',
    ...place,
    delta,
  }));
  return [
    { type: 'response.reasoning_summary_part.added', ...place, ...part('') },
    ...deltas,
    { type: 'response.reasoning_summary_text.done', ...place, text },
    { type: 'response.reasoning_summary_part.done', ...place, ...part(text) },
  ];
}

function unfinished(request: ResponsesRequest, context: ResponseContext, status: ResponseStatus) {
  const { reasoning, text, tools = [] } = request;
  return {
    id: `resp_${context.id}`,
    object: 'response',
    created_at: seconds(),
    status,
    background: request.background ?? false,
    billing: { payer: 'developer' },
    completed_at: null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: null,
    model: context.model,
    output: [],
    parallel_tool_calls: true,
    presence_penalty: 0,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request['prompt_cache_key'] ?? null,
    prompt_cache_retention: null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    safety_identifier: null,
    service_tier: 'default',
    store: request.store ?? true,
    temperature: 1,
    text: { format: text?.format ?? { type: 'text' }, verbosity: 'medium' },
    tool_choice: request.tool_choice ?? 'auto',
    tools,
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: request['metadata'] ?? {},
  };
}

function itemsOf(input: string | readonly InputItem[]): readonly InputItem[] {
  return typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : input;
}

function textContent(text: string): readonly { readonly type: string; readonly text: string }[] {
  return [{ type: 'input_text', text }];
}

function textOf(item: InputItem | undefined): string {
  const content = item?.content ?? '';
  return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('');
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
