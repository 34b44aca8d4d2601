/** Request headers that belong to OpenAI's formats and may pass upstream. */

/** Codex's session headers start with `x-codex-`; its turn state must come back to the server that gave it. */
const PASSED_PREFIXES = ['openai-', 'x-stainless-', 'x-codex-'] as const;
/** `idempotency-key` stays behind: all customers share the operator's key space, and one could get another's answer. */
const PASSED_HEADERS: ReadonlySet<string> = new Set([
  'user-agent',
  'content-type',
  'accept',
  'originator',
  'session-id',
  'session_id',
  'thread-id',
  'conversation_id',
  'x-client-request-id',
  // OpenRouter's attribution headers.
  'http-referer',
  'x-title',
]);

/** They would choose among the operator's own organisations and projects. */
const ACCOUNT_HEADERS: ReadonlySet<string> = new Set(['openai-organization', 'openai-project']);

export function passesRequestHeader(name: string): boolean {
  const lower = name.toLowerCase();
  if (ACCOUNT_HEADERS.has(lower)) return false;
  return PASSED_HEADERS.has(lower) || PASSED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}
