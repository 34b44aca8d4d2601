/** Simulated answers of OpenAI's Chat Completions, and of the older Completions. */
import {
  type AnswerPart,
  type Asked,
  dataEvent,
  type Dialect,
  idsFor,
  jsonAnswer,
  part,
  sandboxId,
  type SandboxAnswer,
  streamAnswer,
} from './answer';
import { type Fields, fieldsOf, isCount, lastUserTexts, listOf, parseFields } from './loose-json';
import {
  listProblem,
  missing,
  modelProblem,
  nothingHere,
  openAiRefusal,
  rangeProblem,
  seconds,
} from './openai-refusal';
import { say, type Said } from './say';
import type { Random } from './seed';
import { FRAME_TOKENS, promptTokensOf, textTokens } from './token-counts';

/** Most answers one prompt may ask for. */
const MOST_ANSWERS = 128;
/** Most answers all prompts of a call may ask for together. */
const MOST_COMPLETIONS = 2_048;
/** What Completions give where `max_tokens` is left out. */
const LEGACY_MAX_TOKENS = 16;

export const openAiChatAnswers: Dialect = {
  endpoints: { '/chat/completions': answerChat, '/completions': answerCompletion },
  elsewhere: (asked) => nothingHere(idsFor(asked).requestId),
};

function answerChat(asked: Asked): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const problem =
    modelProblem(body) ??
    listProblem(body, 'messages') ??
    rangeProblem(body, 'max_completion_tokens', 1) ??
    rangeProblem(body, 'max_tokens', 1) ??
    rangeProblem(body, 'n', 1, MOST_ANSWERS);
  if (problem !== null) return openAiRefusal(400, problem, requestId);
  const { messages, tools, functions, response_format: format } = body;
  const texts = lastUserTexts(messages);
  const effort = body['reasoning_effort'];
  const answers = Array.from({ length: countOf(body['n']) ?? 1 }, (_, variant) =>
    say({
      texts,
      thinks: typeof effort === 'string' && effort !== 'none',
      maxTokens: countOf(body['max_completion_tokens']) ?? countOf(body['max_tokens']),
      variant,
    }),
  );
  const usage = usageOf(promptTokensOf([messages, tools, functions, format]), answers);
  const head = (object: string) => headOf(object, body, asked, 'chatcmpl-', random);
  if (body['stream'] !== true) {
    const choices = answers.map((said, index) => ({
      index,
      message: { role: 'assistant', content: said.text.join(''), refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: finishOf(said),
    }));
    return wholeAnswer({ ...head('chat.completion'), choices, usage }, answers, requestId);
  }
  const opening = answers.map((_, index) =>
    chunk(index, { delta: { role: 'assistant', content: '', refusal: null } }),
  );
  const closing = answers.map((said, index) => chunk(index, { delta: {} }, finishOf(said)));
  const pieces = interleave(answers, (content, index) => chunk(index, { delta: { content } }));
  // Thoughts aren't shown, but take their time.
  const thoughts = answers[0]?.thoughts.length ?? 0;
  const chunks = [...spread(opening, thoughts), ...pieces, ...spread(closing)];
  return streamed(head('chat.completion.chunk'), chunks, usage, body, requestId);
}

