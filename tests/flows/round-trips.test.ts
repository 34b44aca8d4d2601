/** Before a call goes upstream it waits for at most one store round trip (two on a cold instance); settling delays nothing. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import { startAnthropicUpstream, UPSTREAM_KEY } from '@/tests/support/anthropic-upstream';
import { detour } from '@/tests/support/client-detour';
import { type InProcessGateway, startGateway } from '@/tests/support/gateway';
import type { Customer } from '@/tests/support/gateway-verbs';
import { type HranaServer, startHranaServer } from '@/tests/support/hrana-server';
import { callMessages } from '@/tests/support/socket-call';
import { createStepper } from '@/tests/support/upstream-answer';
import type { Upstream } from '@/tests/support/upstream-server';

interface RoundTrip {
  readonly startedAtMs: number;
  endedAtMs: number | null;
  readonly sql: string;
}

/** Slow enough that trips one after the other cannot look like trips side by side. */
const TRIP_MS = 25;

let upstream: Upstream;
/** A remote database: only there a round trip costs what the promise is about. */
let turso: HranaServer;
let gateway: InProcessGateway;
let customer: Customer;
let trips: RoundTrip[] = [];
/** Resolves what settlements wait for; `null` lets them pass. */
let settlementsWaitFor: Promise<void> | null = null;

beforeAll(async () => {
  upstream = await startAnthropicUpstream();
  turso = await startHranaServer();
  const database = await openDatabase(turso.url, turso.authToken);
  await migrateDatabase(database);
  database.close();
  gateway = await startGateway({
    ANTHROPIC_UPSTREAM_URL: upstream.url,
    ANTHROPIC_API_KEY: UPSTREAM_KEY,
    TURSO_DATABASE_URL: turso.url,
    TURSO_AUTH_TOKEN: turso.authToken,
  });
  customer = await gateway.customer();
  countTrips(gateway);
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([turso.stop(), upstream.stop()]);
});

/** Puts a counting, slow line between the gateway and its database. */
function countTrips({ server }: InProcessGateway): void {
  detour(server.database.client, async (work, statements) => {
    const trip: RoundTrip = { startedAtMs: performance.now(), endedAtMs: null, sql: textOf(statements) };
    trips.push(trip);
    if (isSettlement(trip)) await settlementsWaitFor;
    await new Promise((resolve) => setTimeout(resolve, TRIP_MS));
    return work().finally(() => (trip.endedAtMs = performance.now()));
  });
}

/** The statements of a call; their arguments hold bigints, which JSON has none of. */
function textOf(statements: unknown): string {
  return JSON.stringify(statements, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
}

function isSettlement({ sql }: RoundTrip): boolean {
  return sql.includes('UPDATE llm_usage SET');
}

/** The longest chain of trips of which each began after the one before had ended. */
function sequential(all: readonly RoundTrip[]): number {
  let chain = 0;
  let busyUntilMs = Number.NEGATIVE_INFINITY;
  for (const { startedAtMs, endedAtMs } of all.toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))) {
    if (startedAtMs < busyUntilMs) continue;
    chain += 1;
    busyUntilMs = endedAtMs ?? Infinity;
  }
  return chain;
}

/** Makes one call and returns the trips under way or over when it arrived upstream. */
async function tripsBeforeUpstream(stream: boolean): Promise<readonly RoundTrip[]> {
  trips = [];
  let before: readonly RoundTrip[] = [];
  const requestsBefore = turso.requests();
  let requests = 0;
  upstream.script(() => {
    before = trips.map((trip) => ({ ...trip }));
    requests = turso.requests() - requestsBefore;
    return null;
  });
  const made = callMessages(gateway.url, customer.token, { stream });
  await made.over();
  expect((await made.head()).status).toBe(200);
  await gateway.settledRow((await made.head()).id);
  // Also what runs beside the settlement, so that it is not counted for the next call.
  await expect.poll(() => trips.every(({ endedAtMs }) => endedAtMs !== null)).toBe(true);
  // What the client counts is what went over the wire.
  expect(requests).toBe(before.length);
  return before;
}

describe('store round trips before the upstream request', () => {
  it('are at most two in sequence for the first call of a cold instance', async () => {
    gateway.server.account.forget();
    const before = await tripsBeforeUpstream(false);
    expect(before.every(({ endedAtMs }) => endedAtMs !== null)).toBe(true);
    expect(sequential(before)).toBe(2);
    expect(before).toHaveLength(2);
  });

  it.each([false, true])('is one for a warm instance (stream: %s)', async (stream) => {
    for (let call = 0; call < 3; call += 1) {
      const before = await tripsBeforeUpstream(stream);
      expect(sequential(before)).toBe(1);
      expect(before).toHaveLength(1);
      expect(before[0]?.sql).toContain('INSERT INTO llm_usage');
      expect(before[0]?.endedAtMs).not.toBeNull();
    }
  });
});

describe('settlement', () => {
  it('begins only when the last byte came from the provider, and does not delay the end of the answer', async () => {
    for (const stream of [true, false]) {
      let settle: () => void = () => undefined;
      settlementsWaitFor = new Promise<void>((resolve) => (settle = resolve));
      trips = [];
      const stepper = createStepper();
      upstream.script({ stepper });
      const made = callMessages(gateway.url, customer.token, { stream });
      expect(await stepper.step()).toBe(true);
      if (stream) await made.until('message_start');
      // A JSON answer is one piece: it may be over by now.
      if (stream) expect(trips.filter(isSettlement)).toEqual([]);
      stepper.runOn();
      // The settlement cannot end before this test lets it: an answer that waited for it would never be over.
      await made.over();
      expect(made.endedCleanly()).toBe(true);
      await expect.poll(() => trips.filter(isSettlement).length).toBe(1);
      expect(trips.find(isSettlement)?.endedAtMs).toBeNull();
      settle();
      settlementsWaitFor = null;
      expect(await gateway.settledRow((await made.head()).id)).toMatchObject({
        ending: 'complete',
        grade: 'exact',
      });
    }
  });
});
