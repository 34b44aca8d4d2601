/** Builds Chat Completions and legacy Completions answers, whole and as chunks, in OpenAI's shape and its relatives'. */
import type { Schema } from '@/tests/support/anthropic-messages';
import { countTokens, halvesOf, speak, wordsOf, type SpokenAnswer } from '@/tests/support/spoken-answer';

/** `google` is the OpenAI-compatible layer of the Gemini API. */
export type ChatFlavour = 'openai' | 'openrouter' | 'azure' | 'google';

export interface ChatContext {
  readonly flavour: ChatFlavour;
  /** Unique among the answers of one server. */
  readonly id: string;
  /** The name the answer bears: often a dated snapshot of the one asked for. */
  readonly model: string;
  /** Native usage fields that replace the computed ones. */
  readonly usage?: Readonly<Record<string, unknown>> | undefined;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content?: string | readonly Part[] | null }[];
  readonly stream?: boolean | null;
  readonly stream_options?: {
    readonly include_usage?: boolean;
    readonly include_obfuscation?: boolean;
  } | null;
  readonly max_tokens?: number | null;
  readonly max_completion_tokens?: number | null;
  readonly tools?: readonly { readonly function?: { readonly name: string; readonly parameters?: Schema } }[];
  readonly tool_choice?: string | { readonly function?: { readonly name: string } };
  readonly reasoning_effort?: string | null;
  readonly response_format?: { readonly json_schema?: { readonly schema?: Schema } };
}

interface Part {
  readonly text?: string;
}

export interface CompletionRequest {
  readonly model: string;
  readonly prompt: string | readonly string[];
  readonly stream?: boolean | null;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  readonly max_tokens?: number | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** What the legacy endpoint gives where `max_tokens` is left out. */
const LEGACY_MAX_TOKENS = 16;
const USD_PER_TOKEN = 0.000_002;
const SAFE = { filtered: false, severity: 'safe' };
const FILTER_RESULTS = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE };
const PROMPT_FILTERS = {
  prompt_filter_results: [{ prompt_index: 0, content_filter_results: FILTER_RESULTS }],
};
const DONE = 'data: [DONE]\n\n';
const COMMENT = ': OPENROUTER PROCESSING\n\n';

export function chatCompletion(request: ChatRequest, context: ChatContext): object {
  const spoken = sayChat(request);
  const { flavour, id } = context;
  const message = {
    role: 'assistant',
    content: spoken.call === null ? spoken.text : null,
    ...(flavour === 'google' ? {} : { refusal: null }),
    ...(flavour === 'openrouter' && spoken.thoughts !== '' ? reasoningFields(spoken.thoughts) : {}),
    ...(spoken.call === null ? {} : { tool_calls: [{ ...emptyCall(id), function: callOf(spoken.call) }] }),
    ...(flavour === 'openai' ? { annotations: [] } : {}),
  };
  return {
    ...head(context, 'chat.completion'),
    choices: [choice({ message }, finishReason(spoken), context, true)],
    usage: chatUsage(spoken, context),
    ...(flavour === 'azure' ? PROMPT_FILTERS : {}),
  };
}

export function chatChunks(request: ChatRequest, context: ChatContext): string[] {
  const spoken = sayChat(request);
  const { flavour } = context;
  const asked = request.stream_options?.include_usage === true;
  const padded = flavour !== 'google' && flavour !== 'openrouter';
  const obfuscated = padded && request.stream_options?.include_obfuscation !== false;
  const deltas = deltasOf(spoken, context);
  const ending = flavour === 'google' ? (deltas.pop() ?? {}) : flavour === 'openrouter' ? EMPTY_DELTA : {};
  const pieces: Fields[] = [
    ...deltas.map((delta) => ({ choices: [choice({ delta }, null, context, false)] })),
    { choices: [choice({ delta: ending }, finishReason(spoken), context, false)] },
  ];
  const usage = chatUsage(spoken, context);
  if (flavour === 'openrouter') {
    // Its usage comes unasked, in a chunk that still holds an empty choice.
    pieces.push({ choices: [choice({ delta: EMPTY_DELTA }, null, context, false)], usage });
  } else if (flavour === 'google') {
    if (asked) pieces.push({ ...pieces.pop(), usage });
  } else if (asked) {
    pieces.push({ choices: [], usage });
  }
  const nothingYet = asked && padded ? { usage: null } : {};
  const events = pieces.map((piece, at) =>
    data({
      ...head(context, 'chat.completion.chunk'),
      ...nothingYet,
      ...piece,
      ...(obfuscated ? { obfuscation: padding(at) } : {}),
    }),
  );
  if (flavour === 'azure') {
    events.unshift(data({ choices: [], created: 0, id: '', model: '', object: '', ...PROMPT_FILTERS }));
  }
  if (flavour === 'openrouter') events.splice(1, 0, COMMENT);
  return [...(flavour === 'openrouter' ? [COMMENT, COMMENT] : []), ...events, DONE];
}

