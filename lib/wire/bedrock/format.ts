/** Amazon Bedrock's runtime API: InvokeModel in every family's own body, Converse and CountTokens. */
import { decodeUtf8 } from '@/lib/std/bytes';
import { renderError, renderStreamError } from '@/lib/wire/bedrock/errors';
import { lowerLimit } from '@/lib/wire/bedrock/output-limits';
import { readCall } from '@/lib/wire/bedrock/read-call';
import { StreamUsageReader } from '@/lib/wire/bedrock/stream-usage';
import { WholeUsageReader } from '@/lib/wire/bedrock/whole-usage';
import { parseRecord } from '@/lib/wire/bodies/record';
import type { AnswerHead, BodyEdits, CallPlace, Endpoint, ListedModel, WireFormat } from '@/lib/wire/format';

const EVENT_STREAM = 'application/vnd.amazon.eventstream';

/** A guardrail's id and a trace of it would be the operator's: calls that name one are refused. */
const PASSED_HEADERS: ReadonlySet<string> = new Set([
  'content-type',
  'accept',
  'user-agent',
  'x-amzn-bedrock-accept',
  'x-amzn-bedrock-content-type',
  'x-amzn-bedrock-performanceconfig-latency',
  'x-amzn-bedrock-service-tier',
]);

/** Claude Code's Bedrock mode and the SDKs are pointed at `/bedrock`. */
function endpoint(
  name: string,
  action: string,
  kind: Endpoint['kind'] = 'generate',
  embeds?: true,
): Endpoint {
  const path = `/model/{model+}/${action}`;
  const aliases = [`/bedrock${path}`];
  return { name, kind, method: 'POST', path, aliases, ...(embeds === true ? { embeds } : {}) };
}

/** The model stands in the path: only the limit on output is ever edited. */
function prepare(body: Uint8Array, { maxOutputTokens: most }: BodyEdits, call?: CallPlace): Uint8Array {
  if (most === undefined) return body;
  const record = parseRecord(decodeUtf8(body)) ?? {};
  const converse = call?.endpoint.name.startsWith('converse') ?? false;
  return lowerLimit(body, record, { model: call?.params['model'] ?? '', converse, most });
}

function isEventStream({ contentType }: AnswerHead): boolean {
  return contentType.startsWith(EVENT_STREAM);
}

function renderModel(model: ListedModel): Record<string, unknown> {
  return {
    modelId: model.id,
    modelName: model.displayName,
    providerName: model.provider,
    responseStreamingSupported: model.kind === 'chat',
  };
}

export const bedrock: WireFormat = {
  name: 'bedrock',
  mount: 'bedrock',
  root: true,
  bases: ['/bedrock', '/model'],
  endpoints: [
    endpoint('invoke', 'invoke', 'generate', true),
    endpoint('invoke_stream', 'invoke-with-response-stream'),
    endpoint('converse', 'converse'),
    endpoint('converse_stream', 'converse-stream'),
    endpoint('count_tokens', 'count-tokens', 'count'),
  ],
  // AWS's SDKs number every request, whatever they sign it with.
  recognises: (headers) => headers.has('amz-sdk-invocation-id') || headers.has('x-amz-date'),
  readCall,
  prepare,
  passesRequestHeader: (name) => PASSED_HEADERS.has(name.toLowerCase()),
  isStream: (_call, head) => isEventStream(head),
  usageReader: (call, head) =>
    isEventStream(head) ? new StreamUsageReader(call.model, head) : new WholeUsageReader(call.model, head),
  // SDKs take a frame they don't know for an event without a name, and some stop at it.
  keepAlive: null,
  renderError,
  renderStreamError,
  // Bedrock tells its limits in no header.
  limitHeaders: () => ({}),
  // The lists are another AWS API's; the shape is the one of its ListFoundationModels.
  renderModels: (models) => ({ modelSummaries: models.map(renderModel) }),
  renderModel,
};
