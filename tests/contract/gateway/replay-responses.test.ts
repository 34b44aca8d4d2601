/** Every recorded Responses answer through the running gateway, whole and cut anywhere: same bytes, same counts on the row. */
import { beforeAll, expect, it } from 'vitest';
import { describeMounts, useRig } from '@/tests/support/mounts';
import {
  countsOf,
  cutsOf,
  cutSizes,
  namesResources,
  readRecorded,
  readRecordings,
  recordedRequest,
  type Recording,
  sum,
} from '@/tests/support/replay';

const RECORDINGS = readRecordings(({ format }) => format === 'openai-responses');
/** Draws pictures where a request asks for them: such a call needs a price for it too. */
const IMAGE_MODEL = 'gpt-image-1';

/** An upstream of the operator's own that serves every recorded model, at a dollar in and ten out. */
function recordedProvider(baseUrl: string): string {
  const ids = new Set([...RECORDINGS.map(({ model }) => model ?? ''), IMAGE_MODEL]);
  const models = [...ids].map((id) => ({
    id,
    price: { input: '1', output: '10', cacheRead: '0.1' },
    contextTokens: 400_000,
  }));
  return JSON.stringify([
    { name: 'recorded', baseUrl, apiKeyEnv: 'OPENAI_API_KEY', formats: ['openai-responses'], models },
  ]);
}

/** The request as recorded, or a small one for the same model; what it refers to at the provider is nobody's here. */
function requestOf(recording: Recording): string {
  const { model, stream } = recording;
  const nobodys = { conversation: null, previous_response_id: null, background: null };
  const recorded = recordedRequest(recording);
  const request = { input: 'Hello', ...(namesResources(recorded) ? {} : recorded), ...nobodys };
  return JSON.stringify({ ...request, model: `recorded/${model}`, stream });
}

describeMounts('recorded Responses answers', (mount) => {
  const rig = useRig(mount, {
    openai: {},
    variablesFor: ({ openai }) => ({ TOLLGATE_PROVIDERS: recordedProvider(openai?.apiUrl ?? '') }),
  });
  let token: string;
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer({ plan: { rate_limit_rpm: 1_000_000 } }));
  });

  async function replay(recording: Recording, size: number | null): Promise<void> {
    const body = readRecorded(recording.file);
    const type = recording.file.endsWith('.sse') ? 'text/event-stream; charset=utf-8' : 'application/json';
    rig.openai.script({
      body,
      status: recording.status,
      headers: { 'content-type': type, 'x-request-id': 'req_recorded', 'x-should-retry': 'false' },
      ...(size === null ? {} : { cut: { sizes: [size] } }),
    });
    const answer = await rig.send({
      method: 'POST',
      path: '/v1/responses',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: requestOf(recording),
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([recording.status, type]);
    expect(answer.body.equals(body)).toBe(true);
    const id = answer.headers['x-request-id'] ?? '';
    if (!body.includes('"status": "queued"')) return expectRow(recording, id);
    // What is still being made is looked for again: the upstream doesn't know it, so nobody can say what it cost.
    if (size === null)
      expect(await rig.gateway.settledRow(id)).toMatchObject({ grade: 'estimated', usage_raw: null });
  }

  async function expectRow(recording: Recording, id: string): Promise<void> {
    const row = await rig.gateway.settledRow(id);
    const { usage, status, stream, model, flags } = recording;
    expect(row).toMatchObject({
      provider: 'recorded',
      model: `recorded/${model}`,
      endpoint: 'responses',
      stream,
      status,
      upstream_request_id: 'req_recorded',
      ending: status < 400 ? 'complete' : 'refused',
      // Nobody says what pictures cost that no figure tells of.
      grade: flags.includes('image-out') ? 'estimated' : 'exact',
    });
    expect(countsOf(row)).toEqual({
      input: sum(usage?.input),
      output: sum(usage?.output),
      cache_read: sum(usage?.cache_read),
      cache_write: sum(usage?.cache_write),
    });
    expect(sum(row['reasoning_tokens'])).toBe(sum(usage?.reasoning));
    if (usage === null) expect(row).toMatchObject({ cost_nano_usd: 0, counted_tokens: 0, usage_raw: null });
    else expect(row['cost_nano_usd']).toBeGreaterThan(0);
  }

  it.each(RECORDINGS.map((recording) => [recording.file, recording] as const))(
    '%s arrives byte for byte and is counted to the token, whole and in pieces',
    async (_file, recording) => {
      for (const size of cutsOf(recording, mount.name)) await replay(recording, size);
    },
  );

  it('are all there, of every kind of provider, errors and both kinds of answer among them', () => {
    if (RECORDINGS.length === 0) return;
    const kinds = new Set(
      RECORDINGS.map(({ status, stream }) => `${status < 400 ? 'ok' : 'error'} ${stream}`),
    );
    expect([...kinds].toSorted()).toEqual(['error false', 'ok false', 'ok true']);
    const folders = new Set(RECORDINGS.map(({ file }) => file.slice(0, file.indexOf('/'))));
    expect([...folders].toSorted()).toEqual(['azure', 'openai-compatible', 'openai-responses']);
    const sizes = new Set(RECORDINGS.flatMap((recording) => cutsOf(recording, mount.name)));
    for (const size of cutSizes(mount.name)) expect(sizes).toContain(size);
  });
});
