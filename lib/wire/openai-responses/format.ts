/** OpenAI's Responses format: `/v1/responses` and what stands below it. */
import type { Endpoint, WireFormat } from '@/lib/wire/format';
import { isEventStream, readsAsEvents } from '@/lib/wire/bodies/answer-kind';
import { editTopLevel } from '@/lib/wire/bodies/edits';
import { limitHeaders } from '@/lib/wire/bodies/openai/limits';
import { renderModel, renderModels } from '@/lib/wire/bodies/openai/models';
import { passesRequestHeader } from '@/lib/wire/bodies/openai/request-headers';
import { readResponsesCall } from '@/lib/wire/bodies/openai/responses-call';
import { renderResponsesError, renderResponsesStreamError } from '@/lib/wire/bodies/openai/responses-errors';
import { ResponseJsonReader } from '@/lib/wire/bodies/openai/responses-reading';
import { ResponseStreamReader } from '@/lib/wire/bodies/openai/responses-stream';

/** OpenRouter's base `…/api`, and OpenClaw's managed gateways, where the path names the provider. */
function endpoint(name: string, kind: Endpoint['kind'], method: Endpoint['method'], path: string): Endpoint {
  return { name, kind, method, path, aliases: [`/api${path}`, `/v1/native/{provider}${path}`] };
}

export const openaiResponses: WireFormat = {
  name: 'openai-responses',
  mount: 'openai',
  root: true,
  endpoints: [
    endpoint('responses', 'generate', 'POST', '/v1/responses'),
    // The first that reads a stored answer: answers made in the background are followed through it.
    endpoint('responses-retrieve', 'stored', 'GET', '/v1/responses/{id}'),
    endpoint('responses-delete', 'stored', 'DELETE', '/v1/responses/{id}'),
    endpoint('responses-cancel', 'stored', 'POST', '/v1/responses/{id}/cancel'),
    endpoint('responses-input-items', 'stored', 'GET', '/v1/responses/{id}/input_items'),
    endpoint('responses-input-tokens', 'count', 'POST', '/v1/responses/input_tokens'),
    endpoint('responses-compact', 'generate', 'POST', '/v1/responses/compact'),
  ],
  readCall: readResponsesCall,
  prepare: (body, edits) => editTopLevel(body, edits, 'max_output_tokens'),
  passesRequestHeader,
  isStream: (_call, head) => isEventStream(head),
  usageReader: (call, head) =>
    readsAsEvents(call, head) ? new ResponseStreamReader(call) : new ResponseJsonReader(call),
  keepAlive: ': keep-alive\n\n',
  renderError: (error) => renderResponsesError(error),
  renderStreamError: (error) => renderResponsesStreamError(error),
  limitHeaders,
  renderModels,
  renderModel,
};
