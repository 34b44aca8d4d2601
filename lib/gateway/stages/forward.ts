/** Stage 5: send the call upstream with the operator's key; retry only what is known to be safe, before the first byte. */
import { GatewayError } from '@/lib/domain/errors';
import {
  type ProviderTools,
  type UpstreamCall,
  UpstreamFault,
  type UpstreamResponse,
} from '@/lib/providers/provider';
import type { Ports } from '../ports';
import type { Authorized } from './authorize';

/** Tries beyond the first. Clients retry by themselves, so the gateway only smooths the shortest hiccups. */
const RETRIES = 2;
/** All pauses of one call together; a provider that asks for longer is answered through to the caller. */
const RETRY_BUDGET_MS = 3_000;
/** Pause when the provider names none. */
const RETRY_PAUSE_MS = 250;

export interface Forwarded {
  readonly response: UpstreamResponse;
  readonly attempts: number;
}

/** Carries how often was tried, for the row. */
export class ForwardError extends Error {
  constructor(
    readonly error: GatewayError,
    readonly attempts: number,
    /** The provider may have worked (and billed) although no answer came. */
    readonly reached: boolean,
  ) {
    super(error.message);
    this.name = 'ForwardError';
  }
}

/** Milliseconds the provider asks to wait; `null` when it names nothing readable. */
function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const ms = headers.get('retry-after-ms');
  if (ms !== null && Number.isFinite(Number(ms))) return Math.max(0, Number(ms));
  const after = headers.get('retry-after');
  if (after === null) return null;
  if (Number.isFinite(Number(after))) return Math.max(0, Number(after) * 1000);
  const at = Date.parse(after);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** How long to wait before a safe retry; `null`: don't. Only an explicit `x-should-retry: true` is "safe" in the provider's words. */
function pauseFor(response: UpstreamResponse, nowMs: number): number | null {
  if (response.status < 400 || response.headers.get('x-should-retry') !== 'true') return null;
  return retryAfterMs(response.headers, nowMs) ?? RETRY_PAUSE_MS;
}

const FAULT_MESSAGES: Record<UpstreamFault['kind'], string> = {
  refused: 'the connection was refused',
  dns: 'its name could not be resolved',
  tls: 'the TLS handshake failed',
  'connect-timeout': 'it did not accept a connection in time',
  'headers-timeout': 'it did not answer in time',
  'idle-timeout': 'it fell silent in the middle of its answer',
  reset: 'the connection broke',
  credentials: 'it refused this gateway’s credentials',
  overloaded: 'too many calls are under way through this gateway',
};

function keyRefused(provider: string, cause?: unknown): GatewayError {
  const message = `The provider (${provider}) refused this gateway's own key. Tell the operator; your token is fine.`;
  return new GatewayError('upstream_key_refused', message, {}, { cause });
}

/** The caller's view of an upstream fault. */
export function faultError(fault: unknown, provider: string): GatewayError {
  const kind = fault instanceof UpstreamFault ? fault.kind : 'reset';
  if (kind === 'credentials') return keyRefused(provider, fault);
  const message = `The provider (${provider}) could not be reached: ${FAULT_MESSAGES[kind]}.`;
  if (kind === 'headers-timeout' || kind === 'idle-timeout' || kind === 'connect-timeout') {
    return new GatewayError(
      'upstream_timeout',
      message.replace('could not be reached', 'timed out'),
      {},
      { cause: fault },
    );
  }
  if (kind === 'reset')
    return new GatewayError(
      'upstream_broken',
      message.replace('could not be reached', 'failed'),
      {},
      { cause: fault },
    );
  return new GatewayError('upstream_unreachable', message, {}, { cause: fault });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/** What providers may use of the ports. */
export function toolsOf({ fetch, embed, signAws, googleToken, nowMs }: Ports): ProviderTools {
  return { fetch, embed, signAws, googleToken, nowMs };
}

/**
 * Sends the call. A 401/403 to the operator's own key becomes a 502: the caller's token is good.
 * @throws ForwardError when no answer can be passed on
 */
export async function forward(
  authorized: Authorized,
  call: UpstreamCall,
  signal: AbortSignal,
  ports: Ports,
): Promise<Forwarded> {
  const { provider, settings } = authorized;
  const tools = toolsOf(ports);
  let budgetMs = RETRY_BUDGET_MS;
  for (let attempts = 1; ; attempts += 1) {
    // The caller may have left while the call was admitted or paused: then nothing is sent any more.
    if (signal.aborted) throw new ForwardError(faultError(null, provider.name), attempts - 1, false);
    const mayRetry = attempts <= RETRIES;
    try {
      const response = await provider.send(call, settings, signal, tools);
      const pauseMs = pauseFor(response, ports.nowMs());
      if (mayRetry && pauseMs !== null && pauseMs <= budgetMs) {
        budgetMs -= pauseMs;
        await response.body?.cancel().catch(() => undefined);
        await pause(pauseMs, signal);
        continue;
      }
      if (response.status < 200 || response.status > 599) {
        await response.body?.cancel().catch(() => undefined);
        const message = `The provider (${provider.name}) answered with the status ${response.status}, which means nothing.`;
        throw new ForwardError(new GatewayError('upstream_broken', message), attempts, true);
      }
      if (response.status === 401 || response.status === 403) {
        await response.body?.cancel().catch(() => undefined);
        throw new ForwardError(keyRefused(provider.name), attempts, false);
      }
      return { response, attempts };
    } catch (fault) {
      if (fault instanceof ForwardError) throw fault;
      const unreached =
        fault instanceof UpstreamFault &&
        !fault.reached &&
        (fault.kind === 'refused' || fault.kind === 'dns');
      if (mayRetry && unreached && RETRY_PAUSE_MS <= budgetMs) {
        budgetMs -= RETRY_PAUSE_MS;
        await pause(RETRY_PAUSE_MS, signal);
        continue;
      }
      const reached = !(fault instanceof UpstreamFault) || fault.reached;
      throw new ForwardError(faultError(fault, provider.name), attempts, reached);
    }
  }
}
