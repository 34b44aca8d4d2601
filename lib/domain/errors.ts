/** The one error table (code → status, retryable, logged) and the one error class that stages throw. */
import type { MonthState } from '@/lib/domain/month';

/** `retryable`: the same call may succeed soon. `logged`: worth an operator's look, not the caller's everyday mistake. */
interface ErrorRow {
  readonly status: number;
  readonly retryable: boolean;
  readonly logged: boolean;
}

export const ERRORS = {
  body_invalid: { status: 400, retryable: false, logged: false },
  policy_blocked: { status: 400, retryable: false, logged: false },
  unauthenticated: { status: 401, retryable: false, logged: false },
  token_revoked: { status: 401, retryable: false, logged: false },
  forbidden: { status: 403, retryable: false, logged: false },
  model_unknown: { status: 404, retryable: false, logged: false },
  route_unknown: { status: 404, retryable: false, logged: false },
  not_found: { status: 404, retryable: false, logged: false },
  method_not_allowed: { status: 405, retryable: false, logged: false },
  conflict: { status: 409, retryable: false, logged: false },
  body_too_large: { status: 413, retryable: false, logged: false },
  encoding_unsupported: { status: 415, retryable: false, logged: false },
  rate_limited_requests: { status: 429, retryable: true, logged: false },
  rate_limited_tokens: { status: 429, retryable: true, logged: false },
  month_held: { status: 429, retryable: true, logged: false },
  monthly_tokens_used_up: { status: 429, retryable: false, logged: false },
  monthly_cost_used_up: { status: 429, retryable: false, logged: false },
  token_tokens_used_up: { status: 429, retryable: false, logged: false },
  token_cost_used_up: { status: 429, retryable: false, logged: false },
  internal: { status: 500, retryable: true, logged: true },
  upstream_unreachable: { status: 502, retryable: true, logged: true },
  upstream_broken: { status: 502, retryable: true, logged: true },
  upstream_key_refused: { status: 502, retryable: false, logged: true },
  store_unavailable: { status: 503, retryable: true, logged: true },
  provider_unconfigured: { status: 503, retryable: false, logged: true },
  draining: { status: 503, retryable: true, logged: false },
  upstream_timeout: { status: 504, retryable: true, logged: true },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** Facts behind a refusal, for headers and for the message the caller reads. */
export interface ErrorFacts {
  /**
   * `limit`, `used` and `remaining` are nano-USD for `monthly_cost_used_up` and `token_cost_used_up`, bytes for `body_too_large`,
   * else tokens or requests.
   */
  readonly limit?: number;
  readonly used?: number;
  readonly remaining?: number;
  /** When the exhausted window starts afresh, ms since the epoch. */
  readonly resetsAtMs?: number;
  /** How long until the same call would be admitted, ms. Only for per-minute limits and short outages. */
  readonly retryAfterMs?: number;
  readonly upgradeUrl?: string;
  /** The request's field at fault, where it is one. */
  readonly param?: string;
  /** Request headers and the like the caller may use next, e.g. `allow` for a 405. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The caller's month and minute at the refusal, for headers. */
  readonly state?: {
    readonly month?: MonthState;
    readonly minute?: {
      readonly requests: { readonly limit: number; readonly remaining: number; readonly resetsAtMs: number };
      readonly tokens: { readonly limit: number; readonly remaining: number; readonly resetsAtMs: number };
    };
  };
}

/** The same in every copy of this module. */
const MARK = Symbol.for('tollgate.gateway-error');

/** What a stage throws; rendered once, in the caller's own format. `message` is shown to the caller: never put a secret in it. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;
  readonly [MARK] = true;

  /** By the mark: `npm start`'s bundle and Next's each have a copy of this class, and errors go from one to the other. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this === GatewayError) return typeof value === 'object' && value !== null && MARK in value;
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'GatewayError';
    this.code = code;
    this.facts = facts;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}
