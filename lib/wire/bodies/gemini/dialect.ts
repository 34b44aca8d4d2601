/** What the formats with Gemini's bodies share: all but their names and paths. */
import { GatewayError } from '@/lib/domain/errors';
import { replaceAt, topLevelValues } from '@/lib/std/json-edit';
import { isEventStream } from '@/lib/wire/bodies/answer-kind';
import { renderError, renderStreamError } from '@/lib/wire/bodies/gemini/errors';
import { spellingsOf } from '@/lib/wire/bodies/gemini/fields';
import { renamed } from '@/lib/wire/bodies/gemini/model-names';
import { renderModel, renderModels } from '@/lib/wire/bodies/gemini/models';
import { readGenerateCall } from '@/lib/wire/bodies/gemini/read-call';
import { readEmbedCall } from '@/lib/wire/bodies/gemini/read-embed';
import {
  ArrayUsageReader,
  EmbeddingUsageReader,
  EventUsageReader,
  ObjectUsageReader,
} from '@/lib/wire/bodies/gemini/usage-readers';
import { limitHeaders } from '@/lib/wire/bodies/openai/limits';
import type { AnswerHead, BodyEdits, UsageReader, WireCall, WireFormat } from '@/lib/wire/format';

/** A field mask, a method override or a billing project among Google's other headers would change what is done, or who pays. */
const PASSED_HEADERS: ReadonlySet<string> = new Set([
  'user-agent',
  'content-type',
  'x-goog-api-client',
  'x-server-timeout',
  // Vertex: provisioned or shared throughput, and the latter's flex and priority tiers.
  'x-vertex-ai-llm-request-type',
  'x-vertex-ai-llm-shared-request-type',
]);

/** The model is in the path, but some bodies repeat it; the allowance stands inside a group, and both have two spellings. */
function prepare(body: Uint8Array, { model, maxOutputTokens }: BodyEdits): Uint8Array {
  const named = model === undefined ? body : renamed(body, model);
  if (maxOutputTokens === undefined) return named;
  const group = spellingsOf('generationConfig').find((name) => topLevelValues(named, name).length > 0);
  const inside = group === undefined ? [] : topLevelValues(named, group);
  const key = spellingsOf('maxOutputTokens').find((name) => inside.some((value) => holds(value, name)));
  const path = [group ?? 'generationConfig', key ?? 'maxOutputTokens'] as const;
  return replaceAt(named, path, maxOutputTokens, { insertMissing: true });
}

const OPEN_BRACE = 0x7b;

function holds(value: Uint8Array, key: string): boolean {
  return value[0] === OPEN_BRACE && topLevelValues(value, key).length > 0;
}

function usageReader(call: WireCall, answer: AnswerHead): UsageReader {
  const place = { callModel: call.model, serviceTier: answer.headers.get('x-gemini-service-tier') };
  if (answer.status >= 400) return new ObjectUsageReader(place);
  if (isEventStream(answer)) return new EventUsageReader(place);
  if (call.stream) return new ArrayUsageReader(place);
  // Only calls for embeddings allow no output at all.
  return call.maxOutputTokens === 0 ? new EmbeddingUsageReader() : new ObjectUsageReader(place);
}

/** The action that streams, whose answer is events or one growing array. */
export const STREAMING = 'streamGenerateContent';

function readCall({ endpoint, params, body, headers }: Parameters<WireFormat['readCall']>[0]): WireCall {
  const model = params['model'];
  if (model === undefined) throw new GatewayError('body_invalid', 'model: the path names none');
  if (endpoint.kind === 'embed') return readEmbedCall({ model, body });
  const counts = endpoint.kind === 'count';
  return readGenerateCall({ model, stream: endpoint.name === STREAMING, counts, body, headers });
}

export const geminiDialect = {
  readCall,
  prepare,
  passesRequestHeader: (name) => PASSED_HEADERS.has(name.toLowerCase()),
  isStream: (call, answer) => isEventStream(answer) || call.stream,
  usageReader,
  // Comments, and even blank lines, break the Gemini CLI and @google/generative-ai.
  keepAlive: null,
  renderError,
  renderStreamError,
  // Gemini has no headers of its own for limits; these are the names most tools know.
  limitHeaders,
  renderModels,
  renderModel,
} satisfies Partial<WireFormat>;