export function legacyCompletion(request: CompletionRequest, context: ChatContext): object {
  const spoken = sayLegacy(request);
  return {
    ...legacyHead(context),
    choices: [{ text: spoken.text, index: 0, logprobs: null, finish_reason: finishReason(spoken) }],
    usage: legacyUsage(spoken, context),
  };
}

export function legacyChunks(request: CompletionRequest, context: ChatContext): string[] {
  const spoken = sayLegacy(request);
  const words = wordsOf(spoken.text);
  const asked = request.stream_options?.include_usage === true;
  const last = words.length - 1;
  const events = words.map((text, index) => {
    const finish_reason = index === last ? finishReason(spoken) : null;
    const choices = [{ text, index: 0, logprobs: null, finish_reason }];
    return data({ ...legacyHead(context), choices, ...(asked ? { usage: null } : {}) });
  });
  if (asked) events.push(data({ ...legacyHead(context), choices: [], usage: legacyUsage(spoken, context) }));
  return [...events, DONE];
}

/** Random text that hides the sizes of the words in a stream; here it only differs from chunk to chunk. */
export function padding(at: number): string {
  return 'k7Qz0fRw3bXy9LdM'.slice(0, ((at * 7) % 16) + 1);
}

function sayChat(request: ChatRequest): SpokenAnswer {
  const { messages, tools = [], tool_choice: wanted, reasoning_effort: effort } = request;
  const named = typeof wanted === 'object' ? wanted.function?.name : wanted;
  return speak({
    prompt: textOf(messages.findLast(({ role }) => role === 'user')?.content),
    input: { messages, tools },
    maxTokens: request.max_completion_tokens ?? request.max_tokens,
    think: effort !== undefined && effort !== null && effort !== 'none',
    tools: tools.flatMap(({ function: tool }) =>
      tool ? [{ name: tool.name, schema: tool.parameters }] : [],
    ),
    choice: named === 'required' ? 'any' : named,
    afterTool: messages.at(-1)?.role === 'tool',
    jsonSchema: request.response_format?.json_schema?.schema,
  });
}

function sayLegacy(request: CompletionRequest): SpokenAnswer {
  const prompt = typeof request.prompt === 'string' ? request.prompt : (request.prompt[0] ?? '');
  const maxTokens = request.max_tokens ?? LEGACY_MAX_TOKENS;
  return { ...speak({ prompt, input: prompt, maxTokens }), inputTokens: countTokens(prompt) };
}

function textOf(content: string | readonly Part[] | null | undefined): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('');
}

function finishReason({ cutShort, call }: SpokenAnswer): string {
  return cutShort ? 'length' : call === null ? 'stop' : 'tool_calls';
}

const EMPTY_DELTA = { role: 'assistant', content: '' };

