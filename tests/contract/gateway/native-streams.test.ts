/** What a provider's failures and silences look like in every dialect: its errors verbatim, breaks that never end cleanly, native keep-alives. */
import { expect, it } from 'vitest';
import { DIALECTS, type Dialect, type Stream } from '@/tests/support/dialects';
import { everyUpstream } from '@/tests/support/every-upstream';
import { describeMounts, useRig } from '@/tests/support/mounts';
import type { OpenAnswer } from '@/tests/support/raw-http';

/** So quick that silence of a moment shows it. */
const KEEPALIVE_MS = 25;
/** Keep-alives of another dialect during which a stream that bears none must stay as it was. */
const KEEPALIVES_AWAITED = 3;
/** Not as any program would print it, and with words an SDK might trip over. */
const PROVIDER_ERROR =
  '{ "error" : {"message":"as the provider \\u00fct",\n "type":"odd_error", "code":1e2} }\n';
const PROVIDER_STATUSES = [400, 404, 422, 429, 500, 503, 529];

interface Streaming extends Dialect {
  readonly stream: Stream;
}

const isStreaming = (dialect: Dialect): dialect is Streaming => dialect.stream !== null;
const STREAMING = DIALECTS.filter(isStreaming).map((dialect) => [dialect.name, dialect] as const);
const VERBATIM = DIALECTS.filter(({ throughSdk }) => throughSdk !== true).map(
  (dialect) => [dialect.name, dialect] as const,
);

/** Reads until the connection breaks. @throws when the body ends cleanly */
async function untilBreak(answer: OpenAnswer, read: Buffer[]): Promise<Buffer> {
  for (;;) {
    let chunk: Buffer | null;
    try {
      chunk = await answer.next();
    } catch {
      return Buffer.concat(read);
    }
    if (chunk === null) throw new Error('the body ended cleanly');
    read.push(chunk);
  }
}

/** Reads until the bytes so far hold a text so often. */
async function untilHolds(answer: OpenAnswer, text: string, times: number): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for (;;) {
    const chunk = await answer.next();
    if (chunk === null) throw new Error(`the stream ended without ${JSON.stringify(text)}`);
    read.push(chunk);
    if (Buffer.concat(read).toString('latin1').split(text).length > times) return read;
  }
}

/** The stream without keep-alives. */
const without = (keepAlive: string | null, bytes: Buffer) =>
  keepAlive === null ? bytes : Buffer.from(bytes.toString('latin1').replaceAll(keepAlive, ''), 'latin1');

describeMounts('what providers do, in every dialect', (mount) => {
  const upstreams = everyUpstream();
  const rig = useRig(mount, upstreams.options({ TOLLGATE_KEEPALIVE_MS: String(KEEPALIVE_MS) }));
  upstreams.bind(rig);

  it.each(VERBATIM)("%s: the provider's own errors pass byte for byte", async (_name, dialect) => {
    const { token } = await rig.gateway.customer({ plan: {} });
    for (const status of PROVIDER_STATUSES) {
      const headers = { 'content-type': 'application/json', 'retry-after': '37', 'content-encoding': null };
      upstreams.script(dialect, { status, headers, body: PROVIDER_ERROR });
      const answer = await rig.send(dialect.call({ token }));
      expect([answer.status, answer.text, answer.headers['retry-after']]).toEqual([
        status,
        PROVIDER_ERROR,
        '37',
      ]);
      const row = await rig.gateway.settledRow(answer.headers['x-request-id'] ?? '');
      expect(row).toMatchObject({ status, attempts: 1, cost_nano_usd: 0 });
    }
  });

  it.each(STREAMING)(
    '%s: a stream that breaks says so in-band and then breaks off, never a clean end',
    async (_name, dialect) => {
      const customer = await rig.gateway.customer({ plan: {} });
      const { keepAlive, contentType, tellsBreak } = dialect.stream;
      for (const end of ['reset', 'clean'] as const) {
        const held = upstreams.hold(dialect, { stopAfterEvents: 2, end });
        const answer = await rig.open(dialect.call({ token: customer.token }));
        expect([answer.status, answer.headers['content-encoding']]).toEqual([200, undefined]);
        expect(answer.headers['content-type']).toContain(contentType);
        const first = await answer.next();
        held.release();
        const bytes = without(keepAlive, await untilBreak(answer, first === null ? [] : [first]));
        const requestId = answer.headers['x-request-id'] ?? '';
        const row = await rig.gateway.settledRow(requestId);
        expect(row).toMatchObject({ ending: 'broken', error_code: 'upstream_broken', status: 200 });
        const reason = end === 'reset' ? 'failed: the connection broke.' : 'ended its answer too early.';
        const told = dialect.family.broken(`The provider (${dialect.provider}) ${reason}`, requestId);
        const tail = bytes.subarray(-told.length);
        if (tellsBreak) expect(tail.toString('latin1')).toBe(told.toString('latin1'));
        else expect(bytes.toString('utf8')).not.toContain('"error"');
      }
    },
  );

  it.each(STREAMING)('%s: in a silent stream only what its clients bear', async (_name, dialect) => {
    const { token } = await rig.gateway.customer({ plan: {} });
    const { keepAlive } = dialect.stream;
    upstreams.script(dialect, {});
    const whole = (await rig.send(dialect.call({ token }))).body;
    const held = upstreams.hold(dialect);
    const answer = await rig.open(dialect.call({ token }));
    const read: Buffer[] = [];
    if (keepAlive === null) {
      // Another's stream tells that as much time has gone by as keep-alives take.
      const other = DIALECTS.find(({ name }) => name === 'anthropic-messages stream');
      if (other?.stream?.keepAlive === undefined || other.stream.keepAlive === null)
        throw new Error('no clock');
      const clock = upstreams.hold(other);
      const ticking = await rig.open(other.call({ token }));
      await untilHolds(ticking, other.stream.keepAlive, KEEPALIVES_AWAITED + 1);
      clock.release();
      await ticking.rest();
    } else read.push(...(await untilHolds(answer, keepAlive, KEEPALIVES_AWAITED)));
    held.release();
    const bytes = Buffer.concat([...read, await answer.rest()]);
    // Ids and times differ from answer to answer, lengths do not.
    expect(without(keepAlive, bytes).length).toBe(without(keepAlive, whole).length);
  });

  it.each(STREAMING)(
    '%s: goes out plain, whatever the provider sends, unless asked',
    async (_name, dialect) => {
      const { token } = await rig.gateway.customer({ plan: {} });
      upstreams.script(dialect, { encoding: 'gzip' });
      const answer = await rig.send(dialect.call({ token }));
      expect([answer.status, answer.headers['content-encoding']]).toEqual([200, undefined]);
      expect(upstreams.calls(dialect).at(-1)?.headers['accept-encoding']).toBe('identity');
      // The length of a frame starts with a zero.
      expect(answer.text).toMatch(/^(event:|data:|\[|\0)/);
    },
  );
});
