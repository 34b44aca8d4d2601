/** The operator's lists over HTTP: every answer in its documented shape, and nobody else's. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CRON, openManagement, type Management } from './management-harness';
import { START_MS } from '../db/account/harness';
import { writeCalls } from '../db/account/operator-figures';

let m: Management;
beforeAll(async () => {
  m = await openManagement();
  await writeCalls(m.h, [
    { user: 'caller', at: START_MS, nanoUsd: 2_000_000_000, firstByteMs: 40 },
    { user: 'caller', at: START_MS, nanoUsd: null, grade: 'unpriced', model: 'mystery' },
    { user: 'caller', at: START_MS, nanoUsd: 0, ending: 'refused', error: 'monthly_cost_used_up' },
  ]);
});
afterAll(() => m.h.close());

/** What each is asked, and something of what it must answer. */
const LISTS: readonly (readonly [path: string, answer: object])[] = [
  ['/overview', { customers: 1, spend_nano_usd: 2_000_000_000, caps: { reached: 1 } }],
  [
    '/customers?sort=cap&search=call',
    { data: [{ user: 'caller', cap: { level: 'reached' } }], has_more: false },
  ],
  [
    '/plans-in-use',
    { data: [{ plan: 'business', customers: 0 }, { plan: 'pro' }, { plan: 'starter', customers: 1 }] },
  ],
  ['/providers?range=7d', { providers: [{ provider: 'anthropic', requests: 2, unpriced: 1 }] }],
  ['/refusals?days=7', { refusals: 1, reasons: [{ reason: 'monthly_cost_used_up' }] }],
  ['/activity?day=2026-11-21', { day: '2026-11-21', findings: [] }],
  ['/price-table?search=claude-sonnet-4-5', { unpriced: [{ model: 'mystery', why: 'called', calls: 1 }] }],
  ['/events', { data: [{ type: 'usage.blocked', user: 'caller', state: 'waiting' }], waiting: 1 }],
];

it.each(LISTS)('%s answers as documented', async (path, answer) => {
  expect(await m.send('GET', `/api/admin${path}`)).toMatchObject({ status: 200, json: answer });
});

it.each(LISTS)('%s is the operator’s alone', async (path) => {
  for (const token of [null, CRON, m.gatewayToken])
    expect((await m.send('GET', `/api/admin${path}`, { token })).status).toBe(401);
});

it('what is asked wrongly is named', async () => {
  for (const path of [
    '/customers?sort=age',
    '/providers?range=1y',
    '/refusals?days=0',
    '/activity?day=x',
    '/events?state=x',
  ])
    expect(await m.send('GET', `/api/admin${path}`)).toMatchObject({
      status: 400,
      error: { code: 'body_invalid' },
    });
});
