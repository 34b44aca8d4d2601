/** What the fake models say, before any API's shape is put around it: words, a tool call, thoughts, and their counts. */
import { answerTo, exampleOf, splitWords, type Schema } from '@/tests/support/anthropic-messages';

export interface SpokenTool {
  readonly name: string;
  readonly schema?: Schema | undefined;
}

export interface Spoken {
  /** The last thing the user said; `<n> words` in it asks for that many. */
  readonly prompt: string;
  /** Everything that counts as input. */
  readonly input: unknown;
  readonly maxTokens?: number | null | undefined;
  readonly think?: boolean;
  readonly tools?: readonly SpokenTool[];
  /** `any` or a tool's name forces a call, `none` forbids it; otherwise the prompt must speak of a tool. */
  readonly choice?: string | undefined;
  /** The last message brings a tool's result: the answer is words again. */
  readonly afterTool?: boolean;
  /** The answer is JSON that fits this schema. */
  readonly jsonSchema?: Schema | undefined;
}

export interface SpokenAnswer {
  readonly thoughts: string;
  readonly text: string;
  readonly call: { readonly name: string; readonly args: string } | null;
  readonly cutShort: boolean;
  readonly inputTokens: number;
  readonly thoughtTokens: number;
  /** Tokens of the text or the call, without the thoughts. */
  readonly textTokens: number;
}

const USUAL_MAX_TOKENS = 4096;

/** Says the same as the Anthropic fake would: a call stands alone, without words before it. */
export function speak(spoken: Spoken): SpokenAnswer {
  const {
    prompt,
    input,
    maxTokens,
    think = false,
    tools = [],
    choice,
    afterTool = false,
    jsonSchema,
  } = spoken;
  const named = tools.some(({ name }) => name === choice);
  const result = [{ type: 'tool_result' }, { type: 'text', text: prompt }];
  const message = answerTo(
    {
      model: 'any',
      max_tokens: maxTokens ?? USUAL_MAX_TOKENS,
      messages: [{ role: 'user', content: afterTool ? result : prompt }],
      tools: tools.map(({ name, schema }) => ({ name, input_schema: lowerCaseTypes(schema ?? {}) })),
      ...(choice === undefined
        ? {}
        : { tool_choice: named ? { type: 'tool', name: choice } : { type: choice } }),
      ...(think ? { thinking: { type: 'enabled' } } : {}),
    },
    'msg_0',
  );
  const thoughts = message.content.find((block) => block.type === 'thinking')?.thinking ?? '';
  const said = message.content.find((block) => block.type === 'text')?.text ?? '';
  const used = message.content.find((block) => block.type === 'tool_use');
  const call = used === undefined ? null : { name: used.name, args: JSON.stringify(used.input) };
  const wanted = jsonSchema === undefined ? said : JSON.stringify(exampleOf(lowerCaseTypes(jsonSchema)));
  const text = call === null ? wanted : '';
  return {
    thoughts,
    text,
    call,
    cutShort: message.stop_reason === 'max_tokens',
    inputTokens: countTokens(input),
    thoughtTokens: wordsOf(thoughts).length,
    textTokens: wordsOf(call?.args ?? text).length,
  };
}

/** Estimated tokens of a prompt: a quarter of its characters. */
export function countTokens(input: unknown): number {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  return Math.ceil(text.length / 4);
}

/** The parts a text is streamed in, one token each. */
export function wordsOf(text: string): string[] {
  return splitWords(text);
}

/** The two parts a call's arguments are streamed in. */
export function halvesOf(args: string): [string, string] {
  const middle = Math.ceil(args.length / 2);
  return [args.slice(0, middle), args.slice(middle)];
}

/** Gemini writes `STRING` where JSON Schema writes `string`. */
function lowerCaseTypes(schema: Schema): Schema {
  const lower = (key: string, value: unknown): unknown =>
    key === 'type' && typeof value === 'string' ? value.toLowerCase() : value;
  return JSON.parse(JSON.stringify(schema), lower) as Schema;
}
