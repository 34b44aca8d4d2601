/** An address that keeps knocking with bad credentials is logged as suspicious and slowed; nobody else is. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mintToken } from '@/lib/domain/token';
import { StrangerWatch } from '@/lib/gateway/strangers';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import { keepLog } from '@/tests/support/kept-log';
import { callMessages } from '@/tests/support/socket-call';

const HONEST = 5;
const STRANGER = '203.0.113.7';

describe('the watch', () => {
  const log = keepLog();
  let watch: StrangerWatch;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    log.forget();
    watch = new StrangerWatch(log, () => Date.now());
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Notes a failure; says whether its answer may go out at once. */
  async function isImmediate(address: string | null): Promise<boolean> {
    let answered = false;
    void watch.note(address).then(() => (answered = true));
    await vi.advanceTimersByTimeAsync(0);
    return answered;
  }

  async function knock(address: string, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      void watch.note(address);
      await vi.advanceTimersByTimeAsync(0);
    }
  }

  it('takes a few failures for an honest mistake', async () => {
    for (let time = 0; time < HONEST; time += 1) expect(await isImmediate(STRANGER)).toBe(true);
    expect(log.lines).toEqual([]);
  });

  it('logs the address once, then every hundred failures, and never a credential', async () => {
    await knock(STRANGER, HONEST + 250);
    expect(
      log.lines.map(({ level, event, fields }) => [level, event, fields['address'], fields['failures']]),
    ).toEqual([
      ['warn', 'suspicious', STRANGER, HONEST + 1],
      ['warn', 'suspicious', STRANGER, HONEST + 100],
      ['warn', 'suspicious', STRANGER, HONEST + 200],
    ]);
  });

  it('holds each further answer back longer, up to two seconds', async () => {
    await knock(STRANGER, HONEST);
    for (const [failure, pauseMs] of [100, 200, 300].entries()) {
      let answered = false;
      void watch.note(STRANGER).then(() => (answered = true));
      await vi.advanceTimersByTimeAsync(pauseMs - 1);
      expect({ failure, answered }).toEqual({ failure, answered: false });
      await vi.advanceTimersByTimeAsync(1);
      expect({ failure, answered }).toEqual({ failure, answered: true });
    }
    await knock(STRANGER, 60);
    let answered = false;
    void watch.note(STRANGER).then(() => (answered = true));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(answered).toBe(true);
  });

  it('slows nobody else, nor callers whose address is not known', async () => {
    await knock(STRANGER, HONEST + 20);
    expect(await isImmediate('198.51.100.1')).toBe(true);
    expect(await isImmediate(null)).toBe(true);
  });

  it('forgives after a quiet minute', async () => {
    await knock(STRANGER, HONEST + 5);
    await vi.advanceTimersByTimeAsync(60_001);
    expect(await isImmediate(STRANGER)).toBe(true);
  });

  it('keeps a bounded number of answers waiting, so that a flood cannot pile them up', async () => {
    await knock(STRANGER, HONEST);
    for (let time = 0; time < 200; time += 1) void watch.note(STRANGER);
    expect(vi.getTimerCount()).toBe(200);
    expect(await isImmediate(STRANGER)).toBe(true);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(200);
  });

  it('keeps a bounded number of addresses, the oldest going first', async () => {
    await knock(STRANGER, HONEST);
    for (let index = 0; index < 10_000; index += 1) await watch.note(`address-${index}`);
    // Forgotten by now: its next failure is its first again.
    expect(await isImmediate(STRANGER)).toBe(true);
    await knock('address-9999', HONEST - 1);
    expect(await isImmediate('address-9999')).toBe(false);
  });
});

describe('a running gateway', () => {
  const log = keepLog();
  let gateway: InProcessGateway;
  beforeAll(async () => {
    gateway = await startGateway({}, { log });
  });
  afterAll(() => gateway.stop());

  it('logs repeated 401s of one address as suspicious, with no part of what was tried', async () => {
    const tried = Array.from({ length: HONEST + 2 }, () =>
      mintToken((bytes) => crypto.getRandomValues(new Uint8Array(bytes))),
    );
    for (const token of tried) {
      const made = callMessages(gateway.url, token);
      await made.over();
      expect((await made.head()).status).toBe(401);
    }
    expect(log.lines.filter(({ event }) => event === 'suspicious')).toHaveLength(1);
    for (const token of tried) expect(JSON.stringify(log.lines)).not.toContain(token.slice(3));
  });
});
