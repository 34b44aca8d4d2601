/** From a real call to the operator's webhook: a cap that comes near is told once, and no sweep waits for who listens. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventBody, type EventBody } from '@/lib/account/present-event';
import { startGateway, type InProcessGateway } from '@/tests/support/gateway';
import { CRON_SECRET } from '@/tests/support/gateway-verbs';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

let gateway: InProcessGateway;
let receiver: Server;
let told: EventBody[];
/** Requests that the receiver lets hang. */
let hanging: ServerResponse[] | null;

beforeAll(async () => {
  told = [];
  hanging = null;
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const verified = new Webhook(SECRET).verify(body, request.headers as Record<string, string>);
      told.push(eventBody.parse(verified));
      if (hanging === null) response.end();
      else hanging.push(response);
    });
  });
  await new Promise<void>((resolve) => void receiver.listen(0, '127.0.0.1', resolve));
  gateway = await startGateway({
    TOLLGATE_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`,
    TOLLGATE_WEBHOOK_SECRET: SECRET,
    TOLLGATE_UPGRADE_URL: 'https://example.com/upgrade',
  });
});
afterAll(async () => {
  await gateway.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

/** Calls with a fresh customer, whose cap is then put where his use is that many per cent of it. */
async function customerAt(percent: number): Promise<string> {
  const { user, plan, token } = await gateway.customer({ plan: { monthly_tokens: 1_000_000 } });
  const call = async () => {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': token, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-sonnet-4-5',
        max_tokens: 64,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    const row = await gateway.settledRow(
      response.headers.get('x-tollgate-request-id') ?? response.headers.get('x-request-id') ?? '',
    );
    return Number(row['counted_tokens']);
  };
  const each = await call();
  // The same call again costs the same: both together are that share of the new cap, which still has room for its hold.
  const { client } = gateway.server.database;
  await client.execute({
    sql: `UPDATE usage_months SET tokens_committed = 1000000 * ?1 / 100 - ?2 WHERE user_id = ?3`,
    args: [percent, each, user],
  });
  await client.execute({ sql: 'DELETE FROM events WHERE user_id = ?', args: [user] });
  expect(plan).toBe(`plan-${user}`);
  await call();
  return user;
}

const tellingOf = (user: string) => told.filter(({ data }) => data.user.id === user);

describe('a call that takes a cap over a threshold', () => {
  it('is told once, by the next sweep, with the customer’s way to more', async () => {
    const user = await customerAt(80);
    await gateway.server.sweep();
    await expect.poll(() => tellingOf(user).length).toBe(1);
    expect(tellingOf(user)[0]).toMatchObject({
      type: 'usage.threshold_reached',
      data: {
        cap: 'tokens',
        threshold: 80,
        percent: 80,
        used: 800_000,
        upgrade_url: `https://example.com/upgrade?user=${user}&plan=plan-${user}`,
      },
    });
    await gateway.server.sweep();
    await gateway.server.sweep();
    expect(tellingOf(user)).toHaveLength(1);
  });

  it('is told by the cron route too', async () => {
    const user = await customerAt(95);
    const headers = { authorization: `Bearer ${CRON_SECRET}` };
    const answer = await fetch(`${gateway.url}/api/cron/sweep`, { headers });
    expect(answer.status).toBe(200);
    await expect.poll(() => tellingOf(user).map(({ data }) => data.threshold)).toEqual([95]);
  });

  it('holds up no sweep and no call while the receiver hangs, and no shutdown either', async () => {
    hanging = [];
    const user = await customerAt(96);
    expect(await gateway.server.sweep()).toMatchObject({ expired: 0 });
    await expect.poll(() => tellingOf(user).length).toBe(1);
    expect(hanging).toHaveLength(1);
    expect(await gateway.server.sweep()).toMatchObject({ expired: 0 });
    expect(tellingOf(user)).toHaveLength(1);
  });
});
