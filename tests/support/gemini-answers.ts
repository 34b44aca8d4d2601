/** Builds generateContent answers, whole and in chunks, and counts their tokens, as Gemini and Vertex do. */
import type { Schema } from '@/tests/support/anthropic-messages';
import { geminiTokens } from '@/tests/support/gemini-vectors';
import { speak, wordsOf, type SpokenAnswer } from '@/tests/support/spoken-answer';

export interface Content {
  readonly role?: string;
  readonly parts?: readonly { readonly text?: string; readonly functionResponse?: unknown }[];
}

export interface GenerateBody {
  readonly contents?: readonly Content[];
  readonly systemInstruction?: Content;
  readonly tools?: readonly { readonly functionDeclarations?: readonly Declaration[] }[];
  readonly toolConfig?: {
    readonly functionCallingConfig?: {
      readonly mode?: string;
      readonly allowedFunctionNames?: readonly string[];
    };
  };
  readonly generationConfig?: GenerationConfig;
}

interface GenerationConfig {
  readonly maxOutputTokens?: number;
  readonly responseMimeType?: string;
  readonly responseSchema?: Schema;
  readonly responseJsonSchema?: Schema;
  readonly thinkingConfig?: {
    readonly thinkingBudget?: number;
    readonly thinkingLevel?: string;
    readonly includeThoughts?: boolean;
  };
}

interface Declaration {
  readonly name: string;
  readonly parameters?: Schema;
  readonly parametersJsonSchema?: Schema;
}

export interface GenerateContext {
  readonly model: string;
  /** Vertex tells the traffic type and the time. */
  readonly vertex?: boolean;
  /** usageMetadata fields that replace the computed ones. */
  readonly usage?: Readonly<Record<string, unknown>> | undefined;
}

type Part = Readonly<Record<string, unknown>>;

export function generateWhole(body: GenerateBody, context: GenerateContext): object {
  const spoken = sayGemini(body);
  const shown =
    thoughtsShown(body) && spoken.thoughts !== '' ? [{ text: spoken.thoughts, thought: true }] : [];
  const said = spoken.call === null ? { text: spoken.text } : callPart(spoken.call);
  return chunkOf([...shown, said], spoken, spoken.textTokens, true, context);
}

/** The chunks of a stream: every one carries the counts so far. */
export function generateChunks(body: GenerateBody, context: GenerateContext): object[] {
  const spoken = sayGemini(body);
  const thoughts = thoughtsShown(body) ? wordsOf(spoken.thoughts) : [];
  const said: Part[] =
    spoken.call === null ? wordsOf(spoken.text).map((text) => ({ text })) : [callPart(spoken.call)];
  if (said.length === 0) said.push({ text: '' });
  return [
    ...thoughts.map((text) => chunkOf([{ text, thought: true }], spoken, 0, false, context)),
    ...said.map((part, at) => {
      const last = at === said.length - 1;
      return chunkOf([part], spoken, last ? spoken.textTokens : at + 1, last, context);
    }),
  ];
}

/** Tokens of a prompt: its texts, its instruction and its declarations. */
export function promptTokens({ contents = [], systemInstruction, tools }: GenerateBody): number {
  const texts = [...contents, ...(systemInstruction === undefined ? [] : [systemInstruction])].map(textOf);
  const declared = tools === undefined ? 0 : geminiTokens(JSON.stringify(tools));
  return texts.reduce((sum, text) => sum + geminiTokens(text), declared);
}

export function textOf(content: Content | undefined): string {
  return (content?.parts ?? []).map((part) => part.text ?? '').join('');
}

function sayGemini(body: GenerateBody): SpokenAnswer {
  const { contents = [], tools = [], toolConfig, generationConfig = {} } = body;
  const { mode, allowedFunctionNames = [] } = toolConfig?.functionCallingConfig ?? {};
  const { thinkingBudget, thinkingLevel, includeThoughts } = generationConfig.thinkingConfig ?? {};
  const thinks = thinkingLevel !== undefined || includeThoughts === true || thinkingBudget !== undefined;
  const last = contents.at(-1)?.parts ?? [];
  const forced = allowedFunctionNames[0] ?? 'any';
  const spoken = speak({
    prompt: textOf(contents.findLast(({ role = 'user' }) => role === 'user')),
    input: '',
    maxTokens: generationConfig.maxOutputTokens,
    think: thinks && thinkingBudget !== 0,
    tools: tools.flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map((tool) => ({
        name: tool.name,
        schema: tool.parameters ?? tool.parametersJsonSchema,
      })),
    ),
    choice: mode === 'ANY' ? forced : mode === 'NONE' ? 'none' : undefined,
    afterTool: last.some((part) => part.functionResponse !== undefined),
    jsonSchema: generationConfig.responseSchema ?? generationConfig.responseJsonSchema,
  });
  return { ...spoken, inputTokens: promptTokens(body) };
}

function thoughtsShown(body: GenerateBody): boolean {
  return body.generationConfig?.thinkingConfig?.includeThoughts === true;
}

function callPart({ name, args }: { readonly name: string; readonly args: string }): Part {
  return { functionCall: { name, args: JSON.parse(args) as unknown } };
}

function chunkOf(
  parts: readonly Part[],
  spoken: SpokenAnswer,
  candidatesTokenCount: number,
  done: boolean,
  { model, vertex = false, usage }: GenerateContext,
): object {
  const { inputTokens: promptTokenCount, thoughtTokens } = spoken;
  const finishReason = spoken.cutShort ? 'MAX_TOKENS' : 'STOP';
  const counts = {
    promptTokenCount,
    ...(candidatesTokenCount > 0 ? { candidatesTokenCount } : {}),
    totalTokenCount: promptTokenCount + candidatesTokenCount + thoughtTokens,
    ...(vertex ? { trafficType: 'ON_DEMAND' } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokenCount }],
    ...(thoughtTokens > 0 ? { thoughtsTokenCount: thoughtTokens } : {}),
  };
  return {
    candidates: [{ content: { parts, role: 'model' }, ...(done ? { finishReason } : {}), index: 0 }],
    usageMetadata: { ...counts, ...(done ? usage : {}) },
    modelVersion: model,
    ...(vertex ? { createTime: new Date().toISOString() } : {}),
    responseId: 'w1peaMz6INOvnvgPgYfPiQY',
  };
}
