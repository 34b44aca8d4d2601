/** Whatever goes wrong between gateway and provider has its native error, its row, and holds nothing. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAnthropicUpstream, startTlsUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { expectSettledBooks } from '@/tests/support/ledger';
import { callMessages, type MessageOptions, type SocketCall } from '@/tests/support/socket-call';
import type { Upstream } from '@/tests/support/upstream-server';

/** Far below the other's patience, far above what a local answer takes. */
const HEADERS_TIMEOUT_MS = 1_500;
const IDLE_TIMEOUT_MS = 1_500;
/** `message_start`, `content_block_start`, `ping` and some text. */
const SOME_EVENTS = 6;

let upstream: Upstream;
let gateway: InProcessGateway;
let customer: Customer;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  gateway = await startGateway({ ANTHROPIC_UPSTREAM_URL: upstream.url, ANTHROPIC_API_KEY: UPSTREAM_KEY });
  customer = await gateway.customer({ plan: {} });
});
afterEach(() => {
  upstream.script();
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
});

function call(options: MessageOptions = {}): SocketCall {
  return callMessages(gateway.url, customer.token, options);
}

/** The row of a call that is over; proves on the way that nothing of the customer is held. */
async function rowOf(
  made: SocketCall,
  at: InProcessGateway = gateway,
  who: Customer = customer,
): Promise<Row> {
  const row = await at.settledRow((await made.head()).id);
  await expectSettledBooks(at.server.database.client, who.user);
  return row;
}

function jsonOf(made: SocketCall): {
  type: string;
  error: { type: string; message: string };
  request_id: string;
} {
  return JSON.parse(made.text()) as ReturnType<typeof jsonOf>;
}

/** The stream got an error event, and then broke off: no clean end a client could take for success. */
async function expectAbortedStream(made: SocketCall, errorType: string): Promise<void> {
  await made.over();
  expect(made.endedCleanly()).toBe(false);
  const events = made.text().split('\n\n');
  const last = events.findLast((event) => event !== '') ?? '';
  expect(last).toMatch(/^event: error\ndata: /);
  expect(JSON.parse(last.slice(last.indexOf('{')))).toMatchObject({
    type: 'error',
    error: { type: errorType, message: expect.stringContaining('anthropic') },
    request_id: (await made.head()).id,
  });
}

