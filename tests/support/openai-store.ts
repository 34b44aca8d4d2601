/** Keeps the fake OpenAI's responses: made, polled, cancelled, deleted, and read back. */
import type { OpenAiErrorFields } from '@/tests/support/openai-errors';
import {
  compactionOf,
  emptied,
  failed,
  inputItems,
  responseEvents,
  responseInputTokens,
  responseTo,
  type ResponseObject,
  type ResponsesRequest,
  type ResponseUsage,
} from '@/tests/support/openai-responses';
import type { RecordedRequest } from '@/tests/support/upstream-server';

export interface BackgroundPlan {
  /** How many GETs find the response unfinished, the first of them `queued`. */
  readonly polls: number;
  /** How it ends; left out: `completed`, or `incomplete` where it was cut short. */
  readonly ends?: 'failed' | 'cancelled';
}

export interface CallFacts {
  readonly id: string;
  /** The model's name in answers; `null`: there is no such model. */
  readonly modelOf: (asked: string) => string | null;
  readonly usage: ResponseUsage | undefined;
}

export type Outcome =
  | { readonly json: unknown }
  | { readonly events: readonly string[] }
  | { readonly status: number; readonly error: OpenAiErrorFields };

export interface ResponseStore {
  plan(plan: BackgroundPlan): void;
  /** `path` is what follows `/responses`. */
  answer(request: RecordedRequest, path: string, facts: CallFacts): Outcome;
}

interface Kept {
  readonly request: ResponsesRequest;
  response: ResponseObject;
  final: ResponseObject;
  pollsLeft: number;
}

const USUAL_POLLS = 2;
/** The API takes no smaller `max_output_tokens`. */
const MIN_OUTPUT_TOKENS = 16;

export function createResponseStore(): ResponseStore {
  const kept = new Map<string, Kept>();
  let background: BackgroundPlan = { polls: USUAL_POLLS };

  const create = (body: ResponsesRequest, facts: CallFacts): Outcome => {
    const model = bodyProblem(body, facts);
    if (typeof model !== 'string') return model;
    const earlier = body.previous_response_id ?? null;
    const before = earlier === null ? undefined : kept.get(earlier);
    if (earlier !== null && before === undefined) {
      const message = `Previous response with id '${earlier}' not found.`;
      return refusal(400, message, 'previous_response_id', 'previous_response_not_found');
    }
    const earlierTokens = before === undefined ? 0 : totalTokens(before.final);
    const final = responseTo(body, { id: facts.id, model, usage: facts.usage, earlierTokens });
    const inBackground = body.background === true;
    const entry: Kept = { request: body, response: final, final, pollsLeft: 0 };
    if (inBackground) {
      entry.response = emptied(final, 'queued');
      entry.pollsLeft = background.polls;
      if (background.ends === 'failed') entry.final = failed(final);
      if (background.ends === 'cancelled') entry.final = emptied(final, 'cancelled');
    }
    if (body.store !== false || inBackground) kept.set(final.id, entry);
    if (body.stream !== true) return { json: entry.response };
    // Who reads the stream to its end has seen the end: no poll finds it unfinished.
    entry.pollsLeft = 0;
    return { events: responseEvents(entry.final, inBackground) };
  };

  const poll = (entry: Kept, request: RecordedRequest): Outcome => {
    if (request.query.get('stream') === 'true') {
      entry.response = entry.final;
      const from = Number(request.query.get('starting_after') ?? -1) + 1;
      return { events: responseEvents(entry.final, entry.request.background === true).slice(from) };
    }
    const { status } = entry.response;
    if (status !== 'queued' && status !== 'in_progress') return { json: entry.response };
    const { response } = entry;
    entry.pollsLeft -= 1;
    if (entry.pollsLeft < 0) entry.response = entry.final;
    else entry.response = emptied(entry.final, 'in_progress');
    return { json: entry.pollsLeft < 0 ? entry.response : response };
  };

  const cancel = (entry: Kept): Outcome => {
    if (entry.request.background !== true) return refusal(400, 'Cannot cancel a synchronous response.');
    const { status } = entry.response;
    if (status === 'cancelled') return { json: entry.response };
    if (status !== 'queued' && status !== 'in_progress') {
      return refusal(400, `Cannot cancel a response that is ${status}.`);
    }
    entry.final = emptied(entry.final, 'cancelled');
    entry.response = entry.final;
    return { json: entry.response };
  };

  return {
    plan: (plan) => {
      background = plan;
    },
    answer: (request, path, facts) => {
      const { method } = request;
      const [, id, verb, ...rest] = path.split('/');
      const unknown = refusal(404, `Invalid URL (${method} ${request.path})`);
      if (method === 'POST' && id === undefined) return create(request.json() as ResponsesRequest, facts);
      if (method === 'POST' && id === 'input_tokens' && verb === undefined) {
        const input_tokens = responseInputTokens(request.json() as ResponsesRequest);
        return { json: { object: 'response.input_tokens', input_tokens } };
      }
      if (method === 'POST' && id === 'compact' && verb === undefined) {
        const body = request.json() as ResponsesRequest;
        const model = bodyProblem(body, facts);
        if (typeof model !== 'string') return model;
        return { json: compactionOf(body, { id: facts.id, model, usage: facts.usage }) };
      }
      if (id === undefined || rest.length > 0) return unknown;
      const entry = kept.get(id);
      if (entry === undefined) return refusal(404, `Response with id '${id}' not found.`);
      if (method === 'GET' && verb === undefined) return poll(entry, request);
      if (method === 'GET' && verb === 'input_items') return { json: listOf(entry, id) };
      if (method === 'POST' && verb === 'cancel') return cancel(entry);
      if (method !== 'DELETE' || verb !== undefined) return unknown;
      kept.delete(id);
      return { json: { id, object: 'response', deleted: true } };
    },
  };
}

/** The model's name in answers, or what the body is refused for. */
function bodyProblem(body: ResponsesRequest, facts: CallFacts): string | Outcome {
  if (typeof body.model !== 'string') {
    return refusal(400, "Missing required parameter: 'model'.", 'model', 'missing_required_parameter');
  }
  const model = facts.modelOf(body.model);
  if (model === null) {
    return refusal(400, `The requested model '${body.model}' does not exist.`, 'model', 'model_not_found');
  }
  if (body.input === undefined && typeof body.previous_response_id !== 'string') {
    return refusal(400, "Missing required parameter: 'input'.", 'input', 'missing_required_parameter');
  }
  const most = body.max_output_tokens ?? MIN_OUTPUT_TOKENS;
  if (most >= MIN_OUTPUT_TOKENS) return model;
  const wanted = `Expected a value >= ${MIN_OUTPUT_TOKENS}, but got ${most} instead.`;
  const message = `Invalid 'max_output_tokens': integer below minimum value. ${wanted}`;
  return refusal(400, message, 'max_output_tokens', 'integer_below_min_value');
}

function refusal(
  status: number,
  message: string,
  param: string | null = null,
  code: string | null = null,
): Outcome {
  return { status, error: { message, type: 'invalid_request_error', param, code } };
}

function listOf({ request }: Kept, id: string): object {
  const data = inputItems(request, id);
  const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  return { object: 'list', data, ...ends, has_more: false };
}

function totalTokens({ usage }: ResponseObject): number {
  return Number(usage?.['total_tokens'] ?? 0);
}
