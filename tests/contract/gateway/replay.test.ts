/** Every recorded Anthropic answer through the running gateway, whole and cut anywhere: same bytes, same counts on the row. */
import { beforeAll, expect, it } from 'vitest';
import { describeMounts, useRig } from '@/tests/support/mounts';
import {
  type Counts,
  countsOf,
  cutsOf,
  cutSizes,
  metaOf,
  namesResources,
  readRecorded,
  readRecordings,
  recordedRequest,
  type Recording,
  sum,
} from '@/tests/support/replay';

const RECORDINGS = readRecordings(({ format }) => format === 'anthropic');

/** Token counting answers like a message but is free: it has an endpoint of its own. */
function isCount(recording: Recording): boolean {
  return metaOf(recording).url?.includes('/count_tokens') ?? false;
}

/** The request as recorded, or a small one for the same model. */
function requestOf(recording: Recording): string {
  const { model, stream } = recording;
  const small = { max_tokens: 1_024, messages: [{ role: 'user', content: 'Hello' }] };
  const recorded = recordedRequest(recording);
  return JSON.stringify({ ...small, ...(namesResources(recorded) ? {} : recorded), model, stream });
}

/** What the recording is billed: every model's share where they are listed, else the usage reported. */
function expectedOf({ usage, billable_by_model: byModel }: Recording): Counts {
  const shares = byModel === null ? [usage] : Object.values(byModel);
  const total = (kind: keyof Counts) => sum(...shares.map((share) => share?.[kind]));
  return {
    input: total('input'),
    output: total('output'),
    cache_read: total('cache_read'),
    cache_write: total('cache_write'),
  };
}

describeMounts('recorded answers', (mount) => {
  const rig = useRig(mount);
  let token: string;
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer({ plan: { rate_limit_rpm: 1_000_000 } }));
  });

  async function replay(recording: Recording, size: number | null): Promise<void> {
    const body = readRecorded(recording.file);
    const type = recording.file.endsWith('.sse') ? 'text/event-stream; charset=utf-8' : 'application/json';
    rig.anthropic.script({
      body,
      status: recording.status,
      headers: { 'content-type': type, 'request-id': 'req_recorded', 'x-should-retry': 'false' },
      ...(size === null ? {} : { cut: { sizes: [size] } }),
    });
    const counting = isCount(recording);
    const answer = await rig.ask({
      token,
      path: counting ? '/v1/messages/count_tokens' : '/v1/messages',
      body: requestOf(recording),
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([recording.status, type]);
    expect(answer.body.equals(body)).toBe(true);
    if (!counting) await expectRow(recording, answer.headers['x-request-id'] ?? '', body.toString('utf8'));
  }

  async function expectRow(recording: Recording, id: string, body: string): Promise<void> {
    const row = await rig.gateway.settledRow(id);
    expect(countsOf(row)).toEqual(expectedOf(recording));
    const ok = recording.status < 400;
    expect(row).toMatchObject({
      model: recording.model,
      stream: recording.stream,
      status: recording.status,
      upstream_request_id: 'req_recorded',
      grade: 'exact',
      ending: ok ? 'complete' : 'refused',
      ...(ok ? {} : { cost_nano_usd: 0, counted_tokens: 0 }),
    });
    if (!ok) return;
    expect(row['cost_nano_usd']).toBeGreaterThan(0);
    expect(row['cache_read_tokens'] === null).toBe(!/"cache_read_input_tokens":\s*\d/.test(body));
    const reasoning = recording.usage?.reasoning ?? null;
    if (reasoning !== null) expect(row['reasoning_tokens']).toBe(reasoning);
  }

  it.each(RECORDINGS.map((recording) => [recording.file, recording] as const))(
    '%s arrives byte for byte and is counted to the token, whole and in pieces',
    async (_file, recording) => {
      for (const size of cutsOf(recording, mount.name)) await replay(recording, size);
    },
  );

  it('are all there, errors and both kinds of answer among them', () => {
    if (RECORDINGS.length === 0) return;
    const kinds = new Set(
      RECORDINGS.map(({ status, stream }) => `${status < 400 ? 'ok' : 'error'} ${stream}`),
    );
    expect([...kinds].toSorted()).toEqual(['error false', 'ok false', 'ok true']);
    const sizes = new Set(RECORDINGS.flatMap((recording) => cutsOf(recording, mount.name)));
    for (const size of cutSizes(mount.name)) expect(sizes).toContain(size);
  });
});
