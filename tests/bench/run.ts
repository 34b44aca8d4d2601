/** `npm run bench [-- --quick] [-- --only a,b]`: what the gateway costs, beside what plain forwarding and others cost. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { coldStartReport } from '@/tests/bench/cold-start';
import { failuresOf } from '@/tests/bench/figures';
import { callsTable, goalsTable, type Measured, streamsTable } from '@/tests/bench/report';
import { comparePages } from '@/tests/bench/pages';
import {
  type LoadGenerator,
  runRounds,
  type Samples,
  type Shape,
  startLoadGenerator,
} from '@/tests/bench/rounds';
import {
  dialectsTable,
  measureDialects,
  measureMeters,
  metersTable,
  STREAMING_SUBJECTS,
  streamingGoals,
  type StreamingShapes,
} from '@/tests/bench/streaming';
import { startLine, SUBJECT_NAMES, type Subject, type SubjectName } from '@/tests/bench/subjects';

type Shapes = Readonly<Record<keyof Measured, Shape>>;

const FULL: Shapes = {
  busy: { kind: 'json', concurrency: 32, requests: 3_000, rounds: 5, warmUp: 4_000 },
  single: { kind: 'json', concurrency: 1, requests: 600, rounds: 5, warmUp: 200 },
  streams: { kind: 'stream', concurrency: 8, requests: 120, rounds: 3, warmUp: 60 },
  // Spread over more streams the machine itself, not the subject, would be what delays an event.
  paced: { kind: 'paced', concurrency: 16, requests: 48, rounds: 3, warmUp: 16 },
};
const QUICK: Shapes = {
  busy: { ...FULL.busy, requests: 800, rounds: 2, warmUp: 1_000 },
  single: { ...FULL.single, requests: 200, rounds: 2, warmUp: 50 },
  streams: { ...FULL.streams, requests: 30, rounds: 2, warmUp: 16 },
  paced: { ...FULL.paced, requests: 16, rounds: 2, warmUp: 0 },
};

const STREAMING: StreamingShapes = {
  meters: { events: 40_000, rounds: 5 },
  atOnce: { ...FULL.streams, requests: 60, warmUp: 24 },
  paced: { ...FULL.paced, warmUp: 0 },
};
const QUICK_STREAMING: StreamingShapes = {
  meters: { events: 8_000, rounds: 3 },
  atOnce: { ...STREAMING.atOnce, requests: 24, rounds: 2, warmUp: 16 },
  paced: { ...STREAMING.paced, requests: 16, rounds: 2 },
};

/** Every dialect's streams, as a name for `--only`. */
const STREAMS = 'streams';

/** The pages on a database of millions of calls, as a name for `--only`. */
const PAGES = 'pages';

const HELP = `npm run bench -- [--quick] [--only <subjects>] [--database file:…]

  --quick   fewer calls and rounds
  --only    subjects by commas, the upstream itself always among them: ${SUBJECT_NAMES.join(', ')};
            streams: the streams of every dialect, through the meter alone and through the self-hosted gateway;
            pages: the pages of customers on ten million calls (200,000 with --quick)
  --database  for pages, one that \`npm run seed\` made; without it one is seeded
`;

function isSubject(name: string): name is SubjectName {
  return (SUBJECT_NAMES as readonly string[]).includes(name);
}

interface Wanted {
  /** Compared in the usual calls; none: these are left out. */
  readonly subjects: ReadonlySet<SubjectName>;
  readonly streams: boolean;
  readonly pages: boolean;
}

function wantedFrom(only: string | undefined): Wanted {
  const names = only?.split(',').map((name) => name.trim()) ?? [...SUBJECT_NAMES, STREAMS, PAGES];
  const unknown = names.filter((name) => ![STREAMS, PAGES].includes(name) && !isSubject(name));
  if (unknown.length > 0) throw new Error(`no such subject: ${unknown.join(', ')}\n\n${HELP}`);
  return {
    subjects: new Set(names.filter(isSubject)),
    streams: names.includes(STREAMS),
    pages: names.includes(PAGES),
  };
}

async function measureAll(
  subjects: readonly Subject[],
  shapes: Shapes,
  load: LoadGenerator,
): Promise<Measured> {
  return {
    busy: await runRounds('32 at a time', subjects, shapes.busy, load),
    single: await runRounds('one at a time', subjects, shapes.single, load),
    streams: await runRounds('streams', subjects, shapes.streams, load),
    paced: await runRounds('paced streams', subjects, shapes.paced, load),
  };
}

/** Lines about calls that were not answered as they should be; empty when there are none. */
function complaints(subjects: readonly Subject[], measured: Readonly<Record<string, Samples>>): string[] {
  return subjects.flatMap(({ name, label }) =>
    Object.entries(measured).flatMap(([part, samples]) => {
      const { count, reasons } = samples.has(name) ? failuresOf(samples, name) : { count: 0, reasons: [] };
      return count === 0 ? [] : [`${label}, ${part}: ${count} calls failed: ${reasons.join(' | ')}`];
    }),
  );
}

/** The usual calls; returns what went wrong. */
async function compareSubjects(
  subjects: readonly Subject[],
  quick: boolean,
  load: LoadGenerator,
): Promise<string[]> {
  const measured = await measureAll(subjects, quick ? QUICK : FULL, load);
  console.log(callsTable(subjects, measured));
  console.log(streamsTable(subjects, measured));
  console.log(goalsTable(subjects, measured));
  console.log(`Cold start of the built Vercel function: ${await coldStartReport()}`);
  return complaints(subjects, { ...measured });
}

/** The streams of every dialect; returns what went wrong. */
async function compareStreams(
  subjects: readonly Subject[],
  quick: boolean,
  load: LoadGenerator,
): Promise<string[]> {
  const shapes = quick ? QUICK_STREAMING : STREAMING;
  const cases = measureMeters(shapes.meters);
  console.log(metersTable(cases));
  const measured = await measureDialects(subjects, shapes, load);
  console.log(dialectsTable(measured));
  console.log(streamingGoals(cases, measured));
  return measured.flatMap(({ dialect, atOnce, paced }) =>
    complaints(subjects, { [`${dialect.label} at once`]: atOnce, [`${dialect.label} paced`]: paced }),
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      only: { type: 'string' },
      database: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = wantedFrom(values.only);
  const quick = values.quick === true;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tollgate-bench-'));
  const started = new Set([...wanted.subjects, ...(wanted.streams ? STREAMING_SUBJECTS : [])]);
  const line = await startLine(started, folder);
  const load = startLoadGenerator();
  try {
    const cpus = os.cpus();
    console.log(
      `Node ${process.version}, ${cpus.length} × ${cpus[0]?.model.trim() ?? 'CPU'}, ${os.platform()}`,
    );
    const compared = line.subjects.filter(({ name }) => name === 'direct' || wanted.subjects.has(name));
    const problems = [
      ...(wanted.subjects.size > 0 ? await compareSubjects(compared, quick, load) : []),
      ...(wanted.streams ? await compareStreams(line.subjects, quick, load) : []),
      ...(wanted.pages ? await comparePages({ quick, databaseUrl: values.database ?? null, folder }) : []),
    ];
    for (const { label, reason } of line.missing) console.log(`\nNot measured: ${label}: ${reason}`);
    for (const problem of problems) console.log(`\n${problem}`);
    return problems.length > 0 || line.missing.some(({ expected }) => !expected) ? 1 : 0;
  } finally {
    await load.stop();
    await line.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
