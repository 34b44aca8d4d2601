/** The management API's refusals: who gets in, what is not there, what cannot be read, what fails. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MOST_BODY_BYTES } from '@/lib/api/body';
import { createManagementApi } from '@/lib/api/management';
import { ROUTES, type ManagementRoute } from '@/lib/api/routes';
import { openHarness } from '../db/account/harness';
import { ADMIN, CALLER, CRON, openManagement, type Management } from './management-harness';

let m: Management;
beforeAll(async () => {
  m = await openManagement();
});
afterAll(() => m.h.close());
beforeEach(() => m.reset());

const pathOf = (route: ManagementRoute): string => route.path.replace(/\{\w+\}/g, 'caller');
const secretOf = { admin: 'TOLLGATE_ADMIN_TOKEN', cron: 'CRON_SECRET' };
const operatorRoutes = ROUTES.filter((route) => route.guard !== 'user').map(
  (route) => [route.method, route.path, route] as const,
);

describe('who gets in', () => {
  it.each(ROUTES.map((route) => [route.method, route.path, route] as const))(
    '%s %s: nobody without the right secret',
    async (_m, _p, route) => {
      const wrong = [
        null,
        'wrong',
        '',
        ADMIN.slice(0, -1),
        `${ADMIN}x`,
        ADMIN.toUpperCase(),
        `tg_1${'0'.repeat(49)}`,
      ];
      const others =
        route.guard === 'user' ? [ADMIN, CRON] : [m.gatewayToken, route.guard === 'admin' ? CRON : ADMIN];
      for (const token of [...wrong, ...others]) {
        const { status, error, headers, json } = await m.send(route.method, pathOf(route), { token });
        expect([token, status]).toEqual([token, 401]);
        expect(error).toMatchObject({ code: 'unauthenticated', request_id: headers.get('x-request-id') });
        expect(headers.get('www-authenticate')).toBe('Bearer realm="tollgate"');
        expect(JSON.stringify(json)).not.toContain(ADMIN);
      }
      expect(m.refused).toEqual(route.guard === 'user' ? [] : [...wrong, ...others].map(() => CALLER));
      expect(JSON.stringify(m.logged)).not.toContain(m.gatewayToken);
    },
  );

  it.each(operatorRoutes)(
    '%s %s: only a bearer header counts, not another scheme, header, query or cookie',
    async (method, _p, route) => {
      const secret = route.guard === 'admin' ? ADMIN : CRON;
      for (const headers of [
        { authorization: `Basic ${secret}` },
        { authorization: secret },
        { 'x-api-key': secret },
        { cookie: `token=${secret}` },
      ]) {
        expect(
          (await m.send(method, `${pathOf(route)}?token=${secret}`, { token: null, headers })).status,
        ).toBe(401);
      }
    },
  );

  it.each(operatorRoutes)(
    '%s %s: closed, and says why, while the secret is not set',
    async (method, _p, route) => {
      for (const secret of [null, '']) {
        for (const token of [null, '', ADMIN, CRON]) {
          const { status, error } = await m.send(method, pathOf(route), {
            token,
            deps: { adminToken: secret, cronSecret: secret },
          });
          expect(status).toBe(503);
          expect(error['message']).toContain(secretOf[route.guard === 'admin' ? 'admin' : 'cron']);
          expect(error['code']).toBe('not_configured');
        }
      }
    },
  );

  it('the scheme is read in any case', async () => {
    expect(
      (
        await m.send('GET', '/api/admin/plans', {
          token: null,
          headers: { authorization: `bearer ${ADMIN}` },
        })
      ).status,
    ).toBe(200);
  });
});

describe('what is not there', () => {
  it.each([
    '/api/admin',
    '/api/admin/nothing',
    '/api/admin/users/a/b/c',
    '/api/admin/users//usage',
    '/api/admin/users/%E0%A4%A',
    '/',
  ])('%s is 404', async (path) => {
    expect(await m.send('GET', path)).toMatchObject({ status: 404, error: { code: 'route_unknown' } });
  });

  it('a wrong method is 405 with the right ones named', async () => {
    const { status, headers, error } = await m.send('DELETE', '/api/admin/users/caller');
    expect([status, headers.get('allow'), error['code']]).toEqual([405, 'GET, PATCH', 'method_not_allowed']);
    expect((await m.send('PUT', '/api/cron/sweep')).headers.get('allow')).toBe('GET, POST');
  });

  it.each([
    ['GET', '/api/admin/users/nope'],
    ['PATCH', '/api/admin/users/nope', { name: 'x' }],
    ['POST', '/api/admin/users/nope/suspend'],
    ['POST', '/api/admin/users/nope/resume'],
    ['GET', '/api/admin/users/nope/usage'],
    ['POST', '/api/admin/tokens', { user: 'nope', name: 'x' }],
    ['GET', '/api/admin/tokens?user=nope'],
    ['GET', '/api/admin/tokens/nope'],
    ['PATCH', '/api/admin/tokens/nope', { name: 'x' }],
    ['DELETE', '/api/admin/tokens/nope'],
    ['POST', '/api/admin/tokens/nope/rotate'],
    ['POST', '/api/admin/tokens/nope/revoke'],
    ['GET', '/api/admin/plans/nope'],
    ['PATCH', '/api/admin/plans/nope', { rate_limit_rpm: 1 }],
    ['GET', '/api/admin/requests/nope'],
    ['DELETE', '/api/admin/prices?model=nope&effective_from=2026-01-01'],
  ])('%s %s is 404 and names it', async (method, path, body?: object) => {
    const { status, error } = await m.send(method, path, { body });
    expect([status, error['code']]).toEqual([404, 'not_found']);
    expect(error['message']).toContain('nope');
  });
});

describe('what cannot be read', () => {
  it.each([
    ['no JSON', '{"id":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a string', '"x"'],
  ])('a body that is %s is 400', async (_, body) => {
    expect(await m.send('POST', '/api/admin/users', { body })).toMatchObject({
      status: 400,
      error: { code: 'body_invalid' },
    });
  });

  it('a body over the limit is 413, said or streamed', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(MOST_BODY_BYTES) });
    expect((await m.send('POST', '/api/admin/users', { body })).status).toBe(413);
    expect(
      (await m.send('POST', '/api/admin/users', { body: '{}', headers: { 'content-length': '9999999' } }))
        .status,
    ).toBe(413);
  });

  it('a compressed body is 415, and bytes that are no UTF-8 are 400', async () => {
    expect(
      (await m.send('POST', '/api/admin/users', { body: '{}', headers: { 'content-encoding': 'gzip' } }))
        .status,
    ).toBe(415);
    const request = new Request('https://gateway.test/api/admin/users', {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN}` },
      body: new Uint8Array([0x7b, 0xff, 0x7d]),
    });
    expect((await createManagementApi(m.deps())(request, CALLER)).status).toBe(400);
  });

  it('every wrong field is named, also unknown ones', async () => {
    const { status, error } = await m.send('POST', '/api/admin/plans', {
      body: { plan: 'p', rate_limit_rpm: 0, colour: 'red' },
    });
    expect(status).toBe(400);
    expect((error['fields'] as { field: string }[]).map(({ field }) => field).toSorted()).toEqual([
      'colour',
      'monthly_cost_cents',
      'monthly_tokens',
      'rate_limit_rpm',
      'rate_limit_tpm',
    ]);
    expect(error['message']).toContain('monthly_tokens: is required');
    const prototype = await m.send('POST', '/api/admin/users', {
      body: '{"plan":"pro","__proto__":{"suspended":true}}',
    });
    expect(prototype.status).toBe(400);
  });

  it.each(['/api/admin/users', '/api/admin/tokens', '/api/admin/requests', '/api/admin/usage'])(
    '%s refuses bad paging',
    async (path) => {
      for (const query of ['limit=0', 'limit=201', 'limit=x', 'cursor=zzz', 'cursor=', 'usr=typo']) {
        expect(await m.send('GET', `${path}?${query}`)).toMatchObject({
          status: 400,
          error: { fields: [{ field: query.split('=')[0] }] },
        });
      }
    },
  );
});

describe('when something fails', () => {
  it('a closed database is 503 and retryable, a fault of ours is 500; neither tells more than the request id', async () => {
    const broken = await openHarness();
    broken.close();
    const down = await m.send('GET', '/api/admin/users', { deps: { account: broken.account } });
    expect([down.status, down.error['code'], down.headers.get('retry-after')]).toEqual([
      503,
      'store_unavailable',
      '1',
    ]);
    const fault = () => {
      throw new Error('the secret reason');
    };
    const ours = await m.send('GET', '/api/admin/users', {
      deps: { account: { ...m.h.account, database: new Proxy(m.h.database, { get: fault }) } },
    });
    expect([ours.status, ours.error['code']]).toEqual([500, 'internal']);
    expect(JSON.stringify(ours.json)).not.toContain('secret reason');
    expect(m.logged.map(({ event, fields }) => [event, fields['code']])).toEqual([
      ['management_failed', 'store_unavailable'],
      ['management_failed', 'internal'],
    ]);
    expect(m.logged[1]?.fields['reason']).toBe('the secret reason');
  });
});
