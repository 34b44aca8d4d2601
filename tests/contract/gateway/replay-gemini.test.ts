/** Every recorded answer of Gemini and Vertex through the running gateway, whole and cut anywhere: same bytes, same counts on the row. */
import { beforeAll, describe, expect, it } from 'vitest';
import { describeMounts, useRig } from '@/tests/support/mounts';
import {
  countsOf,
  cutsOf,
  metaOf,
  readRecorded,
  readRecordings,
  recordedRequest,
  type Recording,
} from '@/tests/support/replay';
import type { RecordedRequest } from '@/tests/support/upstream-server';

const RECORDINGS = readRecordings(({ provider }) => provider === 'gemini' || provider === 'vertex');

const UNHEARD_OF = 'nonexistent-model';

const SMALL = {
  generateContent: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
  batchEmbedContents: { requests: [{ content: { parts: [{ text: 'hi' }] } }] },
  predict: { instances: [{ content: 'hi' }] },
} as const;

interface Place {
  readonly model: string;
  readonly action: string;
  readonly path: string;
}

/** Where a recording was made; those without an address are named by their file. */
function placeOf(recording: Recording): Place {
  const { provider, file, stream } = recording;
  const url = metaOf(recording).url;
  const [, named, did] = /\/models\/([^:?]+):(\w+)/.exec(url ?? '') ?? [];
  const vertex = provider === 'vertex';
  const action =
    did ?? (file.includes('embedding') ? 'predict' : stream ? 'streamGenerateContent' : 'generateContent');
  const fallback = file.includes('embedding') ? 'text-embedding-005' : recording.model;
  // A name that no model of Google's could have is refused by the gateway itself.
  const known = named === UNHEARD_OF ? 'gemini-unheard-of' : named;
  const model = known ?? fallback ?? 'gemini-2.5-flash';
  const base = vertex
    ? '/v1beta1/projects/callers-project/locations/us-central1/publishers/google/models'
    : '/v1beta/models';
  const alt = file.endsWith('.sse') ? '?alt=sse' : '';
  return { model, action, path: `${base}/${model}:${action}${alt}` };
}

/** Stores of the operator's account are refused: their answers come to plain questions here. */
function bodyOf(recording: Recording, action: string): string {
  const recorded = recordedRequest(recording);
  const plain = Object.keys(recorded).length === 0 || JSON.stringify(recorded).includes('fileSearch');
  if (!plain) return JSON.stringify(recorded).replaceAll(UNHEARD_OF, 'gemini-unheard-of');
  return JSON.stringify(SMALL[action as keyof typeof SMALL] ?? SMALL.generateContent);
}

const isGenerated = ({ format }: Recording) => format === 'gemini';

/** What a recording says about its tokens: embeddings beside each vector, countings nothing that is billed. */
function expectedOf(recording: Recording, body: string) {
  const { usage } = recording;
  if (isGenerated(recording)) {
    const reported = /TokenCount"/.test(body);
    return reported
      ? {
          input: usage?.input ?? 0,
          output: usage?.output ?? 0,
          cache_read: usage?.cache_read ?? 0,
          cache_write: 0,
        }
      : null;
  }
  const counts = [...body.matchAll(/"token_count":\s*(\d+)/g)].map(([, count]) => Number(count));
  if (counts.length === 0) return null;
  return { input: counts.reduce((total, one) => total + one, 0), output: 0, cache_read: 0, cache_write: 0 };
}

describeMounts('recorded answers of Google’s', (mount) => {
  const rig = useRig(mount, { vertex: {} });
  let token: string;
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer({ plan: { rate_limit_rpm: 1_000_000 } }));
  });

  async function replay(recording: Recording, size: number | null): Promise<void> {
    const place = placeOf(recording);
    const body = readRecorded(recording.file);
    const type = recording.file.endsWith('.sse') ? 'text/event-stream' : 'application/json; charset=UTF-8';
    const upstream = recording.provider === 'vertex' ? rig.vertex : rig.gemini;
    upstream.script((request: RecordedRequest) =>
      request.path === '/token'
        ? null
        : {
            body,
            status: recording.status,
            headers: { 'content-type': type },
            ...(size === null ? {} : { cut: { sizes: [size] } }),
          },
    );
    const answer = await rig.send({
      path: place.path,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': token },
      body: bodyOf(recording, place.action),
    });
    expect([answer.status, answer.headers['content-type']]).toEqual([recording.status, type]);
    expect(answer.body.equals(body)).toBe(true);
    const id = answer.headers['x-request-id'] ?? '';
    if (place.action !== 'countTokens') await expectRow(recording, place, id, body.toString('utf8'));
  }

  async function expectRow(recording: Recording, place: Place, id: string, body: string): Promise<void> {
    const row = await rig.gateway.settledRow(id);
    const ok = recording.status < 400;
    const expected = ok
      ? expectedOf(recording, body)
      : { input: 0, output: 0, cache_read: 0, cache_write: 0 };
    if (expected !== null) expect(countsOf(row)).toEqual(expected);
    expect(row).toMatchObject({
      model: place.model,
      provider: recording.provider === 'vertex' ? 'vertex' : 'google',
      stream: place.action === 'streamGenerateContent',
      status: recording.status,
      // Where the answer counts nothing the gateway does, and says so.
      grade: expected === null ? 'estimated' : row['grade'] === 'unpriced' ? 'unpriced' : 'exact',
      ending: ok ? 'complete' : 'refused',
    });
    if (!ok) return;
    expect(row['cost_nano_usd']).toBeGreaterThan(0);
    const reasoning = recording.usage?.reasoning ?? null;
    if (reasoning !== null) expect(row['reasoning_tokens']).toBe(reasoning);
  }

  it.each(RECORDINGS.map((recording) => [recording.file, recording] as const))(
    '%s arrives byte for byte and is counted to the token, whole and in pieces',
    async (_file, recording) => {
      for (const size of cutsOf(recording, mount.name)) await replay(recording, size);
    },
  );

  describe('all together', () => {
    it('are every format and both kinds of answer', () => {
      if (RECORDINGS.length === 0) return;
      const kinds = new Set(RECORDINGS.map(({ format, stream }) => `${format} ${stream}`));
      expect([...kinds].toSorted()).toEqual([
        'embeddings false',
        'gemini false',
        'gemini true',
        'other false',
      ]);
      expect(
        RECORDINGS.filter(({ stream, file }) => stream && file.endsWith('.json')).length,
      ).toBeGreaterThan(3);
      expect(RECORDINGS.some(({ provider }) => provider === 'vertex')).toBe(true);
    });
  });
});
