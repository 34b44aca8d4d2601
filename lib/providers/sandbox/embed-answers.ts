/** Simulated answers of the gateway's own embedding format. */
import { type EmbedAnswer, readEmbedBody } from '@/lib/wire/embed/format';
import { type Asked, type Dialect, idsFor, jsonAnswer, type SandboxAnswer } from './answer';
import { textTokens } from './token-counts';
import { vectorOf } from './vectors';

/** A usual size among real models. */
const DIMENSIONS = 768;

export const embedAnswers: Dialect = {
  endpoints: { '': answerEmbed },
  elsewhere: answerEmbed,
};

/** @throws GatewayError `body_invalid`; the format read the body before, so it has no faults left */
function answerEmbed(asked: Asked): SandboxAnswer {
  const { model, contents } = readEmbedBody(asked.body);
  const tokens = contents.reduce((sum, text) => sum + textTokens(text), 0);
  const embeddings = contents.map((text) => vectorOf(text, DIMENSIONS));
  const answer: EmbedAnswer = { model, embeddings, usage: { input_tokens: tokens } };
  return jsonAnswer(answer, { requestId: idsFor(asked).requestId });
}
