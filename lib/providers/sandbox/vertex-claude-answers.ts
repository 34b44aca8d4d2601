/** Simulated answers of Claude on Vertex: Anthropic's bodies, with the model in the path. */
import {
  type Asked,
  type Dialect,
  idsFor,
  jsonAnswer,
  namedEvent,
  type SandboxAnswer,
  streamAnswer,
} from './answer';
import { claudeAnswer, claudeProblem, type MessagesBody, versionProblem } from './claude-message';
import { googleRefusal } from './google-refusal';
import { parseFields } from './loose-json';
import { promptTokens } from './prompt-tokens';

/** The version Vertex's own documentation names. */
const VERSION = 'vertex-2023-10-16';

export const vertexClaudeAnswers: Dialect = {
  endpoints: {
    ':rawPredict': (asked) => answerMessages(asked, false),
    ':streamRawPredict': (asked) => answerMessages(asked, true),
    'count-tokens:rawPredict': answerCount,
  },
  elsewhere: (asked) => googleRefusal(404, 'Requested entity was not found.', idsFor(asked).requestId),
};

/** Both paths take `stream` in the body too; there it decides. */
function answerMessages(asked: Asked, streaming: boolean): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body: MessagesBody = parseFields(asked.body);
  const problem = versionProblem(body, VERSION) ?? claudeProblem(body, true);
  if (problem !== null) return invalid(problem, requestId);
  const { message, usage, events } = claudeAnswer(body, asked.model, random);
  const streams = typeof body.stream === 'boolean' ? body.stream : streaming;
  if (!streams) return jsonAnswer(message, { requestId, tokens: usage.output_tokens });
  return streamAnswer(
    events.map(({ data, tokens }) => namedEvent(data.type, data, tokens)),
    { requestId },
  );
}

function answerCount(asked: Asked): SandboxAnswer {
  const { requestId } = idsFor(asked);
  const body: MessagesBody = parseFields(asked.body);
  const problem = claudeProblem(body, false);
  if (problem !== null) return invalid(problem, requestId);
  return jsonAnswer({ input_tokens: promptTokens(body) }, { requestId });
}

/** What Claude itself refuses comes in Anthropic's words also here. */
function invalid(message: string, requestId: string): SandboxAnswer {
  const body = { type: 'error', error: { type: 'invalid_request_error', message }, request_id: requestId };
  return jsonAnswer(body, { status: 400, requestId });
}
