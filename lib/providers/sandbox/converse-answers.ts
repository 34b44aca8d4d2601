/** Simulated answers of Bedrock's Converse: one shape for every model. */
import { type Asked, idsFor, type AnswerPart, type SandboxAnswer } from './answer';
import { bedrockJson, bedrockRefusal, bedrockStream, eventPart } from './bedrock-frames';
import { type Fields, fieldsOf, isCount, lastUserTexts, parseFields } from './loose-json';
import { say, type Said } from './say';
import { randomId } from './seed';
import { promptTokensOf } from './token-counts';

const SIGNATURE_CHARS = 64;
/** As good a figure as any: nothing is measured. */
const LATENCY_MS = 250;

export function answerConverse(asked: Asked, streaming: boolean): SandboxAnswer {
  const { random, requestId } = idsFor(asked);
  const body = parseFields(asked.body);
  const problem = converseProblem(body);
  if (problem !== null) return bedrockRefusal('ValidationException', problem, requestId);
  const { maxTokens } = fieldsOf(body['inferenceConfig']);
  const { type } = fieldsOf(fieldsOf(body['additionalModelRequestFields'])['thinking']);
  const said = say({
    texts: lastUserTexts(body['messages']),
    thinks: type === 'enabled' || type === 'adaptive',
    maxTokens: isCount(maxTokens) ? maxTokens : null,
  });
  const signature = randomId(random, SIGNATURE_CHARS);
  const stopReason = said.cutShort ? 'max_tokens' : 'end_turn';
  const inputTokens = converseTokens(body);
  const usage = {
    inputTokens,
    outputTokens: said.tokens,
    totalTokens: inputTokens + said.tokens,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
  };
  const metrics = { latencyMs: LATENCY_MS };
  if (!streaming) {
    const message = { role: 'assistant', content: contentOf(said, signature) };
    return bedrockJson(
      { output: { message }, stopReason, usage, metrics },
      { requestId, tokens: said.tokens },
    );
  }
  const parts = [
    eventPart('messageStart', { role: 'assistant' }),
    ...blockParts(said, signature),
    eventPart('messageStop', { stopReason }),
    eventPart('metadata', { usage, metrics }),
  ];
  return bedrockStream(parts, requestId);
}

/** What is wrong with a body in the API's words; `null`: nothing. */
export function converseProblem({ messages, inferenceConfig }: Fields): string | null {
  const rejected = (field: string, rule: string) =>
    `1 validation error detected: Value at '${field}' failed to satisfy constraint: Member must ${rule}`;
  if (!Array.isArray(messages)) return rejected('messages', 'not be null');
  if (messages.length === 0) return 'The messages list must not be empty.';
  const { maxTokens } = fieldsOf(inferenceConfig);
  if (maxTokens === undefined || (isCount(maxTokens) && maxTokens >= 1)) return null;
  return rejected('inferenceConfig.maxTokens', 'have value greater than or equal to 1');
}

export function converseTokens({ messages, system, toolConfig }: Fields): number {
  return promptTokensOf([messages, system, toolConfig]);
}

function contentOf({ thoughts, text }: Said, signature: string): readonly Fields[] {
  const reasoningText = { text: thoughts.join(''), signature };
  return [
    ...(thoughts.length > 0 ? [{ reasoningContent: { reasoningText } }] : []),
    ...(text.length > 0 ? [{ text: text.join('') }] : []),
  ];
}

/** Blocks of text and thoughts aren't announced: their first delta opens them. */
function blockParts({ thoughts, text }: Said, signature: string): readonly AnswerPart[] {
  const blocks = [
    ...(thoughts.length > 0
      ? [
          [
            ...thoughts.map((one) => ({ reasoningContent: { text: one } })),
            { reasoningContent: { signature } },
          ],
        ]
      : []),
    ...(text.length > 0 ? [text.map((one) => ({ text: one }))] : []),
  ];
  return blocks.flatMap((deltas, contentBlockIndex) => [
    ...deltas.map((delta) => eventPart('contentBlockDelta', { contentBlockIndex, delta }, 1)),
    eventPart('contentBlockStop', { contentBlockIndex }),
  ]);
}
