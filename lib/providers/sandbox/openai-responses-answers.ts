/** Simulated answers of OpenAI's Responses; nothing is kept, so whatever builds on a kept answer is refused. */
import {
  type Asked,
  type Dialect,
  idsFor,
  jsonAnswer,
  namedEvent,
  sandboxId,
  type SandboxAnswer,
  streamAnswer,
} from './answer';
import { type Fields, fieldsOf, isCount, lastUserTexts, listOf, parseFields } from './loose-json';
import {
  missing,
  modelProblem,
  nothingHere,
  type OpenAiProblem,
  openAiRefusal,
  rangeProblem,
  seconds,
} from './openai-refusal';
import { say, type Said } from './say';
import { randomId, type Random } from './seed';
import { promptTokensOf } from './token-counts';

/** The API takes no smaller allowance. */
const LEAST_OUTPUT_TOKENS = 16;
const ENCRYPTED_CHARS = 64;

export const openAiResponsesAnswers: Dialect = {
  endpoints: {
    '/responses': answerResponse,
    '/responses/input_tokens': answerInputTokens,
    '/responses/compact': refuseCompaction,
  },
  elsewhere: notKept,
};

function answerResponse(asked: Asked): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const problem = modelProblem(body) ?? bodyProblem(body);
  if (problem !== null) return openAiRefusal(400, problem, requestId);
  const { effort, summary } = fieldsOf(body['reasoning']);
  const said = say({
    texts: lastTexts(body['input']),
    thinks: typeof effort === 'string' && effort !== 'none',
    maxTokens: isCount(body['max_output_tokens']) ? body['max_output_tokens'] : null,
  });
  const status = said.cutShort ? 'incomplete' : 'completed';
  const base = baseOf(body, asked, random);
  const items = itemsOf(said, status, typeof summary === 'string', listOf(body['include']), random);
  const response = {
    ...base,
    status,
    completed_at: said.cutShort ? null : base.created_at,
    incomplete_details: said.cutShort ? { reason: 'max_output_tokens' } : null,
    output: items.map(({ item }) => item),
    usage: usageOf(inputTokensOf(body), said),
  };
  if (body['stream'] !== true) return jsonAnswer(response, { requestId, tokens: said.tokens });
  const events: StreamEvent[] = [
    { type: 'response.created', response: base },
    { type: 'response.in_progress', response: base },
    ...items.flatMap((one, index) => one.events(index)),
    { type: `response.${status}`, response },
  ];
  const parts = events.map(({ type, tokens, ...fields }, sequence_number) =>
    namedEvent(type, { type, sequence_number, ...fields }, tokens),
  );
  return streamAnswer(parts, { requestId });
}

function answerInputTokens(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const problem = inputProblem(body);
  if (problem !== null) return openAiRefusal(400, problem, requestId);
  return jsonAnswer({ object: 'response.input_tokens', input_tokens: inputTokensOf(body) }, { requestId });
}

function refuseCompaction(asked: Asked): SandboxAnswer {
  const message = 'The sandbox cannot compact conversations.';
  return openAiRefusal(400, { message, code: 'unsupported_operation' }, idsFor(asked).requestId);
}

/** Every other path reads or ends a kept answer. */
function notKept(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const { id } = asked.params;
  if (id === undefined) return nothingHere(requestId);
  const message = `Response with id '${id}' not found: the sandbox keeps no answers.`;
  return openAiRefusal(404, { message }, requestId);
}

function bodyProblem(body: Fields): OpenAiProblem | null {
  const { previous_response_id: previous, conversation, background } = body;
  if (typeof previous === 'string') {
    const message = `Previous response with id '${previous}' not found: the sandbox keeps no answers.`;
    return { message, param: 'previous_response_id', code: 'previous_response_not_found' };
  }
  if (conversation !== undefined && conversation !== null) {
    return { message: 'The sandbox keeps no conversations.', param: 'conversation' };
  }
  if (background === true) {
    return { message: 'The sandbox does not answer in the background.', param: 'background' };
  }
  return inputProblem(body) ?? rangeProblem(body, 'max_output_tokens', LEAST_OUTPUT_TOKENS);
}

function inputProblem({ input, prompt }: Fields): OpenAiProblem | null {
  if (typeof input === 'string' || Array.isArray(input)) return null;
  // A stored prompt can stand in for the input.
  if ((input === undefined || input === null) && typeof prompt !== 'object') return missing('input');
  if (input === undefined || input === null) return null;
  const message = "Invalid type for 'input': expected one of an array of objects or a string.";
  return { message, param: 'input', code: 'invalid_type' };
}

