/** What the customer is told of its usage agrees with the rows, with the headers and with the price list. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createPriceBook } from '@/lib/domain/price-table';
import { rateParts } from '@/lib/domain/price';
import { CATALOGUE } from '@/lib/providers/registry';
import { anthropicMessages } from '@/lib/wire/anthropic-messages/format';
import type { WireCall } from '@/lib/wire/format';
import { answerTo, eventsOf } from '@/tests/support/anthropic-messages';
import { reporting } from '@/tests/support/gateway-calls';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { describeMounts, SMALL_CALL, useRig } from '@/tests/support/mounts';
import { createStepper } from '@/tests/support/upstream-answer';

const COUNTS = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'counted_tokens',
  'cost_nano_usd',
] as const;

const CACHE = {
  cache_read_input_tokens: 1_000,
  cache_creation_input_tokens: 300,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
};

/** Model, usage reported, cost in nano-USD worked out by hand from the public price list. */
const PRICED: readonly (readonly [string, ReturnType<typeof reporting>, number])[] = [
  // 21 × 2,000 + 9 × 10,000
  ['claude-sonnet-5-5', reporting(21, 9), 132_000],
  // + 1,000 read × 100 + 100 five-minute writes × 2,500 + 200 one-hour writes × 4,000
  ['claude-sonnet-5-5', reporting(21, 9, CACHE), 1_282_000],
  // + 2 searches × $0.01
  ['claude-sonnet-5-5', reporting(21, 9, { server_tool_use: { web_search_requests: 2 } }), 20_132_000],
  // 1,000 × 3,000 + 100 × 15,000
  ['claude-sonnet-4-5', reporting(1_000, 100), 4_500_000],
  ['claude-sonnet-4-5-20250929', reporting(1_000, 100), 4_500_000],
  // 1,000 × 4,000 + 100 × 20,000 + 10,000 read × 200
  ['claude-opus-5-5', reporting(1_000, 100, { cache_read_input_tokens: 10_000 }), 8_000_000],
  // 3 × 100 + 1 × 500
  ['claude-haiku-5-5', reporting(3, 1), 800],
  // Over 100,000 prompt tokens the whole call is dearer: 100,001 × 500 + 100 × 2,500.
  ['claude-haiku-5-5', reporting(100_001, 100), 50_250_500],
  ['claude-haiku-5-5', reporting(100_000, 100), 10_050_000],
  ['claude-sonnet-5-5', reporting(0, 0), 0],
];

const book = createPriceBook([], (id) => CATALOGUE.find(id)?.entry.id ?? null);

/** Rates a row again from nothing but what it keeps. */
function rateAgain(row: Row): ReturnType<typeof rateParts> {
  const model = String(row['model']);
  const raw = row['usage_raw'] as Readonly<Record<string, unknown>>;
  const stream = row['stream'] === true;
  const contentType = stream ? 'text/event-stream' : 'application/json';
  const reader = anthropicMessages.usageReader({ model, stream } as WireCall, {
    status: 200,
    contentType,
    headers: new Headers(),
  });
  const start = { type: 'message_start', message: { model, usage: raw['message_start'] } };
  const delta = { type: 'message_delta', delta: {}, usage: raw['message_delta'] };
  const sse = [start, delta, { type: 'message_stop' }]
    .map((event) => `data: ${JSON.stringify(event)}\n\n`)
    .join('');
  reader.push(Buffer.from(stream ? sse : JSON.stringify({ model, usage: raw })));
  return rateParts(book, model, reader.read().parts, Date.parse(String(row['started_at'])));
}

