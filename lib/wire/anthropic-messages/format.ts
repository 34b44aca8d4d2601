/** The Anthropic Messages format: `/v1/messages` and its neighbours. */
import { replaceTopLevel } from '@/lib/std/json-edit';
import type { BodyEdits, UsageReader, WireCall, WireFormat } from '@/lib/wire/format';
import { renderError, renderStreamError } from '@/lib/wire/anthropic-messages/errors';
import { JsonUsageReader } from '@/lib/wire/anthropic-messages/json-usage';
import { limitHeaders } from '@/lib/wire/anthropic-messages/limits';
import { renderModel, renderModels } from '@/lib/wire/anthropic-messages/models';
import { readCall } from '@/lib/wire/anthropic-messages/read-call';
import { StreamUsageReader } from '@/lib/wire/anthropic-messages/stream-usage';

/** Families of headers that Anthropic and its clients own; unknown members must pass (its gateway contract). */
const PASSED_PREFIXES = ['anthropic-', 'x-stainless-', 'x-claude-code-', 'x-claude-1p-'] as const;
const PASSED_HEADERS: ReadonlySet<string> = new Set([
  'x-app',
  'user-agent',
  'content-type',
  'accept',
  'idempotency-key',
]);

function prepare(body: Uint8Array, edits: BodyEdits): Uint8Array {
  const { model, maxOutputTokens } = edits;
  if (model === undefined && maxOutputTokens === undefined) return body;
  const values = {
    ...(model === undefined ? {} : { model }),
    ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
  };
  return replaceTopLevel(body, values, { insertMissing: true });
}

function passesRequestHeader(name: string): boolean {
  const lower = name.toLowerCase();
  // They would choose among the operator's own accounts.
  if (lower === 'anthropic-organization-id' || lower === 'anthropic-workspace-id') return false;
  return PASSED_HEADERS.has(lower) || PASSED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** The answer's own content type decides; without a telling one, what the call asked for. */
function usageReader(call: WireCall, response: { status: number; contentType: string }): UsageReader {
  const type = response.contentType.toLowerCase();
  const json = type.includes('json') || response.status >= 400 || !call.stream;
  return type.includes('text/event-stream') || !json
    ? new StreamUsageReader(call.model)
    : new JsonUsageReader(call.model);
}

export const anthropicMessages: WireFormat = {
  name: 'anthropic-messages',
  mount: 'anthropic',
  root: true,
  endpoints: [
    { name: 'messages', kind: 'generate', method: 'POST', path: '/v1/messages', aliases: ['/api/llm/chat'] },
    { name: 'count_tokens', kind: 'count', method: 'POST', path: '/v1/messages/count_tokens' },
    { name: 'models', kind: 'list-models', method: 'GET', path: '/v1/models' },
    { name: 'model', kind: 'get-model', method: 'GET', path: '/v1/models/{model}' },
  ],
  readCall,
  prepare,
  passesRequestHeader,
  usageReader,
  renderError,
  renderStreamError,
  limitHeaders,
  renderModels,
  renderModel,
};
