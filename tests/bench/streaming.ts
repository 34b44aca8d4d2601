/** The streaming tables: every dialect through the meter alone, and through the whole gateway beside a plain proxy. */
import { execFileSync } from 'node:child_process';
import { type Dialect, dialectBody, DIALECTS } from '@/tests/bench/dialects';
import { cpuPerThousandEvents, eventsPerPiece, figure, median, ratio } from '@/tests/bench/figures';
import { PACE_MS, STREAM_EVENTS } from '@/tests/bench/messages';
import type { MeterCase, MeterJob, MeterSample } from '@/tests/bench/meters';
import { bundled, cleanEnv } from '@/tests/bench/processes';
import {
  type LoadGenerator,
  type OtherCall,
  runRounds,
  type Samples,
  type Shape,
} from '@/tests/bench/rounds';
import type { Subject, SubjectName } from '@/tests/bench/subjects';
import { type Row, show, table } from '@/tests/bench/tables';

/** Who takes part in the table through the whole gateway. */
export const STREAMING_SUBJECTS: readonly SubjectName[] = ['direct', 'node', 'tollgate'];

/** How much more than handing the bytes on unread the metering may cost. */
const GOAL_TIMES = 2;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

export type StreamingShapes = Readonly<Record<'atOnce' | 'paced', Shape>> & { readonly meters: MeterJob };

export interface DialectSamples {
  readonly dialect: Dialect;
  readonly atOnce: Samples;
  readonly paced: Samples;
}

/** Runs the meters in a process of their own, which tsx has not touched. */
export function measureMeters(job: MeterJob): readonly MeterCase[] {
  process.stderr.write('meters of all dialects\n');
  const options = { env: cleanEnv({}), encoding: 'utf8', maxBuffer: MOST_OUTPUT_BYTES } as const;
  const printed = execFileSync(process.execPath, [bundled('meters'), JSON.stringify(job)], options);
  return JSON.parse(printed) as MeterCase[];
}

const timesRaw = ({ raw, metered }: MeterCase): number =>
  median(metered.map((own, round) => own.cpuUsPerThousand / (raw[round]?.cpuUsPerThousand ?? Number.NaN)));

export function metersTable(cases: readonly MeterCase[]): string {
  const middle = (samples: readonly MeterSample[], read: (sample: MeterSample) => number) =>
    median(samples.map(read));
  const rows = cases.map((one): Row => {
    const { dialect, streamEvents, chunking, raw, metered } = one;
    return [
      dialect,
      String(streamEvents),
      chunking,
      show(middle(raw, (sample) => sample.eventsPerSecond / 1_000)),
      show(middle(metered, (sample) => sample.eventsPerSecond / 1_000)),
      show(middle(raw, (sample) => sample.cpuUsPerThousand)),
      show(middle(metered, (sample) => sample.cpuUsPerThousand)),
      show(timesRaw(one), 2),
    ];
  });
  const head = [
    '',
    'events',
    'in a chunk',
    'raw: 1000 ev/s',
    'metered: 1000 ev/s',
    'raw: CPU µs/1000 ev',
    'metered: CPU µs/1000 ev',
    '× raw',
  ];
  return table(
    'Streams through the meter alone, beside a TransformStream that does nothing (raw)',
    head,
    rows,
  );
}

function callOf(dialect: Dialect, paced: boolean): OtherCall {
  const events = dialect.events(STREAM_EVENTS);
  const bytes = events.reduce((sum, event) => sum + event.length, 0);
  const hidden = dialect.hidden?.(events) ?? 0;
  return {
    path: dialect.path,
    headers: dialect.headers,
    body: dialectBody(dialect, paced),
    bytesFrom: (name) => (name === 'tollgate' ? bytes - hidden : bytes),
  };
}

export async function measureDialects(
  all: readonly Subject[],
  shapes: StreamingShapes,
  load: LoadGenerator,
): Promise<readonly DialectSamples[]> {
  const subjects = all.filter(({ name }) => STREAMING_SUBJECTS.includes(name));
  const measured: DialectSamples[] = [];
  for (const dialect of DIALECTS) {
    const run = (title: string, shape: Shape, paced: boolean) =>
      runRounds(`${dialect.label}, ${title}`, subjects, { ...shape, call: callOf(dialect, paced) }, load);
    const atOnce = await run('at once', shapes.atOnce, false);
    measured.push({ dialect, atOnce, paced: await run('paced', shapes.paced, true) });
  }
  return measured;
}

export function dialectsTable(measured: readonly DialectSamples[]): string {
  const rows = measured.map(({ dialect, atOnce, paced }): Row => {
    const cells = [atOnce, paced].flatMap((samples) => [
      show(figure(samples, 'node', cpuPerThousandEvents)),
      show(figure(samples, 'tollgate', cpuPerThousandEvents)),
      show(ratio(samples, 'tollgate', 'node', cpuPerThousandEvents), 2),
      show(figure(samples, 'node', eventsPerPiece), 2),
      show(figure(samples, 'tollgate', eventsPerPiece), 2),
    ]);
    return [dialect.label, ...cells];
  });
  const columns = ['Node: CPU µs/1000 ev', 'Tollgate', '× Node', 'Node: ev/piece', 'Tollgate'];
  const head = ['', ...columns.map((name, at) => (at === 0 ? `at once: ${name}` : name))];
  const paced = columns.map((name, at) => (at === 0 ? `paced: ${name}` : name));
  const title = `Streams of ${STREAM_EVENTS} events through the self-hosted gateway: at once, then one event every ${PACE_MS} ms`;
  return table(title, [...head, ...paced], rows);
}

/** The worst dialect counts. */
export function streamingGoals(cases: readonly MeterCase[], measured: readonly DialectSamples[]): string {
  const times = (samples: Samples) => ratio(samples, 'tollgate', 'node', cpuPerThousandEvents);
  const goals: readonly (readonly [string, readonly (readonly [string, number])[]])[] = [
    [
      'Meter alone, one event a chunk: CPU of raw passthrough, times',
      cases
        .filter(({ chunking }) => chunking === 'one event')
        .map((one) => [one.dialect, timesRaw(one)] as const),
    ],
    [
      'Self-hosted, at once: CPU of plain forwarding, times',
      measured.map(({ dialect, atOnce }) => [dialect.label, times(atOnce)] as const),
    ],
    [
      'Self-hosted, paced: CPU of plain forwarding, times',
      measured.map(({ dialect, paced }) => [dialect.label, times(paced)] as const),
    ],
  ];
  const rows = goals.map(([text, values]): Row => {
    const [worst = '', value = Number.NaN] = [...values].sort(([, a], [, b]) => b - a)[0] ?? [];
    const verdict = Number.isFinite(value) ? (value <= GOAL_TIMES ? 'met' : 'missed') : '';
    return [text, `≤ ${GOAL_TIMES}`, show(value, 2), worst, verdict];
  });
  return table('Goals for every dialect', ['', 'goal', 'worst', 'dialect', ''], rows);
}