describeMounts('usage', (mount) => {
  const rig = useRig(mount);
  const rowOf = (headers: Readonly<Record<string, string>>) =>
    rig.gateway.settledRow(headers['x-request-id'] ?? '');

  describe('prices', () => {
    let customer: Customer;
    beforeAll(async () => {
      customer = await rig.gateway.customer({ plan: {} });
    });

    it.each(PRICED)(
      '%s: the row costs what the price list says, and rates again to the same nano-dollar',
      async (model, behaviour, cost) => {
        rig.anthropic.script(behaviour);
        const row = await rowOf((await rig.ask({ token: customer.token, call: { model } })).headers);
        expect([row['cost_nano_usd'], row['grade']]).toEqual([cost, 'exact']);
        expect(rateAgain(row)).toEqual({
          costNanoUsd: cost,
          complete: true,
          priceVersion: row['price_version'],
        });
        expect(row['price_version']).toMatch(/^table\/claude-[\w-]+@\d{4}-\d\d-\d\d$/);
      },
    );

    it('a stream costs the same as the whole answer, and rates again alike', async () => {
      const message = answerTo(SMALL_CALL, 'msg_1', { ...CACHE, input_tokens: 21, output_tokens: 9 });
      rig.anthropic.script({ body: eventsOf(message), headers: { 'content-type': 'text/event-stream' } });
      const row = await rowOf((await rig.ask({ token: customer.token, call: { stream: true } })).headers);
      expect(row['cost_nano_usd']).toBe(1_282_000);
      expect(rateAgain(row)).toMatchObject({ costNanoUsd: 1_282_000, priceVersion: row['price_version'] });
    });
  });

  it('GET /api/user/usage is the sum of the rows, by day and by model', async () => {
    const customer = await rig.gateway.customer({
      plan: { monthly_tokens: 1_000_000, monthly_cost_cents: 5_000 },
    });
    const rows: Row[] = [];
    for (const [model, behaviour] of PRICED) {
      rig.anthropic.script(behaviour);
      rows.push(await rowOf((await rig.ask({ token: customer.token, call: { model } })).headers));
    }
    rig.anthropic.script({ status: 400 });
    rows.push(await rowOf((await rig.ask({ token: customer.token })).headers));
    rows.push(await rowOf((await rig.ask({ token: customer.token, call: { model: 'gpt-4o' } })).headers));

    const sumOf = (some: readonly Row[]) =>
      Object.fromEntries(
        COUNTS.map((name) => [name, some.reduce((total, row) => total + Number(row[name] ?? 0), 0)]),
      );
    const usage = await rig.usage(customer.token);
    const total = sumOf(rows);
    expect(usage).toMatchObject({ user: customer.user, plan: customer.plan });
    expect(usage.month.tokens).toEqual({
      limit: 1_000_000,
      used: total['counted_tokens'],
      held: 0,
      remaining: 1_000_000 - (total['counted_tokens'] ?? 0),
    });
    expect(usage.month.cost).toEqual({
      limit_nano_usd: 50_000_000_000,
      used_nano_usd: total['cost_nano_usd'],
      held_nano_usd: 0,
      remaining_nano_usd: 50_000_000_000 - (total['cost_nano_usd'] ?? 0),
    });
    const figuresOf = (lines: readonly Row[]) => lines.map((line) => sumOf([line]));
    const days = [...new Set(rows.map((row) => String(row['started_at']).slice(0, 10)))].toSorted();
    expect(usage.days.map(({ day }) => day)).toEqual(days);
    expect(sumOf(usage.days)).toEqual(total);
    expect(figuresOf(usage.days)).toEqual(
      days.map((day) => sumOf(rows.filter((row) => String(row['started_at']).startsWith(day)))),
    );
    for (const model of ['claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-opus-5-5']) {
      const line = usage.models.find((one) => one['model'] === model) ?? {};
      expect(sumOf([line])).toEqual(sumOf(rows.filter((row) => row['model'] === model)));
    }
    expect(sumOf(usage.models)).toEqual(total);
  });

  it('a running call is held at its worst case and released when it ends', async () => {
    const customer = await rig.gateway.customer({
      plan: { monthly_tokens: 10_000, monthly_cost_cents: 100 },
    });
    const stepper = createStepper();
    const message = answerTo(SMALL_CALL, 'msg_1', { input_tokens: 21, output_tokens: 9 });
    rig.anthropic.script({
      body: eventsOf(message),
      stepper,
      headers: { 'content-type': 'text/event-stream' },
    });
    const opening = rig.openAsk({ token: customer.token, call: { stream: true, max_tokens: 1_000 } });
    await stepper.step();
    const answer = await opening;
    const running = await rig.usage(customer.token);
    const row = (await rig.gateway.admin('GET', `/api/admin/requests/${answer.headers['x-request-id']}`))
      .body;
    expect([row['ending'], row['cost_nano_usd']]).toEqual([null, null]);
    expect(running.month.tokens).toMatchObject({ used: 0, held: row['hold_tokens'] });
    expect(running.month.cost).toMatchObject({ used_nano_usd: 0, held_nano_usd: row['hold_nano_usd'] });
    expect(running.month.tokens.held).toBeGreaterThan(1_000);
    // 1,000 output tokens at $10 per million, and the prompt on top.
    expect(running.month.cost.held_nano_usd).toBeGreaterThan(10_000_000);
    expect(answer.headers['x-tollgate-remaining-tokens']).toBe(String(running.month.tokens.remaining));
    expect(nanoUsd(answer.headers)).toBe(Math.trunc(running.month.cost.remaining_nano_usd / 1_000));

    stepper.runOn();
    await answer.rest();
    await rowOf(answer.headers);
    const after = await rig.usage(customer.token);
    expect(after.month.tokens).toMatchObject({ used: 30, held: 0, remaining: 9_970 });
    expect(after.month.cost).toMatchObject({ used_nano_usd: 132_000, held_nano_usd: 0 });
  });

  it('the headers of a free call tell the same as /api/user/usage', async () => {
    const customer = await rig.gateway.customer({
      plan: { monthly_tokens: 10_000, monthly_cost_cents: 100 },
    });
    rig.anthropic.script(reporting(21, 9));
    await rowOf((await rig.ask({ token: customer.token })).headers);
    rig.anthropic.script();
    const usage = await rig.usage(customer.token);
    expect([usage.month.tokens.remaining, usage.month.cost.remaining_nano_usd]).toEqual([9_970, 999_868_000]);
    for (const path of ['/v1/messages/count_tokens', '/v1/models']) {
      const method = path === '/v1/models' ? 'GET' : 'POST';
      const { status, headers } =
        method === 'POST'
          ? await rig.ask({ token: customer.token, path })
          : await rig.send({ path, headers: { 'x-api-key': customer.token } });
      expect([status, headers]).toMatchObject([
        200,
        { 'x-tollgate-remaining-tokens': '9970', 'x-tollgate-remaining-usd': '0.999868' },
      ]);
    }
  });

  it('cache reads count against the token cap only where the plan says so', async () => {
    for (const [count_cache_reads, counted] of [
      [false, 330],
      [true, 1_330],
    ] as const) {
      const customer = await rig.gateway.customer({ plan: { monthly_tokens: 100_000, count_cache_reads } });
      rig.anthropic.script(reporting(21, 9, CACHE));
      const row = await rowOf((await rig.ask({ token: customer.token })).headers);
      expect(row).toMatchObject({ counted_tokens: counted, cost_nano_usd: 1_282_000 });
      expect((await rig.usage(customer.token)).month.tokens.used).toBe(counted);
    }
  });

  it('the minute shows what is left of requests and tokens, settled to the real count', async () => {
    const customer = await rig.gateway.customer({ plan: { rate_limit_rpm: 50, rate_limit_tpm: 60_000_000 } });
    rig.anthropic.script(reporting(30_000_000, 9));
    const answer = await rig.ask({ token: customer.token });
    await rowOf(answer.headers);
    expect(answer.headers['anthropic-ratelimit-requests-remaining']).toBe('49');
    const { minute } = await rig.usage(customer.token);
    expect([minute.requests.limit, minute.tokens.limit]).toEqual([50, 60_000_000]);
    expect([49, 50]).toContain(minute.requests.remaining);
    // A million tokens come back each second; what was estimated at a few hundred is settled to thirty million.
    expect(minute.tokens.remaining).toBeGreaterThanOrEqual(60_000_000 - 30_000_009);
    expect(minute.tokens.remaining).toBeLessThan(60_000_000);
    expect(Date.parse(minute.requests.resets_at) % 60_000).toBe(0);
  });
});

/** Whole micro-dollars of the remaining header, in nano-USD per thousand. */
function nanoUsd(headers: Readonly<Record<string, string>>): number {
  return Math.round(Number(headers['x-tollgate-remaining-usd']) * 1_000_000);
}
