/** The program of a child gateway: the self-hosted server without its pages, started and stopped as `scripts/serve.ts` does. */
import { startNodeMount } from '@/lib/adapters/node-mount';
import { readEnv } from '@/lib/env';
import { createServer } from '@/lib/server';

const env = readEnv();
const server = await createServer(env);
await server.sweep();
const mount = await startNodeMount(
  server,
  (_request, response) => Promise.resolve(void response.writeHead(404).end()),
  0,
  '127.0.0.1',
);

process.on('SIGTERM', () => {
  void (async () => {
    await mount.stop(env.drainMs);
    await server.close();
    process.exit(0);
  })();
});
process.send?.({ port: mount.port });
