/** What a refusal tells in every dialect: the figures of a used-up month, and how long to wait. */
import type { ErrorCode, GatewayError } from '@/lib/domain/errors';
import { formatUsd } from '@/lib/domain/plan';

/** The per-minute limits free up within a minute and a tick. SDKs, Codex and OpenClaw really sleep for longer waits: those are not sent. */
const MAX_RETRY_AFTER_MS = 65_000;
/** A store failover or a new instance is a matter of a second. */
const OUTAGE_RETRY_AFTER_MS = 1_000;
const SHORT_OUTAGES: ReadonlySet<ErrorCode> = new Set(['store_unavailable', 'draining']);

const MONEY_USED_UP: ReadonlySet<ErrorCode> = new Set(['monthly_cost_used_up', 'token_cost_used_up']);
const TOKENS_USED_UP: ReadonlySet<ErrorCode> = new Set(['monthly_tokens_used_up', 'token_tokens_used_up']);

/** Whether a monthly cap is reached, the plan's or the token's own, which no waiting of a client's helps. */
export function isUsedUp(code: ErrorCode): boolean {
  return TOKENS_USED_UP.has(code) || MONEY_USED_UP.has(code);
}

/** Whole seconds, rounded up: a client that comes back at the instant named must not be early. */
export function rfc3339(atMs: number): string {
  return new Date(Math.ceil(atMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The error's text. Clients that give up on a used-up month show it as it is, so it carries every figure the user needs. */
export function shownMessage({ code, message, facts }: GatewayError): string {
  if (!isUsedUp(code)) return message;
  const { limit, used, remaining, resetsAtMs, upgradeUrl } = facts;
  const show = (value: number) => (MONEY_USED_UP.has(code) ? formatUsd(value) : `${value} tokens`);
  const figures = [
    limit === undefined ? null : `limit ${show(limit)}`,
    used === undefined ? null : `used ${show(used)}`,
    remaining === undefined ? null : `remaining ${show(remaining)}`,
    resetsAtMs === undefined ? null : `resets ${rfc3339(resetsAtMs)}`,
    upgradeUrl === undefined ? null : `upgrade: ${upgradeUrl}`,
  ];
  return [message, ...figures.filter((figure) => figure !== null)].join(' · ');
}

/** How long a caller should wait, ms; `null` where waiting helps nothing or nobody knows. */
export function retryWaitMs({ code, retryable, facts }: GatewayError): number | null {
  if (!retryable) return null;
  const waitMs = facts.retryAfterMs ?? (SHORT_OUTAGES.has(code) ? OUTAGE_RETRY_AFTER_MS : null);
  return waitMs === null || waitMs > MAX_RETRY_AFTER_MS ? null : waitMs;
}

/** Whole seconds of a wait, rounded up, at least one. */
export function retrySeconds(waitMs: number): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}

/** `retry-after` in seconds, and in milliseconds as Anthropic's and OpenAI's SDKs prefer it. */
export function retryHeaders(error: GatewayError): Record<string, string> {
  const waitMs = retryWaitMs(error);
  if (waitMs === null) return {};
  return {
    'retry-after': String(retrySeconds(waitMs)),
    'retry-after-ms': String(Math.max(1, Math.ceil(waitMs))),
  };
}