function answerCompletion(asked: Asked): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const prompts = promptsOf(body['prompt']);
  const problem =
    modelProblem(body) ??
    (prompts.length === 0 ? missing('prompt') : null) ??
    rangeProblem(body, 'max_tokens', 1) ??
    rangeProblem(body, 'n', 1, MOST_ANSWERS) ??
    (prompts.length * (countOf(body['n']) ?? 1) > MOST_COMPLETIONS
      ? { message: `At most ${MOST_COMPLETIONS} completions can be asked for at once.`, param: 'prompt' }
      : null);
  if (problem !== null) return openAiRefusal(400, problem, requestId);
  const maxTokens = countOf(body['max_tokens']) ?? LEGACY_MAX_TOKENS;
  const answers = prompts.flatMap((prompt) =>
    Array.from({ length: countOf(body['n']) ?? 1 }, (_, variant) =>
      say({ texts: [prompt.text], thinks: false, maxTokens, variant }),
    ),
  );
  const promptTokens = prompts.reduce((sum, { tokens }) => sum + tokens, FRAME_TOKENS);
  const usage = usageOf(promptTokens, answers);
  const head = headOf('text_completion', body, asked, 'cmpl-', random);
  if (body['stream'] !== true) {
    const choices = answers.map((said, index) => chunk(index, { text: said.text.join('') }, finishOf(said)));
    return wholeAnswer({ ...head, choices, usage }, answers, requestId);
  }
  const pieces = interleave(answers, (text, index) => chunk(index, { text }));
  const closing = answers.map((said, index) => chunk(index, { text: '' }, finishOf(said)));
  return streamed(head, [...pieces, ...spread(closing)], usage, body, requestId);
}

interface Chunk {
  readonly choice: Fields;
  readonly tokens: number;
}

function headOf(object: string, { model }: Fields, { nowMs }: Asked, prefix: string, random: Random) {
  return { id: sandboxId(prefix, random), object, created: seconds(nowMs), model };
}

function usageOf(prompt_tokens: number, answers: readonly Said[]) {
  const completion_tokens = answers.reduce((sum, { tokens }) => sum + tokens, 0);
  const reasoning_tokens = answers.reduce((sum, { thoughts }) => sum + thoughts.length, 0);
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** Several answers are written beside each other, so the longest is the wait. */
function wholeAnswer(value: Fields, answers: readonly Said[], requestId: string): SandboxAnswer {
  return jsonAnswer(value, { requestId, tokens: Math.max(...answers.map(({ tokens }) => tokens)) });
}

function chunk(index: number, fields: Fields, finish_reason: string | null = null): Fields {
  return { index, ...fields, logprobs: null, finish_reason };
}

/** One chunk of each answer in turn; those of a turn come together. */
function interleave(
  answers: readonly Said[],
  make: (piece: string, index: number) => Fields,
): readonly Chunk[] {
  const turns = Math.max(...answers.map(({ text }) => text.length));
  return Array.from({ length: turns }, (_, at) => {
    const choices = answers.flatMap(({ text }, index) => {
      const piece = text[at];
      return piece === undefined ? [] : [make(piece, index)];
    });
    return spread(choices, 1);
  }).flat();
}

/** Chunks that come together, after so many tokens. */
function spread(choices: readonly Fields[], tokens = 0): readonly Chunk[] {
  return choices.map((choice, at) => ({ choice, tokens: at === 0 ? tokens : 0 }));
}

function streamed(
  head: Fields,
  chunks: readonly Chunk[],
  usage: Fields,
  { stream_options: options }: Fields,
  requestId: string,
): SandboxAnswer {
  const asked = fieldsOf(options)['include_usage'] === true;
  const nothingYet = asked ? { usage: null } : {};
  const parts: AnswerPart[] = chunks.map(({ choice, tokens }) =>
    dataEvent({ ...head, choices: [choice], ...nothingYet }, tokens),
  );
  if (asked) parts.push(dataEvent({ ...head, choices: [], usage }));
  return streamAnswer([...parts, part('data: [DONE]\n\n')], { requestId });
}

function finishOf({ cutShort }: Said): string {
  return cutShort ? 'length' : 'stop';
}

function countOf(value: unknown): number | null {
  return isCount(value) ? value : null;
}

/** A list of numbers is one prompt in tokens, a list of anything else several prompts. */
function promptsOf(prompt: unknown): readonly { readonly text: string; readonly tokens: number }[] {
  const one = (value: unknown) =>
    typeof value === 'string'
      ? { text: value, tokens: textTokens(value) }
      : { text: '…', tokens: listOf(value).length };
  if (Array.isArray(prompt) && typeof prompt[0] === 'number') return [one(prompt)];
  return listOf(prompt).map(one);
}
