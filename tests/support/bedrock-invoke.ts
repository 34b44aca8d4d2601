/** Builds InvokeModel answers, whole and in chunks, in the shape of each model's own API. */
import { eventsOf, type AnthropicUsage } from '@/tests/support/anthropic-messages';
import { geminiVector } from '@/tests/support/gemini-vectors';
import { hostedMessage, hostedProblem, type HostedBody } from '@/tests/support/hosted-claude';
import { countTokens, speak, wordsOf, type SpokenAnswer } from '@/tests/support/spoken-answer';

export interface Invoked {
  readonly whole: object;
  /** What a stream's chunks hold, one JSON each; empty for models that don't stream. */
  readonly chunks: readonly object[];
  readonly inputTokens: number;
  /** `null` for embeddings. */
  readonly outputTokens: number | null;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
}

export interface InvokeFacts {
  /** Without a region or an ARN before it, e.g. `anthropic.claude-sonnet-4-5-20250929-v1:0`. */
  readonly model: string;
  readonly id: string;
  /** Usage fields of Claude's answers that replace the computed ones. */
  readonly usage?: Partial<AnthropicUsage> | undefined;
}

const CLAUDE_RULES = {
  version: 'bedrock-2023-05-31',
  refused: ['model', 'stream'],
  refusal: malformed,
};
const TITAN_V1_DIMENSIONS = 1536;
const TITAN_DIMENSIONS = 1024;
const NOVA_DIMENSIONS = 3072;
const COHERE_DIMENSIONS = 1536;

/** The answer, or the message of the ValidationException the body gets. */
export function invoke(body: Body, facts: InvokeFacts): Invoked | string {
  const { model } = facts;
  if (model.startsWith('anthropic.claude')) return invokeClaude(body, facts);
  if (model.startsWith('amazon.titan-embed')) return embedTitan(body, model);
  if (model.startsWith('amazon.titan-text')) return invokeTitan(body);
  if (/^amazon\.nova.*embed/.test(model)) return embedNova(body);
  if (model.startsWith('amazon.nova')) return invokeNova(body);
  if (model.startsWith('meta.llama')) return invokeLlama(body);
  if (model.startsWith('cohere.embed')) return embedCohere(body, facts.id);
  return 'The provided model identifier is invalid.';
}

/** The name Claude's own answers bear. */
function claudeName(model: string): string {
  return model.replace('anthropic.', '').replace(/-v\d+(:\d+)?$/, '');
}

/** The fields of all models' bodies that matter here. */
export interface Body extends HostedBody {
  readonly inputText?: string;
  readonly dimensions?: number;
  readonly textGenerationConfig?: { readonly maxTokenCount?: number };
  readonly inferenceConfig?: { readonly maxTokens?: number };
  readonly prompt?: string;
  readonly max_gen_len?: number;
  readonly texts?: readonly string[];
  readonly embedding_types?: readonly string[];
  readonly singleEmbeddingParams?: {
    readonly embeddingDimension?: number;
    readonly text?: { readonly value?: string };
  };
}

function invokeClaude(body: Body, { model, id, usage }: InvokeFacts): Invoked | string {
  const problem = hostedProblem(body, CLAUDE_RULES);
  if (problem !== null) return problem;
  const whole = hostedMessage(body, claudeName(model), `msg_bdrk_${id}`, usage);
  const chunks = eventsOf(whole).map((event) => JSON.parse(event.split('data: ', 2)[1] ?? '') as object);
  const { input_tokens: inputTokens, output_tokens: outputTokens } = whole.usage;
  const { cache_read_input_tokens: read, cache_creation_input_tokens: written } = whole.usage;
  return { whole, chunks, inputTokens, outputTokens, cacheRead: read ?? 0, cacheWrite: written ?? 0 };
}

function invokeTitan({ inputText, textGenerationConfig }: Body): Invoked | string {
  if (inputText === undefined) return required('inputText');
  const said = speak({ prompt: inputText, input: inputText, maxTokens: textGenerationConfig?.maxTokenCount });
  const completionReason = said.cutShort ? 'LENGTH' : 'FINISH';
  const { inputTokens: inputTextTokenCount, textTokens } = said;
  const results = [{ tokenCount: textTokens, outputText: said.text, completionReason }];
  const chunks = streamed(said, (outputText, last) => ({
    outputText,
    index: 0,
    totalOutputTextTokenCount: last ? textTokens : null,
    completionReason: last ? completionReason : null,
    inputTextTokenCount: last ? inputTextTokenCount : null,
  }));
  return counted({ inputTextTokenCount, results }, chunks, said);
}

