/** The pages' sign-in on a database of its own, with a clock the test turns and everything it logs. */
import type { Limiter } from '@/lib/gateway/ports';
import { setCookieHeader } from '@/lib/web/cookies';
import { type SignInResult, WebAuth, type WebAuthPorts } from '@/lib/web/sign-in';
import type { Viewer } from '@/lib/web/viewer';
import { openHarness, START_MS, type Harness } from '@/tests/db/account/harness';

export { START_MS };

export const OPERATOR_TOKEN = 'the-operators-own-admin-token';
export const ORIGIN = 'https://gateway.example';

export interface WebHarness {
  readonly h: Harness;
  readonly web: WebAuth;
  readonly logged: readonly Readonly<Record<string, unknown>>[];
  /** Addresses whose failures were noted. */
  readonly noted: readonly (string | null)[];
  /** The same database as another instance sees it, perhaps set up differently. */
  another(change?: Partial<WebAuthPorts>): WebAuth;
  /** Turns the clock on. */
  pass(ms: number): void;
  close(): void;
}

export const VISIT = { clientAddress: '192.0.2.1', origin: ORIGIN };

/** A limiter that is in nobody's way. */
const OPEN_LIMITER: Pick<Limiter, 'take' | 'settle'> = {
  take: async () => ({ kind: 'outage', reason: 'none here' }),
  settle: async () => undefined,
};

export async function openWeb(change: Partial<WebAuthPorts> = {}): Promise<WebHarness> {
  const h = await openHarness();
  const logged: Record<string, unknown>[] = [];
  const noted: (string | null)[] = [];
  let nowMs = START_MS;
  const ports: WebAuthPorts = {
    database: h.database,
    limiter: OPEN_LIMITER,
    strangers: { note: async (address) => void noted.push(address) },
    log: { write: (level, event, fields) => void logged.push({ level, event, ...fields }) },
    nowMs: h.account.nowMs,
    random: h.account.random,
    adminToken: OPERATOR_TOKEN,
    sessionSecret: null,
    oidc: null,
    ...change,
  };
  return {
    h,
    web: new WebAuth(ports),
    logged,
    noted,
    another: (more = {}) => new WebAuth({ ...ports, ...more }),
    pass(ms) {
      nowMs += ms;
      h.setNow(nowMs);
    },
    close: () => h.close(),
  };
}

/** The viewer and the cookie of a sign-in that must have worked. */
export function signedIn(result: SignInResult): { viewer: Viewer; value: string; header: string } {
  if (result.kind !== 'signed-in') throw new Error(`nobody was signed in: ${result.kind}`);
  return { viewer: result.viewer, value: result.cookie.value, header: setCookieHeader(result.cookie) };
}