describe('a fault before the answer', () => {
  it('a refused connection is tried three times, then a native 502 that cost nothing', async () => {
    await upstream.refuse();
    const made = call();
    await made.over();
    await upstream.accept();
    expect(await made.head()).toMatchObject({ status: 502, headers: { 'x-should-retry': 'true' } });
    expect(jsonOf(made)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
    expect(await rowOf(made)).toMatchObject({
      ending: 'broken',
      grade: 'exact',
      status: 502,
      error_code: 'upstream_unreachable',
      cost_nano_usd: 0,
      input_tokens: null,
      attempts: 3,
    });
  });

  it('a certificate nobody trusts is a native 502, not tried again, and the request never leaves', async () => {
    const tls = await startTlsUpstream();
    const other = await startGateway({ ANTHROPIC_UPSTREAM_URL: tls.url, ANTHROPIC_API_KEY: UPSTREAM_KEY });
    try {
      const who = await other.customer();
      const made = callMessages(other.url, who.token);
      await made.over();
      expect(await made.head()).toMatchObject({ status: 502 });
      expect(jsonOf(made).error.message).toContain('TLS');
      expect(await rowOf(made, other, who)).toMatchObject({
        ending: 'broken',
        grade: 'exact',
        status: 502,
        error_code: 'upstream_unreachable',
        cost_nano_usd: 0,
        attempts: 1,
      });
      expect(tls.requests).toHaveLength(0);
    } finally {
      await other.stop();
      await tls.stop();
    }
  });

  it('a reset before the head is a native 502 graded floor: the provider may have worked, so no second try', async () => {
    const before = upstream.requests.length;
    upstream.script({ before: 'reset' });
    const made = call();
    await made.over();
    expect(await made.head()).toMatchObject({ status: 502, headers: { 'x-should-retry': 'true' } });
    expect(await rowOf(made)).toMatchObject({
      ending: 'broken',
      grade: 'floor',
      status: 502,
      error_code: 'upstream_broken',
      cost_nano_usd: 0,
      attempts: 1,
    });
    expect(upstream.requests.length - before).toBe(1);
  });
});

describe('a provider that is silent', () => {
  let quick: InProcessGateway;
  let quickCustomer: Customer;
  beforeAll(async () => {
    quick = await startGateway({
      ANTHROPIC_UPSTREAM_URL: upstream.url,
      ANTHROPIC_API_KEY: UPSTREAM_KEY,
      TOLLGATE_HEADERS_TIMEOUT_MS: String(HEADERS_TIMEOUT_MS),
      TOLLGATE_IDLE_TIMEOUT_MS: String(IDLE_TIMEOUT_MS),
    });
    quickCustomer = await quick.customer();
  });
  afterAll(() => quick.stop());

  it('before its head is a native 504, asked once', async () => {
    const before = upstream.requests.length;
    upstream.script({ before: 'hang' });
    const made = callMessages(quick.url, quickCustomer.token);
    await made.over();
    expect(await made.head()).toMatchObject({ status: 504, headers: { 'x-should-retry': 'true' } });
    expect(jsonOf(made).error.type).toBe('timeout_error');
    expect(await rowOf(made, quick, quickCustomer)).toMatchObject({
      ending: 'broken',
      grade: 'floor',
      status: 504,
      error_code: 'upstream_timeout',
      cost_nano_usd: 0,
      attempts: 1,
    });
    expect(upstream.requests.length - before).toBe(1);
  });

  it('in the middle of a stream ends in an error event and an aborted stream, billed as far as it came', async () => {
    upstream.script({ stopAfterEvents: SOME_EVENTS, end: 'silence' });
    const made = callMessages(quick.url, quickCustomer.token, { stream: true });
    await expectAbortedStream(made, 'timeout_error');
    expect(await rowOf(made, quick, quickCustomer)).toMatchObject({
      ending: 'broken',
      grade: 'estimated',
      status: 200,
      error_code: 'upstream_broken',
    });
  });
});

describe('an answer that breaks off', () => {
  it('by a reset in mid-stream: error event, aborted stream, exact input and streamed output on the row', async () => {
    const before = upstream.requests.length;
    let letGo: () => void = () => undefined;
    const hold = new Promise<void>((resolve) => (letGo = resolve));
    const headers = { 'x-should-retry': 'true' };
    upstream.script({ stopAfterEvents: SOME_EVENTS, end: 'reset', hold, headers });
    const made = call({ stream: true });
    await made.until('text_delta');
    letGo();
    await expectAbortedStream(made, 'api_error');
    const row = await rowOf(made);
    expect(row).toMatchObject({
      ending: 'broken',
      grade: 'estimated',
      status: 200,
      error_code: 'upstream_broken',
      attempts: 1,
    });
    const started = /"input_tokens":(\d+)/.exec(made.text())?.[1];
    expect(row['input_tokens']).toBe(Number(started));
    expect(Number(row['output_tokens'])).toBeGreaterThan(0);
    expect(Number(row['cost_nano_usd'])).toBeGreaterThan(0);
    // After the first byte nothing is tried again, whatever the provider's headers said.
    expect(upstream.requests.length - before).toBe(1);
  });

  it('by a clean end without the terminal event: that is no success either', async () => {
    upstream.script({ stopAfterEvents: SOME_EVENTS, end: 'clean' });
    const made = call({ stream: true });
    await expectAbortedStream(made, 'api_error');
    expect(await rowOf(made)).toMatchObject({
      ending: 'broken',
      grade: 'estimated',
      status: 200,
      error_code: 'upstream_broken',
      attempts: 1,
    });
  });

  it('by a reset inside a JSON body: the caller sees a broken body, the row an estimate', async () => {
    let letGo: () => void = () => undefined;
    const hold = new Promise<void>((resolve) => (letGo = resolve));
    upstream.script({ stopAfterBytes: 60, end: 'reset', hold });
    const made = call();
    await made.until('"type":"message"');
    letGo();
    await made.over();
    expect(made.endedCleanly()).toBe(false);
    expect(made.text()).not.toContain('event: error');
    const row = await rowOf(made);
    expect(row).toMatchObject({
      ending: 'broken',
      grade: 'estimated',
      status: 200,
      error_code: 'upstream_broken',
      attempts: 1,
    });
    expect(Number(row['input_tokens'])).toBeGreaterThan(0);
  });

  it('with an error event of its own: passed on as it is, settled as broken', async () => {
    const overloaded =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    const start =
      'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message",' +
      '"model":"claude-sonnet-4-5","usage":{"input_tokens":25,"output_tokens":1}}}\n\n';
    upstream.script({ body: [start, overloaded] });
    const made = call({ stream: true });
    await made.over();
    expect(made.text()).toBe(start + overloaded);
    expect(await rowOf(made)).toMatchObject({
      ending: 'broken',
      grade: 'estimated',
      error_code: 'upstream_error_event',
      input_tokens: 25,
    });
  });
});

describe('an error the provider answers', () => {
  const body =
    '{ "type":"error",\t"error":{"type":"whatever","message":"bytes \\u00e4 as they are"},"extra":[1] }\n';

  it.each([400, 404, 413, 422, 429, 500, 503, 529])(
    '%i reaches the caller byte for byte and costs nothing',
    async (status) => {
      upstream.script({ status, body, headers: { 'x-should-retry': null, 'x-own': 'kept' } });
      const made = call();
      await made.over();
      expect(await made.head()).toMatchObject({ status, headers: { 'x-own': 'kept' } });
      expect(made.text()).toBe(body);
      expect(await rowOf(made)).toMatchObject({
        ending: status < 500 ? 'refused' : 'broken',
        grade: 'exact',
        status,
        error_code: `upstream_${status}`,
        cost_nano_usd: 0,
        attempts: 1,
      });
    },
  );

  it.each([401, 403])('%i to our own key becomes a 502: the caller’s token is good', async (status) => {
    upstream.script({ status });
    const made = call();
    await made.over();
    expect(await made.head()).toMatchObject({ status: 502, headers: { 'x-should-retry': 'false' } });
    expect(made.text()).not.toContain(UPSTREAM_KEY);
    expect(await rowOf(made)).toMatchObject({
      ending: 'broken',
      grade: 'exact',
      status: 502,
      error_code: 'upstream_key_refused',
      cost_nano_usd: 0,
    });
  });
});
