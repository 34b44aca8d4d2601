/** `/health` says that the process lives; `/status` says whether what it needs can be reached. Neither tells a secret. */
import type { Ports } from '@/lib/gateway/ports';
import { UpstreamFault } from '@/lib/providers/provider';
import { configuredProviders } from '@/lib/providers/registry';

/** One check may take this long; a dependency slower than that is as good as down. */
const CHECK_TIMEOUT_MS = 3_000;
/** A report is reused this long, so that `/status` can't be used to knock on providers. */
const REPORT_TTL_MS = 5_000;

interface Check {
  readonly name: string;
  readonly reachable: boolean;
  readonly latency_ms: number;
  /** Class of the last failure, `null` if it never failed. */
  readonly last_error: string | null;
}

export interface StatusReport {
  readonly status: 'ok' | 'degraded';
  readonly database: Check;
  readonly limiter: Check & { readonly kind: string };
  readonly providers: readonly Check[];
  readonly checked_at: string;
}

export interface StatusDeps {
  readonly ports: Ports;
  readonly pingDatabase: () => Promise<unknown>;
  readonly limiterKind: 'in-process' | 'upstash';
}

/** A class of failure, never its text: texts can carry hosts and keys. */
function classOf(error: unknown): string {
  if (error instanceof UpstreamFault) return error.kind;
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

/** Makes the status reporter; it remembers the last failure of each dependency. */
export function createStatusReporter({
  ports,
  pingDatabase,
  limiterKind,
}: StatusDeps): () => Promise<StatusReport> {
  const lastErrors = new Map<string, string>();
  let report: Promise<StatusReport> | null = null;
  let reportedAtMs = 0;

  async function check(name: string, work: (signal: AbortSignal) => Promise<unknown>): Promise<Check> {
    const startedAt = performance.now();
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('check timed out', 'TimeoutError')), {
        once: true,
      });
    });
    let reachable = true;
    try {
      await Promise.race([work(signal), late]);
    } catch (error) {
      reachable = false;
      lastErrors.set(name, classOf(error));
    }
    const latencyMs = Math.round((performance.now() - startedAt) * 10) / 10;
    return { name, reachable, latency_ms: latencyMs, last_error: lastErrors.get(name) ?? null };
  }

  async function make(): Promise<StatusReport> {
    const { fetch, embed, signAws, googleToken, nowMs } = ports;
    const tools = { fetch, embed, signAws, googleToken, nowMs };
    const [database, limiter, ...providers] = await Promise.all([
      check('database', pingDatabase),
      check('limiter', () => ports.limiter.ping()),
      ...configuredProviders(ports.settings).flatMap((provider) => {
        const settings = ports.settings.providers[provider.name];
        if (settings === undefined) return [];
        return check(provider.name, async (signal) => {
          const answer = await provider.probe(settings, signal, tools);
          await answer.body?.cancel();
        });
      }),
    ]);
    const healthy =
      database.reachable && limiter.reachable && providers.every((provider) => provider.reachable);
    return {
      status: healthy ? 'ok' : 'degraded',
      database,
      limiter: { ...limiter, kind: limiterKind },
      providers,
      checked_at: new Date(ports.nowMs()).toISOString(),
    };
  }

  return () => {
    if (report === null || Date.now() - reportedAtMs > REPORT_TTL_MS) {
      reportedAtMs = Date.now();
      report = make();
    }
    return report;
  };
}
