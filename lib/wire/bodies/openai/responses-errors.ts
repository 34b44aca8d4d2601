/** Refusals and failures as the Responses API words them, and as Codex acts on them. */
import type { GatewayError } from '@/lib/domain/errors';
import { encodeUtf8 } from '@/lib/std/bytes';
import type { RenderedError } from '@/lib/wire/format';
import { errorObject, renderError, type ShapeChanges } from '@/lib/wire/bodies/openai/errors';

/** Asks again five times on 403, 413 and 415, which it takes for passing trouble; a 400 it shows at once. */
const CODEX_STOPS_AT = 400;

const USED_UP = { type: 'usage_limit_reached' } as const;

/** What Codex 0.169 does with each was measured; the codes are OpenAI's. */
const CHANGES: ShapeChanges = {
  // It says when the month starts afresh; without this type it says "quota exceeded" and no more.
  monthly_tokens_used_up: USED_UP,
  monthly_cost_used_up: USED_UP,
  token_tokens_used_up: USED_UP,
  token_cost_used_up: USED_UP,
  forbidden: { status: CODEX_STOPS_AT, code: 'access_denied' },
  // It compacts the conversation and goes on.
  body_too_large: { status: CODEX_STOPS_AT, code: 'context_length_exceeded', param: 'input' },
  encoding_unsupported: { status: CODEX_STOPS_AT },
  // It asks thirty times in half a minute on any 5xx, and nobody sets a key meanwhile.
  provider_unconfigured: { status: CODEX_STOPS_AT },
};

/** The code OpenAI gives with a field at fault. */
const PARAM_CODES: Readonly<Record<string, string>> = {
  previous_response_id: 'previous_response_not_found',
  model: 'missing_required_parameter',
};

function changesFor({ code, facts }: GatewayError): ShapeChanges {
  const paramCode = code === 'body_invalid' ? PARAM_CODES[facts.param ?? ''] : undefined;
  return paramCode === undefined ? CHANGES : { ...CHANGES, body_invalid: { code: paramCode } };
}

export function renderResponsesError(error: GatewayError): RenderedError {
  return renderError(error, changesFor(error));
}

/**
 * The `error` event, in both of its spellings: documented flat, sent nested. OpenAI's SDK throws what is nested,
 * the AI SDK takes either; Codex goes by the broken connection that follows. Nobody's numbering is known here.
 */
export function renderResponsesStreamError(error: GatewayError): Uint8Array {
  const inner = errorObject(error, changesFor(error));
  const { code, message, param } = inner;
  const event = { type: 'error', sequence_number: 0, code, message, param, error: inner };
  return encodeUtf8(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
}