function invokeNova({ messages, inferenceConfig }: Body): Invoked | string {
  if (!Array.isArray(messages)) return required('messages');
  const { content } = (messages as Body['messages'] & object).at(-1) ?? { content: '' };
  const prompt = typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('');
  const said = speak({ prompt, input: { messages }, maxTokens: inferenceConfig?.maxTokens });
  const stopReason = said.cutShort ? 'max_tokens' : 'end_turn';
  const usage = {
    inputTokens: said.inputTokens,
    outputTokens: said.textTokens,
    totalTokens: said.inputTokens + said.textTokens,
    cacheReadInputTokenCount: 0,
    cacheWriteInputTokenCount: 0,
  };
  const message = { content: [{ text: said.text }], role: 'assistant' };
  const chunks = [
    { messageStart: { role: 'assistant' } },
    ...wordsOf(said.text).map((text) => ({ contentBlockDelta: { delta: { text }, contentBlockIndex: 0 } })),
    { contentBlockStop: { contentBlockIndex: 0 } },
    { messageStop: { stopReason } },
    { metadata: { usage, metrics: {}, trace: {} } },
  ];
  return counted({ output: { message }, stopReason, usage }, chunks, said);
}

function invokeLlama({ prompt, max_gen_len: maxTokens }: Body): Invoked | string {
  if (prompt === undefined) return required('prompt');
  const said = speak({ prompt, input: prompt, maxTokens });
  const stop_reason = said.cutShort ? 'length' : 'stop';
  const prompt_token_count = said.inputTokens;
  const chunks = streamed(said, (generation, last, generation_token_count) => ({
    generation,
    prompt_token_count: generation_token_count === 1 ? prompt_token_count : null,
    generation_token_count,
    stop_reason: last ? stop_reason : null,
  }));
  const whole = {
    generation: said.text,
    prompt_token_count,
    generation_token_count: said.textTokens,
    stop_reason,
  };
  return counted(whole, chunks, said);
}

function embedTitan({ inputText, dimensions }: Body, model: string): Invoked | string {
  if (inputText === undefined) return required('inputText');
  const first = model.includes('-v1');
  const embedding = geminiVector(inputText, first ? TITAN_V1_DIMENSIONS : (dimensions ?? TITAN_DIMENSIONS));
  const inputTextTokenCount = countTokens(inputText);
  const byType = first ? {} : { embeddingsByType: { float: embedding } };
  return embedded({ embedding, ...byType, inputTextTokenCount }, inputTextTokenCount);
}

function embedNova({ singleEmbeddingParams }: Body): Invoked | string {
  const text = singleEmbeddingParams?.text?.value;
  if (text === undefined) return required('singleEmbeddingParams');
  const embedding = geminiVector(text, singleEmbeddingParams?.embeddingDimension ?? NOVA_DIMENSIONS);
  return embedded({ embeddings: [{ embeddingType: 'TEXT', embedding }] }, countTokens(text));
}

function embedCohere({ texts, embedding_types: types }: Body, id: string): Invoked | string {
  if (texts === undefined || texts.length === 0) return required('texts');
  const vectors = texts.map((text) => geminiVector(text, COHERE_DIMENSIONS));
  const typed = types !== undefined;
  const whole = {
    id,
    embeddings: typed ? { float: vectors } : vectors,
    response_type: typed ? 'embeddings_by_type' : 'embeddings_floats',
    texts,
  };
  const tokens = texts.reduce((sum, text) => sum + countTokens(text), 0);
  return embedded(whole, tokens);
}

/** Chunks with a word each; a stream without a word still has its last chunk. */
function streamed(
  said: SpokenAnswer,
  chunk: (word: string, last: boolean, count: number) => object,
): object[] {
  const words = said.text === '' ? [''] : wordsOf(said.text);
  return words.map((word, at) => chunk(word, at === words.length - 1, at + 1));
}

function counted(whole: object, chunks: readonly object[], said: SpokenAnswer): Invoked {
  return { whole, chunks, inputTokens: said.inputTokens, outputTokens: said.textTokens };
}

function embedded(whole: object, inputTokens: number): Invoked {
  return { whole, chunks: [], inputTokens, outputTokens: null };
}

function required(field: string): string {
  return `Malformed input request: #: required key [${field}] not found, please reformat your input and try again.`;
}

function malformed(field: string): string {
  return `Malformed input request: #: extraneous key [${field}] is not permitted, please reformat your input and try again.`;
}
