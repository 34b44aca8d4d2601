/** The Anthropic Messages format: `/v1/messages` and its neighbours. */
import { anthropicDialect } from '@/lib/wire/bodies/anthropic/dialect';
import { readCall } from '@/lib/wire/bodies/anthropic/read-call';
import { editTopLevel } from '@/lib/wire/bodies/edits';
import type { WireFormat } from '@/lib/wire/format';

/** Families of headers that Anthropic and its clients own; unknown members must pass (its gateway contract). */
const PASSED_PREFIXES = ['anthropic-', 'x-stainless-', 'x-claude-code-', 'x-claude-1p-'] as const;
/** `idempotency-key` stays behind: all customers share the operator's key space, and one could get another's answer. */
const PASSED_HEADERS: ReadonlySet<string> = new Set(['x-app', 'user-agent', 'content-type', 'accept']);

function passesRequestHeader(name: string): boolean {
  const lower = name.toLowerCase();
  // They would choose among the operator's own accounts.
  if (lower === 'anthropic-organization-id' || lower === 'anthropic-workspace-id') return false;
  return PASSED_HEADERS.has(lower) || PASSED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** Claude Code's Foundry mode, OpenRouter's base `…/api`, and OpenClaw's managed gateways, where the path names the provider. */
function elsewhere(path: string): readonly string[] {
  return [`/foundry${path}`, `/api${path}`, `/v1/native/{provider}${path}`];
}

export const anthropicMessages: WireFormat = {
  ...anthropicDialect,
  name: 'anthropic-messages',
  mount: 'anthropic',
  root: true,
  endpoints: [
    {
      name: 'messages',
      kind: 'generate',
      method: 'POST',
      path: '/v1/messages',
      aliases: ['/api/llm/chat', ...elsewhere('/v1/messages')],
    },
    {
      name: 'count_tokens',
      kind: 'count',
      method: 'POST',
      path: '/v1/messages/count_tokens',
      aliases: elsewhere('/v1/messages/count_tokens'),
    },
    {
      name: 'models',
      kind: 'list-models',
      method: 'GET',
      path: '/v1/models',
      aliases: ['/foundry/v1/models', '/api/v1/models'],
    },
    { name: 'model', kind: 'get-model', method: 'GET', path: '/v1/models/{model+}' },
  ],
  // Every client of Anthropic's sends one of the two; OpenAI's send neither.
  recognises: (headers) => headers.has('anthropic-version') || headers.has('x-api-key'),
  readCall: (input) => readCall(input),
  prepare: (body, edits) => editTopLevel(body, edits, 'max_tokens'),
  passesRequestHeader,
};
