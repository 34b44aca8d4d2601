/** Simulated answers of Anthropic's Messages API. */
import {
  type Asked,
  type Dialect,
  idsFor,
  jsonAnswer,
  namedEvent,
  type SandboxAnswer,
  streamAnswer,
} from './answer';
import { claudeAnswer, claudeProblem, type MessagesBody } from './claude-message';
import { parseFields } from './loose-json';
import { promptTokens } from './prompt-tokens';

export const anthropicAnswers: Dialect = {
  endpoints: { '/messages': answerMessages, '/messages/count_tokens': answerCount },
  elsewhere: (asked) => refusal(404, 'not_found_error', 'Not Found', idsFor(asked).requestId),
};

function answerMessages(asked: Asked): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body: MessagesBody = parseFields(asked.body);
  const problem = problemOf(body, true);
  if (problem !== null) return invalid(problem, requestId);
  const { message, usage, events } = claudeAnswer(body, String(body.model), random, {
    service_tier: 'standard',
  });
  if (body.stream !== true) return jsonAnswer(message, { requestId, tokens: usage.output_tokens });
  return streamAnswer(
    events.map(({ data, tokens }) => namedEvent(data.type, data, tokens)),
    { requestId },
  );
}

function answerCount(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const body: MessagesBody = parseFields(asked.body);
  const problem = problemOf(body, false);
  if (problem !== null) return invalid(problem, requestId);
  return jsonAnswer({ input_tokens: promptTokens(body) }, { requestId });
}

function problemOf(body: MessagesBody, generating: boolean): string | null {
  return typeof body.model === 'string' ? claudeProblem(body, generating) : 'model: Field required';
}

function invalid(message: string, requestId: string): SandboxAnswer {
  return refusal(400, 'invalid_request_error', message, requestId);
}

function refusal(status: number, type: string, message: string, requestId: string): SandboxAnswer {
  const body = { type: 'error', error: { type, message }, request_id: requestId };
  return jsonAnswer(body, { status, requestId });
}
