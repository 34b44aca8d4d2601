/** Simulated answers of the Gemini API, which Vertex speaks too. */
import {
  type AnswerPart,
  type Asked,
  type Dialect,
  idsFor,
  jsonAnswer,
  part,
  sandboxId,
  type SandboxAnswer,
  streamAnswer,
} from './answer';
import { googleRefusal } from './google-refusal';
import { type Fields, fieldsOf, isCount, lastUserTexts, listOf, parseFields, textsOf } from './loose-json';
import { say, type Said } from './say';
import { promptTokensOf, textTokens } from './token-counts';
import { MOST_DIMENSIONS, vectorOf } from './vectors';

/** What Gemini's embedding models give where no size is asked for. */
const DIMENSIONS = 3_072;
/** Most answers one call may ask for. */
const MOST_CANDIDATES = 8;
/** Most texts one batch may hold. */
const MOST_REQUESTS = 100;

export const geminiAnswers: Dialect = {
  endpoints: {
    ':generateContent': (asked) => answerGenerate(asked, 'whole'),
    ':streamGenerateContent': (asked) => answerGenerate(asked, wantsSse(asked) ? 'sse' : 'array'),
    ':countTokens': answerCount,
    ':embedContent': answerEmbed,
    ':batchEmbedContents': answerBatch,
  },
  elsewhere: (asked) => googleRefusal(404, 'Requested entity was not found.', idsFor(asked).requestId),
};

function wantsSse({ search }: Asked): boolean {
  return new URLSearchParams(search).get('alt')?.toLowerCase() === 'sse';
}

/** Google takes every field in camel and in snake case. */
function field(fields: Fields, name: string): unknown {
  return fields[name] ?? fields[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}

function answerGenerate(asked: Asked, form: 'whole' | 'sse' | 'array'): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const config = fieldsOf(field(body, 'generationConfig'));
  const problem = contentsProblem(body) ?? configProblem(config);
  if (problem !== null) return googleRefusal(400, problem, requestId, form === 'array');
  const thinking = fieldsOf(field(config, 'thinkingConfig'));
  const shown = field(thinking, 'includeThoughts') === true;
  const budget = field(thinking, 'thinkingBudget');
  const level = field(thinking, 'thinkingLevel');
  const maxTokens = field(config, 'maxOutputTokens');
  const texts = lastUserTexts(body['contents'], 'parts');
  const answers = Array.from({ length: Number(field(config, 'candidateCount') ?? 1) }, (_, variant) =>
    say({
      texts,
      thinks: budget !== 0 && (shown || budget !== undefined || level !== undefined),
      maxTokens: isCount(maxTokens) ? maxTokens : null,
      variant,
    }),
  );
  const facts: AnswerContext = {
    promptTokens: promptTokensOf([body['contents'], field(body, 'systemInstruction'), body['tools']]),
    thoughts: answers.reduce((sum, { thoughts }) => sum + thoughts.length, 0),
    model: asked.model,
    responseId: sandboxId('', random),
  };
  if (form === 'whole') return wholeAnswer(answers, shown, facts, requestId);
  const chunks = chunksOf(answers, shown, facts);
  return form === 'sse' ? sseAnswer(chunks, requestId) : arrayAnswer(chunks, requestId);
}

interface AnswerContext {
  readonly promptTokens: number;
  readonly thoughts: number;
  readonly model: string;
  readonly responseId: string;
}

interface Chunk {
  readonly value: Fields;
  readonly tokens: number;
}

/** Several candidates are written beside each other, so the longest is the wait. */
function wholeAnswer(
  answers: readonly Said[],
  shown: boolean,
  facts: AnswerContext,
  requestId: string,
): SandboxAnswer {
  const candidates = answers.map((said, index) => {
    const thoughts = shown && said.thoughts.length > 0 ? [thoughtPart(said.thoughts.join(''))] : [];
    const text = said.text.length > 0 ? [{ text: said.text.join('') }] : [];
    return candidate(index, [...thoughts, ...text], said);
  });
  const written = answers.reduce((sum, { text }) => sum + text.length, 0);
  const tokens = Math.max(...answers.map((said) => said.tokens));
  return jsonAnswer(chunkOf(candidates, written, facts), { requestId, tokens });
}

/** A chunk per token and candidate; every one tells the counts so far. */
function chunksOf(answers: readonly Said[], shown: boolean, facts: AnswerContext): readonly Chunk[] {
  const chunks: Chunk[] = [];
  const longest = (pieces: (said: Said) => readonly string[]) =>
    Math.max(...answers.map((said) => pieces(said).length));
  let waited = 0;
  const turns = longest(({ thoughts }) => thoughts);
  for (let at = 0; at < turns; at += 1) {
    waited += 1;
    for (const [index, { thoughts }] of answers.entries()) {
      const piece = thoughts[at];
      if (!shown || piece === undefined) continue;
      const value = chunkOf([candidate(index, [thoughtPart(piece)])], 0, facts);
      chunks.push({ value, tokens: waited });
      waited = 0;
    }
  }
  let written = 0;
  const textTurns = longest(({ text }) => text);
  for (let at = 0; at < textTurns; at += 1) {
    waited += 1;
    for (const [index, said] of answers.entries()) {
      const text = said.text[at];
      if (text === undefined) continue;
      written += 1;
      const end = at === said.text.length - 1 ? said : null;
      chunks.push({ value: chunkOf([candidate(index, [{ text }], end)], written, facts), tokens: waited });
      waited = 0;
    }
  }
  // Thoughts alone took the whole allowance: the end still has to be told.
  for (const [index, said] of answers.entries()) {
    if (said.text.length > 0) continue;
    chunks.push({ value: chunkOf([candidate(index, [], said)], written, facts), tokens: waited });
    waited = 0;
  }
  return chunks;
}

