/** The usage report over HTTP: the caller's own, anybody's for the operator, in the shape that the document promises. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createUser } from '@/lib/account/create-user';
import { reportView } from '@/lib/account/report-views';
import { answerOf, VIEWS } from '@/lib/api/answers';
import { openManagement, type Management } from './management-harness';

let m: Management;
beforeAll(async () => {
  m = await openManagement();
  await createUser(m.h.account, { id: 'acme', plan: 'pro' });
});
afterAll(() => m.h.close());

it('a caller gets his own, whoever he names', async () => {
  const { status, json } = await m.send(
    'GET',
    '/api/user/usage/report?range=7d&time_zone=Asia/Tokyo&user=acme',
    {
      token: m.gatewayToken,
    },
  );
  expect(status).toBe(200);
  const report = reportView.parse(json);
  expect([report.user, report.plan, report.time_zone]).toEqual(['caller', 'starter', 'Asia/Tokyo']);
  expect(report.days).toHaveLength(7);
});

it('an operator gets anybody’s', async () => {
  const { json } = await m.send('GET', '/api/admin/users/acme/usage/report?from=2026-11-20&to=2026-11-21');
  expect(reportView.parse(json)).toMatchObject({ user: 'acme', plan: 'pro', range: 'custom' });
});

it('says which field makes no range, and that there is no such customer', async () => {
  expect(await m.send('GET', '/api/admin/users/acme/usage/report?from=2026-11-22')).toMatchObject({
    status: 400,
    json: { error: { code: 'body_invalid', fields: [{ field: 'from' }] } },
  });
  expect((await m.send('GET', '/api/admin/users/nobody/usage/report')).status).toBe(404);
  expect((await m.send('GET', '/api/user/usage/report', { token: null })).status).toBe(401);
});

it('is in the document under its name', () => {
  for (const path of ['/api/user/usage/report', '/api/admin/users/{user}/usage/report'])
    expect(VIEWS[answerOf({ method: 'GET', path }) ?? 'Error']).toBe(reportView);
});
