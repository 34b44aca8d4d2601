/** A caller that leaves stops the provider's work at once and is billed for what it got; a slow one is waited for. */
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '@/db/client';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import type { Customer, Row } from '@/tests/support/gateway-verbs';
import { expectSettledBooks } from '@/tests/support/ledger';
import { callMessages, messageBody } from '@/tests/support/socket-call';
import { createStepper } from '@/tests/support/upstream-answer';
import type { RecordedRequest, Upstream } from '@/tests/support/upstream-server';

/** The promise is one second; a machine that stalls for longer must not fail the test. */
const ABORT_WITHIN_MS = 5_000;
const NEVER = new Promise<void>(() => undefined);

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

function latestRequest(): RecordedRequest {
  const request = upstream.requests.at(-1);
  if (request === undefined) throw new Error('nothing arrived upstream');
  return request;
}

async function expectAborted(request: RecordedRequest, leftAtMs: number): Promise<void> {
  expect((await request.aborted) - leftAtMs).toBeLessThan(ABORT_WITHIN_MS);
}

/** The customer's newest row, once everything is settled and nothing is held. */
async function newestRow(): Promise<Row> {
  await expectSettledBooks(gateway.server.database.client, customer.user);
  const { body } = await gateway.admin('GET', `/api/admin/requests?user=${customer.user}&limit=1`);
  const [newest] = body['data'] as { id: string }[];
  return gateway.settledRow(newest?.id ?? '');
}

