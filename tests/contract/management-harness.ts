/** The management API on a database of its own, with one customer, and a way to ask it. */
import { expect } from 'vitest';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { answerOf, errorView, VIEWS } from '@/lib/api/answers';
import { createManagementApi, type ManagementDeps } from '@/lib/api/management';
import { matchRoute } from '@/lib/api/route-match';
import { GatewayError } from '@/lib/domain/errors';
import type { RequestContext } from '@/lib/gateway/ports';
import { NOTHING_CONFIGURED } from '../support/operator';
import { openHarness, principalOf, type Harness } from '../db/account/harness';

export const ADMIN = 'admin-token-of-the-operator';
export const CRON = 'cron-secret-of-the-operator';
export const CALLER: RequestContext = { clientAddress: '192.0.2.1', background: () => undefined };

type Json = Record<string, unknown>;

interface Sent {
  /** Bearer token, the operator's when left out; `null` sends none. */
  readonly token?: string | null;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly deps?: Partial<ManagementDeps>;
}

interface Answer {
  readonly status: number;
  readonly json: Json;
  readonly headers: Headers;
  /** `error` of the answer, empty where there is none. */
  readonly error: Json;
}

export interface Management {
  readonly h: Harness;
  /** A token of the customer `caller`. */
  readonly gatewayToken: string;
  /** Callers refused since `reset`. */
  readonly refused: RequestContext[];
  readonly logged: { level: string; event: string; fields: Readonly<Json> }[];
  reset(): void;
  deps(change?: Partial<ManagementDeps>): ManagementDeps;
  /** Asks, and checks what every answer must carry. */
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
}

export async function openManagement(): Promise<Management> {
  const h = await openHarness();
  await createUser(h.account, { id: 'caller', plan: 'starter' });
  const { token: gatewayToken } = await createToken(h.account, { user: 'caller', name: 'caller' });
  const refused: Management['refused'] = [];
  const logged: Management['logged'] = [];

  const deps = (change: Partial<ManagementDeps> = {}): ManagementDeps => ({
    account: h.account,
    adminToken: ADMIN,
    cronSecret: CRON,
    limiter: { peek: async () => null },
    upgrades: { upgradeUrl: null, seller: null },
    isDeadOwner: () => false,
    origin: (headers) => `https://${headers.get('host') ?? 'gateway.test'}`,
    operator: NOTHING_CONFIGURED,
    authenticate: async (request) => {
      const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
      const identity = await h.store.findIdentity(principalOf(token));
      if (identity !== null) return identity;
      throw new GatewayError('unauthenticated', 'The gateway token is not known here.');
    },
    onUnauthorized: (context) => void refused.push(context),
    log: { write: (level, event, fields) => logged.push({ level, event, fields }) },
    ...change,
  });

  async function send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { token = ADMIN, body, headers } = sent;
    const bearer: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const init: RequestInit = { method, headers: { ...bearer, ...headers } };
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body);
    const request = new Request(`https://gateway.test${path}`, init);
    const response = await createManagementApi(deps(sent.deps))(request, CALLER);
    const json = (await response.json()) as Json;
    expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-z]{26}$/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expectDocumented(method, path, response.status, json);
    return { status: response.status, json, headers: response.headers, error: (json['error'] ?? {}) as Json };
  }

  const reset = (): void => {
    refused.length = 0;
    logged.length = 0;
  };
  return { h, gatewayToken, refused, logged, reset, deps, send };
}

/** Holds an answer against the schema that the API's document has for it: nothing more, nothing less. */
function expectDocumented(method: string, path: string, status: number, json: unknown): void {
  if (status >= 400) return void errorView.parse(json);
  const { route } = matchRoute(method, path.split('?')[0] ?? '');
  const name = answerOf(route);
  if (name === undefined) throw new Error(`${method} ${route.path} has no documented answer`);
  expect(VIEWS[name].parse(json)).toEqual(json);
}
