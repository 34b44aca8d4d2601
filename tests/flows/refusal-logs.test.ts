/** Refusals that leave no row, because nobody knows the caller or serves the path, stand in the log as they were sent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIALECTS } from '@/tests/support/dialects';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import { keepLog, type KeptLine } from '@/tests/support/kept-log';
import { type RawRequest, send } from '@/tests/support/raw-http';

const FOREIGN = 'sk-somebody-elses-key';

const log = keepLog();
let gateway: InProcessGateway;
beforeAll(async () => {
  // With an address the watch over strangers would slow down answers to so many bad keys.
  gateway = await startGateway({ TOLLGATE_TRUST_PROXY: '1' }, { log });
});
afterAll(() => gateway.stop());

/** The one line about a request, and that it names no secret. */
async function lineOf(request: RawRequest) {
  const { status, headers } = await send(gateway.url, request);
  const lines = log.lines.filter(({ fields }) => fields['id'] === headers['x-request-id']);
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain(FOREIGN);
  const [line] = lines;
  const fields: KeptLine['fields'] = line?.fields ?? {};
  return {
    status,
    line: { event: line?.event, level: line?.level, status: fields['status'], error: fields['error'] },
  };
}

describe.each(DIALECTS.map((dialect) => [dialect.name, dialect] as const))('%s', (_name, dialect) => {
  it('a key that is no token', async () => {
    const { status, line } = await lineOf(dialect.call({ token: FOREIGN }));
    expect(line).toEqual({ event: 'request', level: 'warn', status, error: 'unauthenticated' });
  });

  it('a revoked token', async () => {
    const { token, tokenId } = await gateway.customer();
    await gateway.admin('POST', `/api/admin/tokens/${tokenId}/revoke`);
    const { status, line } = await lineOf(dialect.call({ token }));
    expect(line).toEqual({ event: 'request', level: 'warn', status, error: 'token_revoked' });
  });

  it('a suspended customer', async () => {
    const { token, user } = await gateway.customer();
    await gateway.admin('POST', `/api/admin/users/${user}/suspend`);
    const { status, line } = await lineOf(dialect.call({ token }));
    expect(line).toMatchObject({ event: 'request', status, error: 'forbidden' });
  });

  it('a path nobody serves', async () => {
    for (const path of dialect.strayPaths) {
      const { status, line } = await lineOf({ ...dialect.call({ token: FOREIGN }), path });
      expect(line).toEqual({ event: 'request', level: 'warn', status, error: 'route_unknown' });
    }
  });
});