function thoughtPart(text: string): Fields {
  return { text, thought: true };
}

/** `end`: what was said, where it ends with these parts. */
function candidate(index: number, parts: readonly Fields[], end: Said | null = null): Fields {
  const finishReason = end?.cutShort === true ? 'MAX_TOKENS' : 'STOP';
  return {
    content: { ...(parts.length === 0 ? {} : { parts }), role: 'model' },
    ...(end === null ? {} : { finishReason }),
    index,
  };
}

function chunkOf(candidates: readonly Fields[], written: number, facts: AnswerContext): Fields {
  const { promptTokens, thoughts, model, responseId } = facts;
  const usageMetadata = {
    promptTokenCount: promptTokens,
    ...(written > 0 ? { candidatesTokenCount: written } : {}),
    totalTokenCount: promptTokens + written + thoughts,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokens }],
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
  };
  return { candidates, usageMetadata, modelVersion: model, responseId };
}

function sseAnswer(chunks: readonly Chunk[], requestId: string): SandboxAnswer {
  const parts = chunks.map(({ value, tokens }) => part(`data: ${JSON.stringify(value)}\r\n\r\n`, tokens));
  return streamAnswer(parts, { requestId, headers: { 'content-type': 'text/event-stream' } });
}

/** Without `alt=sse` the stream is one growing array. */
function arrayAnswer(chunks: readonly Chunk[], requestId: string): SandboxAnswer {
  const parts: AnswerPart[] = chunks.map(({ value, tokens }, at) =>
    part(`${at === 0 ? '[' : ',\r\n'}${JSON.stringify(value)}`, tokens),
  );
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  return streamAnswer([...parts, part('\n]\n')], { requestId, headers });
}

function answerCount(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const wrapped = field(body, 'generateContentRequest');
  const counted = wrapped === undefined ? body : fieldsOf(wrapped);
  const problem = contentsProblem(counted);
  if (problem !== null) return googleRefusal(400, problem, requestId);
  const totalTokens = promptTokensOf([
    counted['contents'],
    field(counted, 'systemInstruction'),
    counted['tools'],
  ]);
  const promptTokensDetails = [{ modality: 'TEXT', tokenCount: totalTokens }];
  return jsonAnswer({ totalTokens, promptTokensDetails }, { requestId });
}

function answerEmbed(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const one = embedOf(parseFields(asked.body));
  if (typeof one === 'string') return googleRefusal(400, one, requestId);
  return jsonAnswer(
    { embedding: { values: one.values }, usageMetadata: embedUsage(one.tokens) },
    { requestId },
  );
}

function answerBatch(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const { requests } = parseFields(asked.body);
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > MOST_REQUESTS) {
    const message = `* BatchEmbedContentsRequest.requests: between 1 and ${MOST_REQUESTS} requests can be in one batch\n`;
    return googleRefusal(400, message, requestId);
  }
  const all = requests.map((request) => embedOf(fieldsOf(request)));
  const problem = all.find((one) => typeof one === 'string');
  if (problem !== undefined) return googleRefusal(400, problem, requestId);
  const done = all.filter((one) => typeof one !== 'string');
  const tokens = done.reduce((sum, one) => sum + one.tokens, 0);
  const embeddings = done.map(({ values }) => ({ values }));
  return jsonAnswer({ embeddings, usageMetadata: embedUsage(tokens) }, { requestId });
}

/** The vector of one request's text, or what is wrong with it. */
function embedOf(request: Fields): { readonly values: readonly number[]; readonly tokens: number } | string {
  const text = textsOf(fieldsOf(request['content'])['parts']).join('\n');
  if (text === '') return '* EmbedContentRequest.content: contents is not specified\n';
  const inConfig = field(fieldsOf(field(request, 'embedContentConfig')), 'outputDimensionality');
  const dimensions = field(request, 'outputDimensionality') ?? inConfig ?? DIMENSIONS;
  if (!isCount(dimensions) || dimensions < 1 || dimensions > MOST_DIMENSIONS)
    return `* EmbedContentRequest.output_dimensionality: must be between 1 and ${MOST_DIMENSIONS}\n`;
  return { values: vectorOf(text, dimensions), tokens: textTokens(text) };
}

function embedUsage(promptTokenCount: number) {
  const promptTokenDetails = [{ modality: 'TEXT', tokenCount: promptTokenCount }];
  return { promptTokenCount, promptTokenDetails };
}

function contentsProblem({ contents }: Fields): string | null {
  const first = listOf(contents)[0];
  if (first === undefined) return '* GenerateContentRequest.contents: contents is not specified\n';
  const empty = listOf(contents).findIndex((one) => listOf(fieldsOf(one)['parts']).length === 0);
  return empty < 0
    ? null
    : `* GenerateContentRequest.contents[${empty}].parts: contents.parts must not be empty.\n`;
}

function configProblem(config: Fields): string | null {
  const maxTokens = field(config, 'maxOutputTokens');
  if (maxTokens !== undefined && !(isCount(maxTokens) && maxTokens >= 1))
    return 'max_output_tokens must be positive.';
  const count = field(config, 'candidateCount') ?? 1;
  if (isCount(count) && count >= 1 && count <= MOST_CANDIDATES) return null;
  return `* GenerateContentRequest.generation_config.candidate_count: must be between 1 and ${MOST_CANDIDATES}\n`;
}