describe('leaving in mid-stream', () => {
  it('aborts a provider that is silent, and settles exact input and streamed output', async () => {
    const stepper = createStepper();
    upstream.script({ stepper });
    const made = callMessages(gateway.url, customer.token, { stream: true, prompt: '60 words' });
    for (let event = 0; event < 12; event += 1) await stepper.step();
    await made.until('word3');
    const leftAtMs = Date.now();
    made.leave();
    await expectAborted(latestRequest(), leftAtMs);
    const row = await gateway.settledRow((await made.head()).id);
    const reported = Number(/"input_tokens":(\d+)/.exec(made.text())?.[1]);
    expect(row).toMatchObject({
      ending: 'cancelled',
      grade: 'estimated',
      status: 200,
      input_tokens: reported,
      error_code: null,
    });
    const streamed = [...made.text().matchAll(/"text_delta","text":"([^"]*)"/g)]
      .map(([, text]) => text ?? '')
      .join('');
    expect(Number(row['output_tokens'])).toBeGreaterThanOrEqual(Math.floor(streamed.length / 4));
    expect(Number(row['output_tokens'])).toBeLessThan(60);
    expect(Number(row['cost_nano_usd'])).toBeGreaterThan(0);
    await expectSettledBooks(gateway.server.database.client, customer.user);
  });

  it('aborts a provider that is busy streaming', async () => {
    upstream.script({ cut: { sizes: [200], delaysMs: [5] } });
    const made = callMessages(gateway.url, customer.token, {
      stream: true,
      prompt: '5000 words',
      maxTokens: 8_000,
    });
    await made.until('word9');
    const leftAtMs = Date.now();
    made.leave();
    await expectAborted(latestRequest(), leftAtMs);
    expect(await gateway.settledRow((await made.head()).id)).toMatchObject({
      ending: 'cancelled',
      grade: 'estimated',
    });
  });

  it('never estimates more output than was held', async () => {
    const stepper = createStepper();
    const text = 'x'.repeat(40_000);
    const start = {
      type: 'message_start',
      message: { model: 'claude-sonnet-4-5', usage: { input_tokens: 9, output_tokens: 1 } },
    };
    const delta = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } };
    const body = [start, delta, { type: 'ping' }].map(
      (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`,
    );
    upstream.script({ stepper, body });
    const made = callMessages(gateway.url, customer.token, { stream: true, maxTokens: 100 });
    await stepper.step();
    await stepper.step();
    await made.until('xxx"');
    made.leave();
    expect(await gateway.settledRow((await made.head()).id)).toMatchObject({
      ending: 'cancelled',
      input_tokens: 9,
      output_tokens: 100,
    });
  });

  it('right after the terminal event is no cancellation: complete and exact', async () => {
    upstream.script({ hold: NEVER });
    const made = callMessages(gateway.url, customer.token, { stream: true });
    await made.until('"message_stop"');
    made.leave();
    const reported = Number(/"output_tokens":(\d+)[^\n]*\n\nevent: message_stop/.exec(made.text())?.[1]);
    expect(await gateway.settledRow((await made.head()).id)).toMatchObject({
      ending: 'complete',
      grade: 'exact',
      error_code: null,
      output_tokens: reported,
    });
    await expectSettledBooks(gateway.server.database.client, customer.user);
  });
});

describe('leaving before there is an answer', () => {
  it.each([true, false])(
    'aborts the provider and settles the prompt as an estimate (stream: %s)',
    async (stream) => {
      upstream.script({ before: 'hang' });
      const before = upstream.requests.length;
      const made = callMessages(gateway.url, customer.token, { stream });
      await expect.poll(() => upstream.requests.length, { timeout: 20_000 }).toBe(before + 1);
      const leftAtMs = Date.now();
      made.leave();
      await expectAborted(latestRequest(), leftAtMs);
      const row = await newestRow();
      expect(row).toMatchObject({
        ending: 'cancelled',
        grade: 'estimated',
        status: null,
        output_tokens: 0,
        error_code: null,
      });
      expect(Number(row['input_tokens'])).toBeGreaterThan(0);
    },
  );

  it('in the middle of a JSON body changes nothing: it is read to its end and billed in full', async () => {
    const stepper = createStepper();
    upstream.script({ stepper, cut: { sizes: [80] } });
    const made = callMessages(gateway.url, customer.token);
    await stepper.step();
    await made.until('"type":"message"');
    made.leave();
    while (await stepper.step());
    const row = await gateway.settledRow((await made.head()).id);
    expect(row).toMatchObject({ ending: 'complete', grade: 'drained' });
    expect(Number(row['output_tokens'])).toBeGreaterThan(0);
  });

  it('while the call waits to be admitted sends nothing upstream and costs nothing', async () => {
    const before = upstream.requests.length;
    const other = await openDatabase(gateway.server.env.databaseUrl);
    // Authenticated from the cache, so that only the admission meets the lock.
    const warm = callMessages(gateway.url, customer.token);
    await warm.over();
    await newestRow();
    const lock = await other.client.transaction('write');
    const connections = await connectionCount();
    const made = callMessages(gateway.url, customer.token);
    await expect.poll(connectionCount, { timeout: 20_000 }).toBe(connections + 1);
    made.leave();
    await expect.poll(connectionCount, { timeout: 20_000 }).toBe(connections);
    await lock.rollback();
    other.close();
    await expect.poll(async () => (await newestRow())['ending'], { timeout: 20_000 }).toBe('cancelled');
    expect(await newestRow()).toMatchObject({ grade: 'exact', cost_nano_usd: 0, attempts: 0, status: null });
    expect(upstream.requests.length).toBe(before + 1);
  });
});

/** Connections the gateway has open to callers. */
function connectionCount(): Promise<number> {
  return new Promise((resolve, reject) => {
    gateway.http.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

describe('a slow reader', () => {
  /** More than all socket buffers on the way together. */
  const PART_BYTES = 256 * 1024;
  const PARTS = 192;
  /** No progress for this long: the pipe is full. */
  const STALL_MS = 700;

  it('makes the provider wait instead of filling memory, and gets everything', async () => {
    const filler = `: ${'x'.repeat(PART_BYTES - 4)}\n\n`;
    const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    const stepper = createStepper();
    upstream.script({ stepper, body: [...Array<string>(PARTS).fill(filler), stop] });
    let written = 0;
    const pumping = (async () => {
      while (await stepper.step()) written += 1;
    })();
    const incoming = await openSlowly();
    incoming.pause();
    await stalled(() => written);
    expect(written).toBeLessThan(PARTS / 2);
    let bytes = 0;
    let tail = '';
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      tail = (tail + chunk.toString('latin1')).slice(-stop.length);
    }
    await pumping;
    expect(bytes).toBe(PARTS * PART_BYTES + stop.length);
    expect(tail).toBe(stop);
    expect(await newestRow()).toMatchObject({ ending: 'complete' });
  });

  function openSlowly(): Promise<IncomingMessage> {
    const headers = { 'x-api-key': customer.token, 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(`${gateway.url}/v1/messages`, { method: 'POST', headers }, resolve);
      outgoing.on('error', reject);
      outgoing.end(messageBody({ stream: true }));
    });
  }

  async function stalled(progress: () => number): Promise<void> {
    for (let last = -1; last !== progress() && progress() < PARTS;) {
      last = progress();
      await sleep(STALL_MS);
    }
  }
});
