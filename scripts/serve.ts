/** Runs the self-hosted server: gateway, pages and sweep in one process. `scripts/start.mjs` builds and bundles it first. */
import next from 'next';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { listUsers } from '@/lib/account/list-users';
import { startNodeMount } from '@/lib/adapters/node-mount';
import { EnvError, readEnv } from '@/lib/env';
import { type TollgateServer, getServer } from '@/lib/server';
import { loadDotenv } from './dotenv';

const say = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  loadDotenv();
  const env = readEnv();
  const server = await getServer();
  await server.sweep();
  const pages = next({ dev: false, dir: process.cwd(), hostname: env.host, port: env.port });
  await pages.prepare();
  const mount = await startNodeMount(server, pages.getRequestHandler(), env.port, env.host);
  await announce(server, `http://localhost:${mount.port}`);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    say(`Draining: running calls may finish within ${env.drainMs} ms.`);
    const cutOff = await mount.stop(env.drainMs);
    await server.close();
    say(
      cutOff === 0 ? 'Drained.' : `Drained; ${cutOff === 1 ? '1 call was' : `${cutOff} calls were`} cut off.`,
    );
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}

/** The first start makes a demo customer, but only for the sandbox: a printed token must never spend real money. */
async function demoToken(server: TollgateServer): Promise<string | null> {
  if (!server.env.sandbox) return null;
  const { data } = await listUsers(server.account, { limit: 1 });
  if (data.length > 0) return null;
  await createUser(server.account, { id: 'demo', plan: 'starter', name: 'Demo customer' });
  return (await createToken(server.account, { user: 'demo', name: 'demo' })).token;
}

async function announce(server: TollgateServer, base: string): Promise<void> {
  const token = await demoToken(server);
  const lines = [`Tollgate is listening on ${base}`, `How to connect agents and SDKs: ${base}/docs/connect`];
  if (server.env.sandbox) lines.push('Sandbox: no provider key is set, so answers are simulated.');
  if (server.env.adminToken === null)
    lines.push(
      'Management API and operator’s pages: off until TOLLGATE_ADMIN_TOKEN is set (the CLI works without it).',
    );
  else lines.push(`Operator’s pages: ${base}/admin (sign in with the admin token)`);
  if (token === null) {
    lines.push(
      'Make a customer:  npm run tollgate -- users create --id <customer> --plan starter',
      'and a token:      npm run tollgate -- tokens create --user <customer> --name <machine>',
    );
  } else {
    lines.push(
      `Demo token (shown once): ${token}`,
      `See what it uses: ${base}/usage (sign in with that token)`,
      'Try it:',
      '',
      `curl ${base}/v1/messages -H "x-api-key: ${token}" -H "anthropic-version: 2023-06-01" -H "content-type: application/json" \\`,
      `  -d '{"model":"claude-sonnet-5","max_tokens":200,"messages":[{"role":"user","content":"Hello, Tollgate"}]}'`,
      '',
    );
  }
  say(lines.join('\n'));
}

function startProblem(error: unknown): string {
  if (error instanceof EnvError) return error.message;
  const { code, stack } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return 'The port is taken: another server is running there. Set PORT to a free one.';
  return stack ?? String(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`${startProblem(error)}
`);
  process.exit(1);
});
