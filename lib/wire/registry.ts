/** Every wire format the gateway speaks to callers, in the order paths are tried; the first answers paths nobody claims. */
import { anthropicMessages } from './anthropic-messages/format';
import { bedrock } from './bedrock/format';
import { embed } from './embed/format';
import type { WireFormat } from './format';
import { gemini } from './gemini/format';
import { openaiResponses } from './openai-responses/format';
import { openaiChat } from './openai-chat/format';
import { openaiEmbeddings } from './openai-embeddings/format';
import { vertexClaude } from './vertex/claude';
import { vertexGemini } from './vertex/gemini';

export const FORMATS: readonly WireFormat[] = [
  anthropicMessages,
  bedrock,
  gemini,
  vertexGemini,
  vertexClaude,
  openaiResponses,
  openaiEmbeddings,
  embed,
  openaiChat,
];
