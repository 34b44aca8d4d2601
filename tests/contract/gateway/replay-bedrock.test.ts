/** Every recorded Bedrock answer through the running gateway, whole and cut anywhere: same bytes, same counts on the row. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { EVENT_STREAM } from '@/tests/support/event-stream-frames';
import { describeMounts, type Mount, useRig } from '@/tests/support/mounts';

const FOLDER = path.resolve('../shared/fixtures');

interface Recording {
  readonly file: string;
  readonly format: string;
  readonly provider: string;
  readonly stream: boolean;
  readonly status: number;
  readonly flags: readonly string[];
  /** `input` is every prompt token, cached ones included. */
  readonly usage: {
    readonly input: number;
    readonly output: number;
    readonly cache_read: number;
    readonly cache_write: number;
  } | null;
  readonly bytes: number;
  readonly request_file?: string | null;
}

interface Meta {
  readonly url: string | null;
  readonly content_type: string | null;
  readonly response_headers: Readonly<Record<string, string>> | null;
}

const RECORDINGS = readRecordings();

/** The only recording without readable usage: a guardrail answered, and says in the chunk what it counted. */
const GUARDRAIL_ANSWER = { input: 6, output: 3, cache_read: 0, cache_write: 0 };

/** A model for recordings whose URL was not kept. */
const ANY_MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

/** Piece sizes in bytes: odd ones fall into preludes, headers, base64 and checksums alike. */
const SIZES: Readonly<Record<Mount['name'], readonly number[]>> = {
  'self-hosted': [1, 3, 7, 16, 61, 256, 1_009],
  next: [3, 61],
};
/** Most pieces of one replay: a long answer is cut into the smallest pieces that stay below. */
const MOST_PIECES: Readonly<Record<Mount['name'], number>> = { 'self-hosted': 2_000, next: 500 };

function readRecordings(): readonly Recording[] {
  const index = path.join(FOLDER, 'index.json');
  if (!existsSync(index)) {
    console.warn(`No recordings at ${FOLDER}: nothing of Bedrock is replayed through the gateway.`);
    return [];
  }
  const all = JSON.parse(readFileSync(index, 'utf8')) as Recording[];
  return all.filter(({ provider }) => provider === 'bedrock');
}

const read = (file: string): Buffer => readFileSync(path.join(FOLDER, file));

function metaOf({ file }: Recording): Meta {
  return JSON.parse(read(file.replace(/\.\w+$/, '.meta.json')).toString('utf8')) as Meta;
}

/** The path as recorded. */
function pathOf(recording: Recording): string {
  const { url } = metaOf(recording);
  const action = recording.stream ? 'converse-stream' : 'converse';
  return url === null ? `/model/${encodeURIComponent(ANY_MODEL)}/${action}` : new URL(url).pathname;
}

/** The request as recorded, but for guardrails: those are the operator's. */
function bodyOf({ request_file: file }: Recording): string {
  if (typeof file !== 'string')
    return JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] });
  const body = JSON.parse(read(file).toString('utf8')) as Record<string, unknown>;
  delete body['guardrailConfig'];
  return JSON.stringify(body);
}

/** Another account's resources: a profile of its own and an imported model. */
const isForeign = (recording: Recording): boolean =>
  /application-inference-profile|sagemaker/.test(pathOf(recording));

/** The sizes a recording is cut into on a mount; `null` is the whole in one piece. */
function cutsOf({ bytes }: Recording, mount: Mount['name']): (number | null)[] {
  const smallest = Math.ceil(bytes / MOST_PIECES[mount]);
  const fitting = SIZES[mount].filter((size) => size >= smallest && size < bytes);
  return [null, ...(fitting.includes(smallest) ? [] : [smallest]), ...fitting];
}

const sum = (...counts: unknown[]): number =>
  counts.reduce<number>((total, count) => total + Number(count ?? 0), 0);

/** Counts of a row, in the index's words, which know no difference between zero and not reported. */
function countsOf(row: Readonly<Record<string, unknown>>) {
  const write = sum(row['cache_write_5m_tokens'], row['cache_write_1h_tokens']);
  return {
    input: sum(row['input_tokens'], row['cache_read_tokens'], write),
    output: sum(row['output_tokens']),
    cache_read: sum(row['cache_read_tokens']),
    cache_write: write,
  };
}

describeMounts('recorded Bedrock answers', (mount) => {
  const rig = useRig(mount, { bedrock: {} });
  let token: string;
  beforeAll(async () => {
    ({ token } = await rig.gateway.customer({ plan: { rate_limit_rpm: 1_000_000 } }));
  });

  async function replay(recording: Recording, size: number | null): Promise<void> {
    const body = read(recording.file);
    const { content_type: type, response_headers: headers } = metaOf(recording);
    const contentType = type ?? (recording.stream ? EVENT_STREAM : 'application/json');
    rig.bedrock.script({
      body,
      status: recording.status,
      headers: { 'x-amzn-requestid': 'recorded', ...headers, 'content-type': contentType },
      ...(size === null ? {} : { cut: { sizes: [size] } }),
    });
    const place = pathOf(recording);
    const answer = await rig.send({
      path: place,
      body: bodyOf(recording),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    if (isForeign(recording)) {
      expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([404, 'ResourceNotFoundException']);
      return;
    }
    expect([answer.status, answer.headers['content-type'], answer.text.slice(0, 300)]).toEqual([
      recording.status,
      contentType,
      body.toString('utf8').slice(0, 300),
    ]);
    expect(answer.body.equals(body)).toBe(true);
    expect(rig.bedrock.requests.at(-1)?.path).toBe(place.replace(/:/g, '%3A'));
    if (!place.endsWith('/count-tokens')) await expectRow(recording, answer.headers['x-request-id'] ?? '');
  }

  async function expectRow(recording: Recording, id: string): Promise<void> {
    const row = await rig.gateway.settledRow(id);
    const ok = recording.status < 400;
    const nothing = { input: 0, output: 0, cache_read: 0, cache_write: 0 };
    const { input, output, cache_read, cache_write } = recording.usage ?? (ok ? GUARDRAIL_ANSWER : nothing);
    expect(countsOf(row)).toEqual({ input, output, cache_read, cache_write });
    expect(row).toMatchObject({
      provider: 'bedrock',
      stream: recording.stream,
      status: recording.status,
      grade: 'exact',
      ending: ok ? 'complete' : 'refused',
      ...(ok ? {} : { cost_nano_usd: 0, counted_tokens: 0 }),
    });
    if (ok) expect(row['cost_nano_usd']).toBeGreaterThan(0);
  }

  it.each(RECORDINGS.map((recording) => [recording.file, recording] as const))(
    '%s arrives byte for byte and is counted to the token, whole and in pieces',
    async (_file, recording) => {
      for (const size of cutsOf(recording, mount.name)) await replay(recording, size);
    },
  );

  it('are all there: every kind of call, and errors', () => {
    if (RECORDINGS.length === 0) return;
    const kinds = new Set(RECORDINGS.map((recording) => pathOf(recording).replace(/^.*\//, '')));
    expect([...kinds].toSorted()).toEqual([
      'converse',
      'converse-stream',
      'count-tokens',
      'invoke',
      'invoke-with-response-stream',
    ]);
    expect(RECORDINGS.filter(isForeign)).toHaveLength(2);
  });
});
