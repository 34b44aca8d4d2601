/** Refusals in the document: by status, with what each code of the error table means. */
import { ERRORS, type ErrorCode, GatewayError } from '@/lib/domain/errors';
import { ERROR_MEANINGS } from '@/lib/domain/refusal-words';
import type { WireFormat } from '@/lib/wire/format';
import type { ApiErrorCode } from '../answer';
import { refTo } from './schemas';
import type { Answer, JsonSchema, Reference } from './shapes';

const MEANINGS: Readonly<Record<ApiErrorCode, string>> = {
  ...ERROR_MEANINGS,
  not_configured: 'the operator has not opened this part of the API',
};

const STATUS_OF_CLOSED = 503;

const LLM_ONLY_ELSEWHERE: readonly ErrorCode[] = ['conflict'];
const LLM_CODES = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => !LLM_ONLY_ELSEWHERE.includes(code));

const OPERATOR_CODES: readonly ApiErrorCode[] = [
  'body_invalid',
  'unauthenticated',
  'not_found',
  'conflict',
  'body_too_large',
  'encoding_unsupported',
  'internal',
  'store_unavailable',
  'not_configured',
];

const CALLER_CODES: readonly ApiErrorCode[] = [
  'body_invalid',
  'unauthenticated',
  'token_revoked',
  'forbidden',
  'not_found',
  'internal',
  'store_unavailable',
];

const statusOf = (code: ApiErrorCode): number =>
  code === 'not_configured' ? STATUS_OF_CLOSED : ERRORS[code].status;

type ByStatus = ReadonlyMap<number, readonly ApiErrorCode[]>;

function byStatus(codes: readonly ApiErrorCode[], statusFor: (code: ApiErrorCode) => number): ByStatus {
  const groups = new Map<number, ApiErrorCode[]>();
  for (const code of codes) {
    const status = statusFor(code);
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return new Map([...groups].toSorted(([a], [b]) => a - b));
}

/** Formats answer with the statuses their providers use: each is asked itself. */
function statusesOf(format: WireFormat): ByStatus {
  return byStatus(LLM_CODES, (code) => {
    const error = new GatewayError(code as ErrorCode, '');
    return format.renderError(error, 'req_').status;
  });
}

const told = (codes: readonly ApiErrorCode[]): string =>
  codes.map((code) => `\`${code}\`: ${MEANINGS[code]}.`).join('\n\n');

const REQUEST_ID = { 'x-request-id': { $ref: '#/components/headers/RequestId' } };
const RETRY = { 'retry-after': { $ref: '#/components/headers/RetryAfter' } };
const SHOULD_RETRY = { 'x-should-retry': { $ref: '#/components/headers/ShouldRetry' } };
const mayRetry = (codes: readonly ApiErrorCode[]): boolean =>
  codes.some((code) => code !== 'not_configured' && ERRORS[code].retryable);

function answersOf(kind: string, statuses: ByStatus, schema: JsonSchema, more: Answer['headers']) {
  return [...statuses].map(([status, codes]): [string, Answer] => [
    `${kind}Error${status}`,
    {
      description: told(codes),
      headers: { ...REQUEST_ID, ...(mayRetry(codes) ? RETRY : {}), ...more },
      content: { 'application/json': { schema } },
    },
  ]);
}

const refsTo = (kind: string, statuses: ByStatus): Record<string, Reference> =>
  Object.fromEntries(
    [...statuses.keys()].map((status) => [
      String(status),
      { $ref: `#/components/responses/${kind}Error${status}` },
    ]),
  );

const OPERATOR = byStatus(OPERATOR_CODES, statusOf);
const CALLER = byStatus(CALLER_CODES, statusOf);

/** What an operator's or a caller's request about himself can be refused with. */
export const refusalsOf = (kind: 'Operator' | 'Caller') =>
  refsTo(kind, kind === 'Operator' ? OPERATOR : CALLER);

export interface Refusals {
  /** The named answers, e.g. `LlmError429`. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** What a call in a format can be refused with. */
  ofFormat(format: string): Record<string, Reference>;
}

const pascal = (name: string) =>
  name.replaceAll(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase());

/** Formats that refuse with the same statuses share their answers. */
export function createRefusals(formats: readonly WireFormat[]): Refusals {
  const schema = { type: 'object', description: 'An error in the shape of the format.' };
  const standard = JSON.stringify([...byStatus(LLM_CODES, statusOf)]);
  const kinds = new Map([[standard, 'Llm']]);
  const named = new Map<string, readonly [string, ByStatus]>();
  for (const format of formats) {
    const statuses = statusesOf(format);
    const key = JSON.stringify([...statuses]);
    const kind = kinds.get(key) ?? pascal(format.name);
    kinds.set(key, kind);
    named.set(format.name, [kind, statuses]);
  }
  return {
    answers: Object.fromEntries([
      ...[...named.values()].flatMap(([kind, statuses]) => answersOf(kind, statuses, schema, SHOULD_RETRY)),
      ...answersOf('Operator', OPERATOR, refTo('Error'), {}),
      ...answersOf('Caller', CALLER, refTo('Error'), {}),
    ]),
    ofFormat(format) {
      const [kind, statuses] = named.get(format) ?? ['Llm', new Map<number, readonly ApiErrorCode[]>()];
      return refsTo(kind, statuses);
    },
  };
}
