/** Which headers cross the gateway, and the ones it adds. */
import type { GatewayError } from '@/lib/domain/errors';
import { type MonthState, monthResetsAtMs, scopesOf } from '@/lib/domain/month';
import { NANO_USD_PER_USD } from '@/lib/domain/plan';
import type { Provider, UpstreamResponse } from '@/lib/providers/provider';
import type { AnswerHead, LimitView, WireFormat } from '@/lib/wire/format';
import type { Call } from './call';
import type { MinuteState, Ports } from './ports';

/** RFC 9110 §7.6.1 and what else belongs to one connection or one site, in either direction. */
const NEVER = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
  'cookie',
  'cookie2',
  'set-cookie',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'forwarded',
  'via',
  'content-length',
  'content-encoding',
  'accept-encoding',
  'alt-svc',
  'location',
  'refresh',
  'x-accel-redirect',
  'x-organization',
  'openai-organization',
  'openai-project',
]);
const NEVER_PREFIXES = [
  'x-forwarded-',
  'x-real-',
  'x-tollgate-',
  'x-vercel-',
  'x-envoy-',
  'cf-',
  'proxy-',
  'sec-',
  'access-control-',
];

const matches = (name: string, list: readonly string[]) =>
  list.some((entry) => (entry.endsWith('-') ? name.startsWith(entry) : name === entry));

/** Headers that a message's own `connection` header binds to its hop (RFC 9110 §7.6.1). */
function hopHeaders(headers: Headers): ReadonlySet<string> {
  const named = headers.get('connection') ?? '';
  return new Set(named.split(',').map((name) => name.trim().toLowerCase()));
}

/** Request headers for the upstream: the format's own, never a credential, a cookie or a hop. */
export function upstreamRequestHeaders(incoming: Headers, format: WireFormat): Headers {
  const headers = new Headers();
  const hop = hopHeaders(incoming);
  for (const [name, value] of incoming) {
    if (
      NEVER.has(name) ||
      hop.has(name) ||
      matches(name, NEVER_PREFIXES) ||
      !format.passesRequestHeader(name)
    )
      continue;
    headers.append(name, value);
  }
  return headers;
}

/** An upstream's answer as formats look at it. */
export function headOf({ status, headers }: UpstreamResponse): AnswerHead {
  return { status, headers, contentType: headers.get('content-type')?.toLowerCase() ?? '' };
}

/** Response headers for the caller: the provider's, less what is private to the operator's account or to the hop. */
export function callerResponseHeaders(upstream: Headers, provider: Provider): Headers {
  const headers = new Headers();
  const hop = hopHeaders(upstream);
  for (const [name, value] of upstream) {
    if (NEVER.has(name) || hop.has(name) || name === 'x-request-id') continue;
    if (matches(name, NEVER_PREFIXES) || matches(name, provider.privateResponseHeaders)) continue;
    headers.append(name, value);
  }
  return headers;
}

/** Decimal dollars of integer nano-USD without a float: `9.871234`. */
function usdText(nanoUsd: number): string {
  const whole = Math.trunc(nanoUsd / NANO_USD_PER_USD);
  const micros = Math.trunc(Math.abs(nanoUsd % NANO_USD_PER_USD) / 1_000);
  return `${nanoUsd < 0 && whole === 0 ? '-' : ''}${whole}.${String(micros).padStart(6, '0')}`;
}

/** Adds the gateway's own headers. */
export function addGatewayHeaders(
  headers: Headers,
  facts: {
    requestId: string;
    provider?: string | undefined;
    month?: MonthState | undefined;
    limits?: Readonly<Record<string, string>> | undefined;
  },
): void {
  headers.set('x-request-id', facts.requestId);
  if (facts.provider !== undefined) headers.set('x-tollgate-provider', facts.provider);
  if (facts.month !== undefined) {
    const { tokens, nanoUsd } = remainingOf(facts.month);
    headers.set('x-tollgate-remaining-tokens', tokens === null ? 'unlimited' : String(Math.max(0, tokens)));
    headers.set('x-tollgate-remaining-usd', nanoUsd === null ? 'unlimited' : usdText(Math.max(0, nanoUsd)));
  }
  for (const name in facts.limits) headers.set(name, facts.limits[name] ?? '');
}

/** What a month still allows by plan and token once running calls are taken off; negative when overdrawn, `null` where uncapped. */
function remainingOf(month: MonthState): { tokens: number | null; nanoUsd: number | null } {
  const least = (rooms: readonly (number | null)[]) => {
    const capped = rooms.filter((room) => room !== null);
    return capped.length === 0 ? null : Math.min(...capped);
  };
  const left = (limit: number | null, taken: number) => (limit === null ? null : limit - taken);
  const scopes = scopesOf(month);
  return {
    tokens: least(scopes.map((of) => left(of.tokensLimit, of.tokensUsed + of.tokensHeld))),
    nanoUsd: least(scopes.map((of) => left(of.costLimitNanoUsd, of.costUsedNanoUsd + of.costHeldNanoUsd))),
  };
}

/** Highest used share of the caps of plan and token; holds are no use yet, and agents hold far more than they use. `null` without caps. */
function utilization(month: MonthState): LimitView['monthUtilization'] {
  const share = (used: number, cap: number | null) => (cap === null ? null : cap === 0 ? 1 : used / cap);
  const shares = scopesOf(month)
    .flatMap((of) => [share(of.tokensUsed, of.tokensLimit), share(of.costUsedNanoUsd, of.costLimitNanoUsd)])
    .filter((value) => value !== null);
  return shares.length === 0 ? null : Math.max(...shares);
}

/** Remaining figures and native limit headers for an answer. */
export function limitViewOf(
  call: Call,
  month: MonthState | undefined,
  minute: MinuteState | null,
  refusal: GatewayError | null,
  ports: Ports,
): { month?: MonthState; limits?: Readonly<Record<string, string>> } {
  const { caller, route } = call;
  if (caller === null || route === null) return {};
  const nowMs = ports.nowMs();
  const limits: LimitView = {
    requests: minute?.requests ?? null,
    tokens: minute?.tokens ?? null,
    monthUtilization: month === undefined ? null : utilization(month),
    monthResetsAtMs: monthResetsAtMs(nowMs),
    nowMs,
  };
  const headers = route.format.limitHeaders(limits, refusal);
  return month === undefined ? { limits: headers } : { month, limits: headers };
}