function deltasOf(spoken: SpokenAnswer, { flavour, id }: ChatContext): Fields[] {
  const every = flavour === 'google' || flavour === 'openrouter' ? { role: 'assistant' } : {};
  const words = wordsOf(spoken.text).map((content) => ({ ...every, content }));
  if (flavour === 'google') {
    if (spoken.call === null) return words;
    return [{ ...every, tool_calls: [{ ...emptyCall(id), index: 0, function: callOf(spoken.call) }] }];
  }
  const start = { ...EMPTY_DELTA, ...(flavour === 'openrouter' ? {} : { refusal: null }) };
  const thoughts = flavour === 'openrouter' ? wordsOf(spoken.thoughts) : [];
  const thinking = thoughts.map((word) => ({ ...EMPTY_DELTA, ...reasoningFields(word) }));
  if (spoken.call === null) return [start, ...thinking, ...words];
  const { name, args } = spoken.call;
  const opened = [{ index: 0, ...emptyCall(id), function: { name, arguments: '' } }];
  const rest = halvesOf(args).map((half) => ({
    ...every,
    tool_calls: [{ index: 0, function: { arguments: half } }],
  }));
  return [...thinking, { ...start, content: null, tool_calls: opened }, ...rest];
}

function reasoningFields(text: string): Fields {
  return { reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, index: 0, format: null }] };
}

function emptyCall(id: string): { id: string; type: 'function' } {
  return { id: `call_${id}`, type: 'function' };
}

function callOf({ name, args }: { readonly name: string; readonly args: string }): Fields {
  return { name, arguments: args };
}

function choice(content: Fields, finish: string | null, { flavour }: ChatContext, whole: boolean): Fields {
  const base = { index: 0, ...content };
  if (flavour === 'google') return finish === null ? base : { ...base, finish_reason: finish };
  const native = finish === 'stop' ? 'completed' : finish;
  return {
    ...base,
    logprobs: null,
    finish_reason: finish,
    ...(flavour === 'openrouter' ? { native_finish_reason: native } : {}),
    ...(flavour === 'azure'
      ? { content_filter_results: whole || finish === null ? FILTER_RESULTS : {} }
      : {}),
  };
}

function head({ flavour, id, model }: ChatContext, object: string): Fields {
  const created = Math.floor(Date.now() / 1000);
  switch (flavour) {
    case 'openrouter':
      return { id: `gen-${created}-${id}`, provider: 'OpenAI', model, object, created };
    case 'google':
      return { id: `w1pe${id}`, object, created, model };
    case 'azure':
      return { id: `chatcmpl-${id}`, object, created, model, system_fingerprint: 'fp_b6f445fc1c' };
    case 'openai':
    default:
      return {
        id: `chatcmpl-${id}`,
        object,
        created,
        model,
        service_tier: 'default',
        system_fingerprint: 'fp_07871e2ad8',
      };
  }
}

function legacyHead({ id, model }: ChatContext): Fields {
  return { id: `cmpl-${id}`, object: 'text_completion', created: Math.floor(Date.now() / 1000), model };
}

function chatUsage(spoken: SpokenAnswer, context: ChatContext): Fields {
  const { inputTokens, textTokens, thoughtTokens } = spoken;
  const { flavour } = context;
  if (flavour === 'google') {
    // Thinking shows only as what is missing from the total.
    const counts = { prompt_tokens: inputTokens, completion_tokens: textTokens };
    return withTotal(counts, context.usage, thoughtTokens);
  }
  const completion_tokens = textTokens + thoughtTokens;
  const cost = (inputTokens + completion_tokens) * USD_PER_TOKEN;
  const router = { cost, is_byok: false, cost_details: { upstream_inference_cost: null } };
  const speculated = { accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 };
  const counts = {
    prompt_tokens: inputTokens,
    completion_tokens,
    ...(flavour === 'openrouter' ? router : {}),
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: thoughtTokens, audio_tokens: 0, ...speculated },
  };
  return withTotal(counts, context.usage);
}

function legacyUsage(spoken: SpokenAnswer, context: ChatContext): Fields {
  return withTotal(
    { prompt_tokens: spoken.inputTokens, completion_tokens: spoken.textTokens },
    context.usage,
  );
}

function withTotal(counts: Fields, replaced: Fields = {}, more = 0): Fields {
  const all = { ...counts, ...replaced };
  const total = Number(all['prompt_tokens']) + Number(all['completion_tokens']) + more;
  return { ...all, total_tokens: all['total_tokens'] ?? total };
}

function data(event: unknown): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}
