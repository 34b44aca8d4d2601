/** OpenAI's Responses format: `/v1/responses` and what stands below it. */
import { replaceTopLevel } from '@/lib/std/json-edit';
import type { AnswerHead, BodyEdits, Endpoint, UsageReader, WireCall, WireFormat } from '@/lib/wire/format';
import { limitHeaders } from '@/lib/wire/bodies/openai/limits';
import { renderModel, renderModels } from '@/lib/wire/bodies/openai/models';
import { passesRequestHeader } from '@/lib/wire/bodies/openai/request-headers';
import { readResponsesCall } from '@/lib/wire/bodies/openai/responses-call';
import { renderResponsesError, renderResponsesStreamError } from '@/lib/wire/bodies/openai/responses-errors';
import { ResponseJsonReader } from '@/lib/wire/bodies/openai/responses-reading';
import { ResponseStreamReader } from '@/lib/wire/bodies/openai/responses-stream';

const EVENT_STREAM = 'text/event-stream';

function prepare(body: Uint8Array, { model, maxOutputTokens }: BodyEdits): Uint8Array {
  if (model === undefined && maxOutputTokens === undefined) return body;
  const values = {
    ...(model === undefined ? {} : { model }),
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
  };
  return replaceTopLevel(body, values, { insertMissing: true });
}

/** The answer's own content type decides; without a telling one, what the call asked for. */
function usageReader(call: WireCall, { contentType, status }: AnswerHead): UsageReader {
  const type = contentType.toLowerCase();
  const json = type.includes('json') || status >= 400 || !call.stream;
  return type.includes(EVENT_STREAM) || !json ? new ResponseStreamReader(call) : new ResponseJsonReader(call);
}

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
  prepare,
  passesRequestHeader,
  isStream: (_call, { contentType }) => contentType.toLowerCase().startsWith(EVENT_STREAM),
  usageReader,
  keepAlive: ': keep-alive\n\n',
  renderError: (error) => renderResponsesError(error),
  renderStreamError: (error) => renderResponsesStreamError(error),
  limitHeaders,
  renderModels,
  renderModel,
};
