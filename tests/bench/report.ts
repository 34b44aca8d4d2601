/** The tables of a run, and its goals with what was measured beside them. */
import {
  added,
  cpuPerCall,
  cpuPerThousandEvents,
  eventsPerPiece,
  figure,
  firstByte,
  gap,
  latency,
  perSecond,
  ratio,
  transit,
} from '@/tests/bench/figures';
import { PACE_MS, STREAM_EVENTS } from '@/tests/bench/messages';
import type { Samples } from '@/tests/bench/rounds';
import type { Subject, SubjectName } from '@/tests/bench/subjects';
import { type Row, show, signed, table } from '@/tests/bench/tables';

const MB = 1024 * 1024;

export interface Measured {
  /** Many calls at once, whole answers. */
  readonly busy: Samples;
  /** One call at a time, whole answers. */
  readonly single: Samples;
  /** Streams whose events follow one another at once. */
  readonly streams: Samples;
  /** Streams at a model's pace. */
  readonly paced: Samples;
}

export function callsTable(subjects: readonly Subject[], { busy, single }: Measured): string {
  const head = [
    '',
    'CPU µs/call',
    '× Node',
    '× Next',
    'calls/s',
    'p50 ms',
    'p99 ms',
    '1: CPU µs',
    '1: p50 ms',
    '1: p99 ms',
    '1: added TTFB p50',
    'RSS MB',
  ];
  const rows = subjects.map(({ name, label }): Row => {
    const rss = Math.max(
      ...[busy, single].map((samples) => figure(samples, name, (sample) => sample.rssBytes)),
    );
    return [
      label,
      show(figure(busy, name, cpuPerCall)),
      show(ratio(busy, name, 'node', cpuPerCall), 2),
      show(ratio(busy, name, 'next', cpuPerCall), 2),
      show(figure(busy, name, perSecond)),
      show(figure(busy, name, latency(0.5)), 2),
      show(figure(busy, name, latency(0.99)), 2),
      show(figure(single, name, cpuPerCall)),
      show(figure(single, name, latency(0.5)), 2),
      show(figure(single, name, latency(0.99)), 2),
      name === 'direct' ? '·' : signed(added(single, name, 'direct', firstByte(0.5)), 2),
      show(rss / MB),
    ];
  });
  return table('Whole answers of 1 kB: 32 calls at a time, then (columns "1:") one at a time', head, rows);
}

export function streamsTable(subjects: readonly Subject[], { streams, paced }: Measured): string {
  const head = [
    '',
    'at once: CPU µs/1000 ev',
    '× Node',
    'ev/piece',
    'ms/stream',
    'paced: CPU µs/1000 ev',
    '× Node',
    'ev/piece',
    'gap p50',
    'gap p99',
    'transit p50',
    'transit p99',
    'added p50',
    'added p99',
  ];
  const rows = subjects.map(({ name, label }): Row => {
    const direct = name === 'direct';
    return [
      label,
      show(figure(streams, name, cpuPerThousandEvents)),
      show(ratio(streams, name, 'node', cpuPerThousandEvents), 2),
      show(figure(streams, name, eventsPerPiece), 2),
      show(figure(streams, name, latency(0.5)), 1),
      show(figure(paced, name, cpuPerThousandEvents)),
      show(ratio(paced, name, 'node', cpuPerThousandEvents), 2),
      show(figure(paced, name, eventsPerPiece), 2),
      show(figure(paced, name, gap(0.5)), 2),
      show(figure(paced, name, gap(0.99)), 2),
      show(figure(paced, name, transit(0.5)), 2),
      show(figure(paced, name, transit(0.99)), 2),
      direct ? '·' : signed(added(paced, name, 'direct', transit(0.5)), 2),
      direct ? '·' : signed(added(paced, name, 'direct', transit(0.99)), 2),
    ];
  });
  const title = `Streams of ${STREAM_EVENTS} events: each event at once after the other, then one every ${PACE_MS} ms (all delays in ms)`;
  return table(title, head, rows);
}

interface Goal {
  readonly text: string;
  readonly of: SubjectName;
  readonly limit: number;
  readonly digits: number;
  readonly measured: (measured: Measured) => number;
}

const addedFirstByte =
  (name: SubjectName) =>
  ({ single }: Measured) =>
    added(single, name, 'direct', firstByte(0.5));
/** Less than direct is no delay: what batches shows in the events per piece. */
const addedGap =
  (name: SubjectName, share: number) =>
  ({ paced }: Measured) =>
    added(paced, name, 'direct', gap(share));

/** Issue 2, "Speed". The first is absolute and so depends on the machine; the rest are ratios and differences of one run. */
const GOALS: readonly Goal[] = [
  {
    text: 'Self-hosted: CPU µs per call',
    of: 'tollgate',
    limit: 400,
    digits: 0,
    measured: ({ busy }) => figure(busy, 'tollgate', cpuPerCall),
  },
  {
    text: 'In Next: CPU of the bare Next route, times',
    of: 'tollgate-next',
    limit: 1.3,
    digits: 2,
    measured: ({ busy }) => ratio(busy, 'tollgate-next', 'next', cpuPerCall),
  },
  {
    text: 'Self-hosted: added first byte p50, ms',
    of: 'tollgate',
    limit: 1,
    digits: 2,
    measured: addedFirstByte('tollgate'),
  },
  {
    text: 'In Next: added first byte p50, ms',
    of: 'tollgate-next',
    limit: 3,
    digits: 2,
    measured: addedFirstByte('tollgate-next'),
  },
  {
    text: 'Self-hosted: stream at once, CPU of plain forwarding, times',
    of: 'tollgate',
    limit: 2,
    digits: 2,
    measured: ({ streams }) => ratio(streams, 'tollgate', 'node', cpuPerThousandEvents),
  },
  {
    text: 'Self-hosted: paced stream, CPU of plain forwarding, times',
    of: 'tollgate',
    limit: 2,
    digits: 2,
    measured: ({ paced }) => ratio(paced, 'tollgate', 'node', cpuPerThousandEvents),
  },
  {
    text: 'Self-hosted: delay between pieces against direct p50, ms',
    of: 'tollgate',
    limit: 1,
    digits: 2,
    measured: addedGap('tollgate', 0.5),
  },
  {
    text: 'Self-hosted: delay between pieces against direct p99, ms',
    of: 'tollgate',
    limit: 1,
    digits: 2,
    measured: addedGap('tollgate', 0.99),
  },
  {
    text: 'In Next: delay between pieces against direct p50, ms',
    of: 'tollgate-next',
    limit: 1,
    digits: 2,
    measured: addedGap('tollgate-next', 0.5),
  },
  {
    text: 'In Next: delay between pieces against direct p99, ms',
    of: 'tollgate-next',
    limit: 1,
    digits: 2,
    measured: addedGap('tollgate-next', 0.99),
  },
];

export function goalsTable(subjects: readonly Subject[], measured: Measured): string {
  const present = new Set(subjects.map(({ name }) => name));
  const rows = GOALS.filter(({ of }) => present.has(of)).map(
    ({ text, limit, digits, measured: read }): Row => {
      const value = read(measured);
      const verdict = Number.isFinite(value) ? (value <= limit ? 'met' : 'missed') : '';
      return [text, `≤ ${limit}`, show(value, digits), verdict];
    },
  );
  return rows.length === 0 ? '' : table('Goals', ['', 'goal', 'measured', ''], rows);
}
