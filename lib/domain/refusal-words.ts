/** What each refusal means, in words: one table for the API's document and for the operator's pages. */
import type { ErrorCode } from './errors';

export const ERROR_MEANINGS: Readonly<Record<ErrorCode, string>> = {
  body_invalid: 'the input is not what this endpoint takes',
  policy_blocked: 'the plan or the token does not allow this model',
  unauthenticated: 'no credential, or one that is not known here',
  token_revoked: 'the token was revoked or has expired',
  forbidden: 'the customer is suspended, or the token is narrowed to other formats',
  model_unknown: 'no configured provider has this model',
  route_unknown: 'nothing is served at this path',
  not_found: 'there is no such thing',
  method_not_allowed: 'the path takes another method; `allow` names it',
  conflict: 'it exists already, or its state forbids the change',
  body_too_large: 'the body is over the limit',
  encoding_unsupported: 'the body’s content-encoding is not understood',
  rate_limited_requests: 'too many requests this minute; `retry-after` is true',
  rate_limited_tokens: 'too many tokens this minute; `retry-after` is true',
  month_held: 'what is left of the month is held by running calls; try again in seconds',
  monthly_tokens_used_up: 'the month’s tokens are used up',
  monthly_cost_used_up: 'the month’s money is used up',
  token_tokens_used_up: 'the tokens this token may use in a month are used up; other tokens go on',
  token_cost_used_up: 'the money this token may spend in a month is used up; other tokens go on',
  internal: 'the gateway failed; its log knows the reason by the request id',
  upstream_unreachable: 'the provider could not be reached',
  upstream_broken: 'the provider’s answer broke off',
  upstream_key_refused: 'the provider refused the gateway’s own key',
  store_unavailable: 'the database is away: nothing goes through unmetered',
  provider_unconfigured: 'the operator set no key for this model’s provider',
  draining: 'this instance is shutting down',
  upstream_timeout: 'the provider did not answer in time',
};

const BY_UPSTREAM_STATUS: Readonly<Record<string, string>> = {
  '400': 'the provider found the request wrong',
  '401': 'the provider refused the gateway’s own key',
  '402': 'the provider wants to be paid first',
  '403': 'the provider does not let this account do that',
  '404': 'the provider does not know the model, or what the request names',
  '413': 'the provider found the request too large',
  '422': 'the provider could not work with the request',
  '429': 'the provider’s own limits were reached',
};

const isErrorCode = (reason: string): reason is ErrorCode => Object.hasOwn(ERROR_MEANINGS, reason);

/** What a reason of `refusal_days` means: a code of ours, or the status a provider refused with (`upstream_400`). */
export function meaningOf(reason: string): string {
  // The document writes for programmers, with code in backticks.
  if (isErrorCode(reason)) return ERROR_MEANINGS[reason].replaceAll('`', '');
  const status = /^upstream_(\d{3})$/.exec(reason)?.[1];
  if (status === undefined) return 'no reason was kept';
  return BY_UPSTREAM_STATUS[status] ?? `the provider refused with status ${status}`;
}