function inputTokensOf({ input, instructions, tools, text }: Fields): number {
  return promptTokensOf([input, instructions, tools, text]);
}

/** Only messages have roles: calls and their outputs are nobody's words. */
function lastTexts(input: unknown): readonly string[] {
  if (typeof input === 'string') return [input];
  return lastUserTexts(listOf(input).filter((item) => fieldsOf(item)['role'] === 'user'));
}

function usageOf(input_tokens: number, { thoughts, tokens }: Said) {
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: tokens,
    output_tokens_details: { reasoning_tokens: thoughts.length },
    total_tokens: input_tokens + tokens,
  };
}

/** The response as it stands before anything is generated. */
function baseOf(body: Fields, { nowMs }: Asked, random: Random) {
  const { effort = null, summary = null } = fieldsOf(body['reasoning']);
  return {
    id: sandboxId('resp_', random),
    object: 'response',
    created_at: seconds(nowMs),
    status: 'in_progress',
    background: false,
    completed_at: null as number | null,
    error: null,
    incomplete_details: null as { readonly reason: string } | null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    model: body['model'],
    output: [] as readonly unknown[],
    parallel_tool_calls: body['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    reasoning: { effort, summary },
    // As the API would say: whoever comes back for the answer is told that the sandbox keeps none.
    store: body['store'] ?? true,
    temperature: body['temperature'] ?? 1,
    text: body['text'] ?? { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: body['top_p'] ?? 1,
    truncation: body['truncation'] ?? 'disabled',
    usage: null as ReturnType<typeof usageOf> | null,
    user: null,
    metadata: body['metadata'] ?? {},
  };
}

interface StreamEvent {
  readonly type: string;
  readonly tokens?: number;
  readonly [field: string]: unknown;
}

interface OutputItem {
  readonly item: Fields;
  readonly events: (index: number) => readonly StreamEvent[];
}

function itemsOf(
  said: Said,
  status: string,
  summarized: boolean,
  include: readonly unknown[],
  random: Random,
): readonly OutputItem[] {
  const encrypted = include.includes('reasoning.encrypted_content');
  return [
    ...(said.thoughts.length > 0 ? [reasoningItem(said.thoughts, summarized, encrypted, random)] : []),
    ...(said.text.length > 0 ? [messageItem(said.text, status, random)] : []),
  ];
}

function reasoningItem(
  thoughts: readonly string[],
  summarized: boolean,
  encrypted: boolean,
  random: Random,
): OutputItem {
  const text = thoughts.join('');
  const part = { type: 'summary_text', text };
  const item = {
    id: sandboxId('rs_', random),
    type: 'reasoning',
    summary: summarized ? [part] : [],
    ...(encrypted ? { encrypted_content: randomId(random, ENCRYPTED_CHARS) } : {}),
  };
  return {
    item,
    events(output_index) {
      const place = { item_id: item.id, output_index, summary_index: 0 };
      const name = 'response.reasoning_summary';
      const shown: readonly StreamEvent[] = [
        { type: `${name}_part.added`, ...place, part: { ...part, text: '' } },
        ...thoughts.map((delta) => ({ type: `${name}_text.delta`, tokens: 1, ...place, delta })),
        { type: `${name}_text.done`, ...place, text },
        { type: `${name}_part.done`, ...place, part },
      ];
      return [
        { type: 'response.output_item.added', output_index, item: { ...item, summary: [] } },
        ...(summarized ? shown : []),
        // Thoughts that aren't shown take their time all the same.
        {
          type: 'response.output_item.done',
          tokens: summarized ? 0 : thoughts.length,
          output_index,
          item,
        },
      ];
    },
  };
}

function messageItem(pieces: readonly string[], status: string, random: Random): OutputItem {
  const text = pieces.join('');
  const part = { type: 'output_text', annotations: [], logprobs: [], text };
  const item = { id: sandboxId('msg_', random), type: 'message', status, content: [part], role: 'assistant' };
  return {
    item,
    events(output_index) {
      const place = { item_id: item.id, output_index, content_index: 0 };
      const running = { ...item, status: 'in_progress', content: [] };
      const name = 'response.output_text';
      return [
        { type: 'response.output_item.added', output_index, item: running },
        { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
        ...pieces.map((delta) => ({ type: `${name}.delta`, tokens: 1, ...place, delta, logprobs: [] })),
        { type: `${name}.done`, ...place, text, logprobs: [] },
        { type: 'response.content_part.done', ...place, part },
        { type: 'response.output_item.done', output_index, item },
      ];
    },
  };
}
