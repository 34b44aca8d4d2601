/** OpenAI's Chat Completions and legacy Completions: `/v1/chat/completions`, `/v1/completions` and the model list. */
import { encodeUtf8 } from '@/lib/std/bytes';
import type { Endpoint, WireFormat } from '@/lib/wire/format';
import { isEventStream, readsAsEvents } from '@/lib/wire/bodies/answer-kind';
import { ChatJsonReader } from '@/lib/wire/bodies/openai/chat-json';
import { ChatStreamReader } from '@/lib/wire/bodies/openai/chat-stream';
import { errorObject, renderError } from '@/lib/wire/bodies/openai/errors';
import { UsageChunkFilter } from '@/lib/wire/bodies/openai/hide-usage';
import { limitHeaders } from '@/lib/wire/bodies/openai/limits';
import { renderModel, renderModels } from '@/lib/wire/bodies/openai/models';
import { prepareChat } from '@/lib/wire/bodies/openai/prepare-chat';
import { builtInSearches, readChatCall } from '@/lib/wire/bodies/openai/read-chat';
import { passesRequestHeader } from '@/lib/wire/bodies/openai/request-headers';

/** OpenRouter's base is `…/api/v1`; OpenClaw's managed gateways name the provider in the path. */
function generate(name: string, path: string): Endpoint {
  const aliases = [`/api${path}`, `/v1/native/{provider}${path}`];
  return { name, kind: 'generate', method: 'POST', path, aliases };
}

/** The plainest client of `/v1/models` sends nothing that tells it: this format recognises nobody and comes last. */
export const openaiChat: WireFormat = {
  name: 'openai-chat',
  mount: 'openai',
  root: true,
  endpoints: [
    generate('chat_completions', '/v1/chat/completions'),
    generate('completions', '/v1/completions'),
    { name: 'models', kind: 'list-models', method: 'GET', path: '/v1/models', aliases: ['/api/v1/models'] },
    {
      name: 'model',
      kind: 'get-model',
      method: 'GET',
      path: '/v1/models/{model+}',
      aliases: ['/api/v1/models/{model+}'],
    },
  ],
  listsModelsOf: ['openai-chat', 'openai-responses', 'openai-embeddings'],
  readCall: (input) => readChatCall(input),
  prepare: prepareChat,
  passesRequestHeader,
  isStream: (_call, head) => isEventStream(head),
  usageReader(call, head) {
    const searches = builtInSearches(call.model);
    return readsAsEvents(call, head) ? new ChatStreamReader(call, searches) : new ChatJsonReader(searches);
  },
  hideUsage: () => new UsageChunkFilter(),
  keepAlive: ': keep-alive\n\n',
  renderError: (error) => renderError(error),
  // The openai SDK throws on a chunk with an error in it.
  renderStreamError: (error) => encodeUtf8(`data: ${JSON.stringify({ error: errorObject(error) })}\n\n`),
  limitHeaders,
  renderModels,
  renderModel,
};
