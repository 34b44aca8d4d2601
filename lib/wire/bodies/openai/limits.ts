/** The caller's own limits as OpenAI's rate-limit headers. */
import type { LimitView } from '@/lib/wire/format';

/** Go's notation, which OpenAI uses: `6m0s`, `12s`, `350ms`. */
function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.ceil(ms))}ms`;
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

/** `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`; resets are the time left. */
export function limitHeaders(limits: LimitView): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const kind of ['requests', 'tokens'] as const) {
    const window = limits[kind];
    if (window === null) continue;
    headers[`x-ratelimit-limit-${kind}`] = String(window.limit);
    headers[`x-ratelimit-remaining-${kind}`] = String(Math.max(0, Math.floor(window.remaining)));
    headers[`x-ratelimit-reset-${kind}`] = duration(window.resetsAtMs - limits.nowMs);
  }
  return headers;
}
