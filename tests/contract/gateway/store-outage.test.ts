/** With the database away the process lives and says so, and lets nothing through unmetered. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mintToken } from '@/lib/domain/token';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeMounts, useRig } from '@/tests/support/mounts';

describeMounts('a database that fails', (mount) => {
  const variables: Record<string, string> = {};
  let database: Server;
  let asked = 0;
  beforeAll(async () => {
    database = createServer((_request, response) => {
      asked += 1;
      response.writeHead(500).end('no');
    });
    await new Promise<void>((resolve) => database.listen(0, '127.0.0.1', resolve));
    variables['TURSO_DATABASE_URL'] = `http://127.0.0.1:${(database.address() as AddressInfo).port}`;
  });
  afterAll(() => void database.close());
  const rig = useRig(mount, { variables });

  it.each(['/health', '/api/health'])('%s is answered without touching the store', async (path) => {
    const before = asked;
    const answer = await rig.send({ path });
    expect([answer.status, answer.json()]).toEqual([200, { status: 'ok' }]);
    expect(asked).toBe(before);
  });

  it('/status says that the database is away, and names no address', async () => {
    const answer = await rig.send({ path: '/status' });
    expect(answer.json()).toMatchObject({
      status: 'degraded',
      database: { name: 'database', reachable: false },
    });
    expect(answer.text).not.toContain('127.0.0.1');
    expect(asked).toBeGreaterThan(0);
  });

  it('a call is refused natively, to be tried again soon, and nothing goes upstream', async () => {
    const token = mintToken((bytes) => crypto.getRandomValues(new Uint8Array(bytes)));
    const answer = await rig.ask({ token });
    expect([answer.status, answer.json()['error']]).toEqual([
      503,
      { type: 'api_error', message: 'The gateway cannot reach its database right now.' },
    ]);
    expect(answer.headers).toMatchObject({ 'x-should-retry': 'true', 'retry-after': '1' });
    expect(rig.anthropic.requests.filter(({ path }) => path.startsWith('/v1/'))).toEqual([]);
  });
});
