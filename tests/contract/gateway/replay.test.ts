/** Every recorded Anthropic answer through the running gateway, whole and cut anywhere: same bytes, same counts on the row. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { describeMounts, useRig, type Mount } from '@/tests/support/mounts';

const FOLDER = path.resolve('../shared/fixtures');

interface Counts {
  readonly input: number | null;
  readonly output: number | null;
  readonly cache_read: number | null;
  readonly cache_write: number | null;
}

interface Recording {
  readonly file: string;
  readonly format: string;
  readonly stream: boolean;
  readonly status: number;
  readonly model: string;
  readonly flags: readonly string[];
  /** `input` is every prompt token, cached ones included. */
  readonly usage: (Counts & { readonly reasoning: number | null }) | null;
  readonly billable_by_model: Readonly<Record<string, Counts>> | null;
  readonly bytes: number;
  readonly request_file?: string | null;
}

const RECORDINGS = readRecordings();

/** Piece sizes in bytes: odd ones fall into events, lines and characters alike. */
const SIZES: Readonly<Record<Mount['name'], readonly number[]>> = {
  'self-hosted': [1, 2, 3, 7, 16, 61, 256, 1_009],
  next: [3, 61],
};
/** Most pieces of one replay: a long answer is cut into the smallest pieces that stay below. */
const MOST_PIECES: Readonly<Record<Mount['name'], number>> = { 'self-hosted': 2_000, next: 500 };

function readRecordings(): readonly Recording[] {
  const index = path.join(FOLDER, 'index.json');
  if (!existsSync(index)) {
    console.warn(`No recordings at ${FOLDER}: nothing is replayed through the gateway.`);
    return [];
  }
  const all = JSON.parse(readFileSync(index, 'utf8')) as Recording[];
  return all.filter(
    ({ format, flags }) => format === 'anthropic' && !flags.includes('concatenated-messages'),
  );
}

/** Token counting answers like a message but is free: it has an endpoint of its own. */
function isCount({ file }: Recording): boolean {
  const meta = file.replace(/\.\w+$/, '.meta.json');
  const { url } = JSON.parse(read(meta).toString('utf8')) as { url: string | null };
  return url?.includes('/count_tokens') ?? false;
}

const read = (file: string): Buffer => readFileSync(path.join(FOLDER, file));

/** The request as recorded, or a small one for the same model. */
function requestOf({ request_file: file, model, stream }: Recording): string {
  const recorded = typeof file === 'string' ? (JSON.parse(read(file).toString('utf8')) as object) : {};
  const small = { max_tokens: 1_024, messages: [{ role: 'user', content: 'Hello' }] };
  return JSON.stringify({ ...small, ...recorded, model, stream });
}

/** The sizes a recording is cut into on a mount; `null` is the whole in one piece. */
function cutsOf({ bytes }: Recording, mount: Mount['name']): (number | null)[] {
  const smallest = Math.ceil(bytes / MOST_PIECES[mount]);
  const fitting = SIZES[mount].filter((size) => size >= smallest && size < bytes);
  return [null, ...(fitting.includes(smallest) ? [] : [smallest]), ...fitting];
}

const sum = (...counts: unknown[]): number =>
  counts.reduce<number>((total, count) => total + Number(count ?? 0), 0);

/** Counts of a row, in the index's words, which know no difference between zero and not reported. */
function countsOf(row: Readonly<Record<string, unknown>>): Counts {
  const write = sum(row['cache_write_5m_tokens'], row['cache_write_1h_tokens']);
  return {
    input: sum(row['input_tokens'], row['cache_read_tokens'], write),
    output: sum(row['output_tokens']),
    cache_read: sum(row['cache_read_tokens']),
    cache_write: write,
  };
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
    const body = read(recording.file);
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
    for (const size of SIZES[mount.name]) expect(sizes).toContain(size);
  });
});
