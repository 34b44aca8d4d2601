/** What the replays of recorded answers share: the recordings, the pieces they are cut into, and the counts they should come to. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Mount } from '@/tests/support/mounts';

const FOLDER = path.resolve('../shared/fixtures');

export interface Counts {
  readonly input: number | null;
  readonly output: number | null;
  readonly cache_read: number | null;
  readonly cache_write: number | null;
}

export interface Recording {
  readonly file: string;
  readonly provider: string;
  readonly format: string;
  readonly stream: boolean;
  readonly status: number;
  readonly model: string | null;
  readonly flags: readonly string[];
  /** `input` is every prompt token, cached ones included. */
  readonly usage: (Counts & { readonly reasoning: number | null; readonly total?: number | null }) | null;
  readonly billable_by_model: Readonly<Record<string, Counts>> | null;
  readonly bytes: number;
  readonly request_file?: string | null;
}

/** What stands beside a recording. */
export interface RecordingMeta {
  readonly url: string | null;
  readonly usage_raw?: Readonly<Record<string, unknown>> | null;
}

/** Piece sizes in bytes: odd ones fall into events, lines and characters alike. */
const SIZES: Readonly<Record<Mount['name'], readonly number[]>> = {
  'self-hosted': [1, 2, 3, 7, 16, 61, 256, 1_009],
  next: [3, 61],
};
/** Most pieces of one replay: a long answer is cut into the smallest pieces that stay below. */
const MOST_PIECES: Readonly<Record<Mount['name'], number>> = { 'self-hosted': 2_000, next: 500 };

/** The recordings of some formats, but for those of several answers in one; none, with a notice, where there are none. */
export function readRecordings(chosen: (recording: Recording) => boolean): readonly Recording[] {
  const index = path.join(FOLDER, 'index.json');
  if (!existsSync(index)) {
    console.warn(`No recordings at ${FOLDER}: nothing is replayed through the gateway.`);
    return [];
  }
  const all = JSON.parse(readFileSync(index, 'utf8')) as Recording[];
  return all.filter((one) => chosen(one) && !one.flags.includes('concatenated-messages'));
}

export const readRecorded = (file: string): Buffer => readFileSync(path.join(FOLDER, file));

export function metaOf({ file }: Recording): RecordingMeta {
  return JSON.parse(readRecorded(file.replace(/\.\w+$/, '.meta.json')).toString('utf8')) as RecordingMeta;
}

/** The request as recorded; empty where none was kept. */
export function recordedRequest({ request_file: file }: Recording): Record<string, unknown> {
  return typeof file === 'string'
    ? (JSON.parse(readRecorded(file).toString('utf8')) as Record<string, unknown>)
    : {};
}

/**
 * Whether a recorded request names files, containers or presets of the account it was made with: here they would be the
 * operator's, and the gateway refuses them. Its answer comes to a plain request instead.
 */
export function namesResources(request: Readonly<Record<string, unknown>>): boolean {
  return /"(?:file_ids?|preset)":|"container":"/.test(JSON.stringify(request));
}

/** The sizes a recording is cut into on a mount; `null` is the whole in one piece. */
export function cutsOf({ bytes }: Recording, mount: Mount['name']): (number | null)[] {
  const smallest = Math.ceil(bytes / MOST_PIECES[mount]);
  const fitting = SIZES[mount].filter((size) => size >= smallest && size < bytes);
  return [null, ...(fitting.includes(smallest) ? [] : [smallest]), ...fitting];
}

/** Sizes that some recording should really be cut into. */
export const cutSizes = (mount: Mount['name']): readonly number[] => SIZES[mount];

/** Adds up; what is not reported counts as nothing. */
export const sum = (...counts: unknown[]): number =>
  counts.reduce<number>((total, count) => total + Number(count ?? 0), 0);

/** Counts of a row, in the index's words, which know no difference between zero and not reported. */
export function countsOf(row: Readonly<Record<string, unknown>>): Counts {
  const write = sum(row['cache_write_5m_tokens'], row['cache_write_1h_tokens']);
  return {
    input: sum(row['input_tokens'], row['cache_read_tokens'], write),
    output: sum(row['output_tokens']),
    cache_read: sum(row['cache_read_tokens']),
    cache_write: write,
  };
}
