/** Builds Converse answers, whole and as stream events, as Amazon's documentation describes them. */
import type { Schema } from '@/tests/support/anthropic-messages';
import { countTokens, halvesOf, speak, wordsOf } from '@/tests/support/spoken-answer';

export interface ConverseBody {
  readonly messages?: readonly { readonly role: string; readonly content: readonly ConverseBlock[] }[];
  readonly system?: unknown;
  readonly inferenceConfig?: { readonly maxTokens?: number };
  readonly toolConfig?: {
    readonly tools?: readonly { readonly toolSpec?: ToolSpec }[];
    readonly toolChoice?: {
      readonly any?: object;
      readonly auto?: object;
      readonly tool?: { readonly name: string };
    };
  };
  readonly additionalModelRequestFields?: { readonly thinking?: { readonly type?: string } };
}

interface ConverseBlock {
  readonly text?: string;
  readonly toolResult?: unknown;
}

interface ToolSpec {
  readonly name: string;
  readonly inputSchema?: { readonly json?: Schema };
}

export interface ConverseUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly [more: string]: unknown;
}

/** A block of an answer, as a whole answer holds it. */
type OutBlock =
  | { readonly text: string }
  | {
      readonly reasoningContent: {
        readonly reasoningText: { readonly text: string; readonly signature: string };
      };
    }
  | { readonly toolUse: { readonly toolUseId: string; readonly name: string; readonly input: unknown } };

export interface ConverseAnswer {
  readonly output: {
    readonly message: { readonly role: 'assistant'; readonly content: readonly OutBlock[] };
  };
  readonly stopReason: string;
  readonly usage: ConverseUsage;
  readonly metrics: { readonly latencyMs: number };
}

/** An event of a stream: its `:event-type` and its payload. */
export type ConverseEvent = readonly [type: string, payload: object];

const LATENCY_MS = 638;

export function converse(body: ConverseBody, id: string, usage: Partial<ConverseUsage> = {}): ConverseAnswer {
  const { messages = [], toolConfig, inferenceConfig, additionalModelRequestFields: more } = body;
  const { any, tool } = toolConfig?.toolChoice ?? {};
  const last = messages.at(-1)?.content ?? [];
  const user = messages.findLast(({ role }) => role === 'user')?.content ?? [];
  const said = speak({
    prompt: user.map(({ text }) => text ?? '').join(''),
    input: converseInput(body),
    maxTokens: inferenceConfig?.maxTokens,
    think: (more?.thinking?.type ?? 'disabled') !== 'disabled',
    tools: (toolConfig?.tools ?? []).flatMap(({ toolSpec: spec }) =>
      spec === undefined ? [] : [{ name: spec.name, schema: spec.inputSchema?.json }],
    ),
    choice: any === undefined ? tool?.name : 'any',
    afterTool: last.some(({ toolResult }) => toolResult !== undefined),
  });
  const content: OutBlock[] = [];
  if (said.thoughts !== '') {
    content.push({
      reasoningContent: { reasoningText: { text: said.thoughts, signature: 'EqQBCgIYAhIM1gbcDa9G' } },
    });
  }
  if (said.call === null) content.push({ text: said.text });
  else {
    const input = JSON.parse(said.call.args) as unknown;
    content.push({ toolUse: { toolUseId: `tooluse_${id}`, name: said.call.name, input } });
  }
  const counts = {
    inputTokens: said.inputTokens,
    outputTokens: said.textTokens + said.thoughtTokens,
    cacheReadInputTokenCount: 0,
    cacheReadInputTokens: 0,
    cacheWriteInputTokenCount: 0,
    cacheWriteInputTokens: 0,
    serverToolUsage: {},
    ...usage,
  };
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: said.cutShort ? 'max_tokens' : said.call === null ? 'end_turn' : 'tool_use',
    usage: { totalTokens: counts.inputTokens + counts.outputTokens, ...counts },
    metrics: { latencyMs: LATENCY_MS },
  };
}

/** Only a tool call announces its block; the usage comes after the end, in `metadata`. */
export function converseEvents({ output, stopReason, usage, metrics }: ConverseAnswer): ConverseEvent[] {
  const events: ConverseEvent[] = [['messageStart', { role: 'assistant' }]];
  for (const [contentBlockIndex, block] of output.message.content.entries()) {
    if ('toolUse' in block) {
      const { toolUseId, name } = block.toolUse;
      events.push(['contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId, name } } }]);
    }
    for (const delta of deltasOf(block)) events.push(['contentBlockDelta', { contentBlockIndex, delta }]);
    events.push(['contentBlockStop', { contentBlockIndex }]);
  }
  events.push(['messageStop', { stopReason }], ['metadata', { metrics, usage }]);
  return events;
}

export function converseTokens(body: ConverseBody): number {
  return countTokens(converseInput(body));
}

function converseInput({ messages, system, toolConfig }: ConverseBody): object {
  return { messages, system, toolConfig };
}

function deltasOf(block: OutBlock): object[] {
  if ('text' in block) return wordsOf(block.text).map((text) => ({ text }));
  if ('toolUse' in block) {
    return halvesOf(JSON.stringify(block.toolUse.input)).map((input) => ({ toolUse: { input } }));
  }
  const { text, signature } = block.reasoningContent.reasoningText;
  const words = wordsOf(text).map((word) => ({ reasoningContent: { text: word } }));
  return [...words, { reasoningContent: { signature } }];
}
