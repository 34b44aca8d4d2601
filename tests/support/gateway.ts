/** Starts a whole gateway in this process on a free port: its own database file, the self-hosted mount, no pages. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startNodeMount } from '@/lib/adapters/node-mount';
import { readEnv } from '@/lib/env';
import type { Ports } from '@/lib/gateway/ports';
import { type TollgateServer, createServer } from '@/lib/server';
import { ADMIN_TOKEN, CRON_SECRET, type GatewayVerbs, gatewayVerbs } from '@/tests/support/gateway-verbs';

export type { CustomerOptions } from '@/tests/support/gateway-verbs';
export const JWT_SECRET = 'a-jwt-secret-for-tests-only-of-32-chars';

/** A running gateway, whichever way it is mounted. */
export interface TestGateway extends GatewayVerbs {
  readonly url: string;
  readonly databaseFile: string;
  stop(): Promise<void>;
}

export interface InProcessGateway extends TestGateway {
  readonly server: TollgateServer;
  readonly http: Server;
}

/** What every test gateway is started with; `variables` of a test go over it. */
export function testVariables(databaseFile: string): Record<string, string> {
  return {
    TURSO_DATABASE_URL: `file:${databaseFile}`,
    TOLLGATE_ADMIN_TOKEN: ADMIN_TOKEN,
    CRON_SECRET,
    TOLLGATE_LOG_LEVEL: 'silent',
  };
}

export async function startGateway(
  variables: Readonly<Record<string, string>> = {},
  overrides: Partial<Ports> = {},
): Promise<InProcessGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-'));
  const databaseFile = path.join(folder, 'tollgate.db');
  const server = await createServer(readEnv({ ...testVariables(databaseFile), ...variables }), overrides);
  const noPage = (_request: unknown, response: { writeHead(status: number): { end(): unknown } }) =>
    Promise.resolve(void response.writeHead(404).end());
  const mount = await startNodeMount(server, noPage, 0, '127.0.0.1');
  const url = `http://127.0.0.1:${mount.port}`;
  return {
    ...gatewayVerbs(url),
    url,
    server,
    http: mount.http,
    databaseFile,
    async stop() {
      await mount.stop(0);
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
