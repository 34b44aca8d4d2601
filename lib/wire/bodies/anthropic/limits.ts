/** The caller's own limits as Anthropic's rate-limit headers, and the unified family Claude Code shows its user. */
import type { GatewayError } from '@/lib/domain/errors';
import { isUsedUp, rfc3339 } from '@/lib/wire/bodies/refusals';
import type { LimitView } from '@/lib/wire/format';

/** Shares of a monthly cap at which Claude Code says "You've used NN%"; highest first (its gateway contract). */
const WARNING_THRESHOLDS = [0.95, 0.75] as const;

/** Headers for an answer or a refusal. Instants are RFC 3339 in the classic family, unix seconds in the unified one. */
export function limitHeaders(
  limits: LimitView,
  refusal: GatewayError | null,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const kind of ['requests', 'tokens'] as const) {
    const window = limits[kind];
    if (window === null) continue;
    headers[`anthropic-ratelimit-${kind}-limit`] = String(window.limit);
    headers[`anthropic-ratelimit-${kind}-remaining`] = String(Math.max(0, Math.floor(window.remaining)));
    headers[`anthropic-ratelimit-${kind}-reset`] = rfc3339(window.resetsAtMs);
  }
  const capReached = refusal !== null && isUsedUp(refusal.code);
  if (limits.monthUtilization !== null || capReached) {
    Object.assign(headers, unifiedHeaders(limits.monthUtilization, limits.monthResetsAtMs, capReached));
  }
  return headers;
}

function unifiedHeaders(
  utilization: number | null,
  resetsAtMs: number,
  capReached: boolean,
): Record<string, string> {
  const resets = String(Math.ceil(resetsAtMs / 1000));
  const threshold = WARNING_THRESHOLDS.find((share) => (utilization ?? 0) >= share);
  const status = capReached ? 'rejected' : threshold === undefined ? 'allowed' : 'allowed_warning';
  const headers: Record<string, string> = {
    'anthropic-ratelimit-unified-status': status,
    'anthropic-ratelimit-unified-reset': resets,
    'anthropic-ratelimit-unified-overage-reset': resets,
  };
  if (utilization !== null)
    headers['anthropic-ratelimit-unified-overage-utilization'] = hundredths(utilization);
  if (capReached) {
    headers['anthropic-ratelimit-unified-overage-disabled-reason'] = 'org_spend_cap_reached';
    return headers;
  }
  headers['anthropic-ratelimit-unified-representative-claim'] = 'overage';
  headers['anthropic-ratelimit-unified-overage-status'] = status;
  if (threshold !== undefined) {
    headers['anthropic-ratelimit-unified-overage-surpassed-threshold'] = String(threshold);
  }
  return headers;
}

/** Cut, not rounded: 0.999 must not read as a cap already reached. The epsilon undoes 0.29 * 100 = 28.999…. */
function hundredths(share: number): string {
  return (Math.floor(share * 100 + 1e-9) / 100).toFixed(2);
}
