/** Starts a whole gateway in this process on a free port: its own database file, the self-hosted mount, no pages. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createPlan } from '@/lib/account/create-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { startNodeMount } from '@/lib/adapters/node-mount';
import { readEnv } from '@/lib/env';
import { type TollgateServer, createServer } from '@/lib/server';

export const ADMIN_TOKEN = 'admin-token-for-tests-only';
export const CRON_SECRET = 'cron-secret-for-tests-only';
export const JWT_SECRET = 'a-jwt-secret-for-tests-only-of-32-chars';

export interface TestGateway {
  readonly url: string;
  readonly server: TollgateServer;
  readonly databaseFile: string;
  /** Makes a customer on a plan (created first when given as an object) and a token for it. */
  customer(options?: CustomerOptions): Promise<{ user: string; token: string; tokenId: string }>;
  /** The row of a request, once it is settled. */
  settledRow(requestId: string): Promise<Record<string, unknown>>;
  /** Management API call; returns status and parsed body. */
  admin(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  stop(): Promise<void>;
}

export interface CustomerOptions {
  readonly user?: string;
  readonly plan?: string | Record<string, unknown>;
  readonly token?: Record<string, unknown>;
}

let customers = 0;

/** How long a row may take to settle before a test counts as failed. */
const SETTLE_DEADLINE_MS = 10_000;

export async function startGateway(variables: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-'));
  const databaseFile = path.join(folder, 'tollgate.db');
  const env = readEnv({
    TURSO_DATABASE_URL: `file:${databaseFile}`,
    TOLLGATE_ADMIN_TOKEN: ADMIN_TOKEN,
    CRON_SECRET,
    TOLLGATE_LOG_LEVEL: 'silent',
    ...variables,
  });
  const server = await createServer(env);
  const mount = await startNodeMount(server, (_request, response) => Promise.resolve(void response.writeHead(404).end()), 0, '127.0.0.1');
  const url = `http://127.0.0.1:${mount.port}`;

  async function admin(method: string, place: string, body?: unknown) {
    const response = await fetch(url + place, {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  return {
    url,
    server,
    databaseFile,
    admin,
    async customer(options = {}) {
      const user = options.user ?? `customer-${(customers += 1)}`;
      let plan = typeof options.plan === 'string' ? options.plan : 'business';
      if (typeof options.plan === 'object') {
        plan = `plan-${user}`;
        const limits = { monthly_tokens: null, monthly_cost_cents: null, rate_limit_rpm: 10_000, rate_limit_tpm: 100_000_000 };
        await createPlan(server.account, { plan, ...limits, ...options.plan });
      }
      await createUser(server.account, { id: user, plan });
      const token = await createToken(server.account, { user, name: 'test', ...options.token });
      return { user, token: token.token, tokenId: token.id };
    },
    async settledRow(requestId) {
      const untilMs = Date.now() + SETTLE_DEADLINE_MS;
      for (;;) {
        const { status, body } = await admin('GET', `/api/admin/requests/${requestId}`);
        if (status === 200 && body['ending'] !== null) return body;
        if (Date.now() > untilMs) throw new Error(`request ${requestId} did not settle: ${JSON.stringify(body)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async stop() {
      await mount.stop(0);
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
