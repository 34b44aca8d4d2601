/** `npm run bench [-- --quick] [-- --only a,b]`: what the gateway costs, beside what plain forwarding and others cost. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { coldStartReport } from '@/tests/bench/cold-start';
import { failuresOf } from '@/tests/bench/figures';
import { callsTable, goalsTable, type Measured, streamsTable } from '@/tests/bench/report';
import { runRounds, type Shape, startLoadGenerator } from '@/tests/bench/rounds';
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

const HELP = `npm run bench -- [--quick] [--only <subjects>]

  --quick   fewer calls and rounds
  --only    subjects by commas, the upstream itself always among them: ${SUBJECT_NAMES.join(', ')}
`;

function isSubject(name: string): name is SubjectName {
  return (SUBJECT_NAMES as readonly string[]).includes(name);
}

function wantedSubjects(only: string | undefined): ReadonlySet<SubjectName> {
  const names = only?.split(',').map((name) => name.trim()) ?? SUBJECT_NAMES;
  const unknown = names.filter((name) => !isSubject(name));
  if (unknown.length > 0) throw new Error(`no such subject: ${unknown.join(', ')}\n\n${HELP}`);
  return new Set(names.filter(isSubject));
}

async function measureAll(subjects: readonly Subject[], shapes: Shapes): Promise<Measured> {
  const load = startLoadGenerator();
  try {
    return {
      busy: await runRounds('32 at a time', subjects, shapes.busy, load),
      single: await runRounds('one at a time', subjects, shapes.single, load),
      streams: await runRounds('streams', subjects, shapes.streams, load),
      paced: await runRounds('paced streams', subjects, shapes.paced, load),
    };
  } finally {
    await load.stop();
  }
}

/** Lines about calls that were not answered as they should be; empty when there are none. */
function complaints(subjects: readonly Subject[], measured: Measured): string[] {
  return subjects.flatMap(({ name, label }) =>
    Object.entries(measured).flatMap(([part, samples]) => {
      const { count, reasons } = failuresOf(samples, name);
      return count === 0 ? [] : [`${label}, ${part}: ${count} calls failed: ${reasons.join(' | ')}`];
    }),
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, only: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = wantedSubjects(values.only);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tollgate-bench-'));
  const line = await startLine(wanted, folder);
  try {
    const measured = await measureAll(line.subjects, values.quick === true ? QUICK : FULL);
    const cpus = os.cpus();
    console.log(
      `Node ${process.version}, ${cpus.length} × ${cpus[0]?.model.trim() ?? 'CPU'}, ${os.platform()}`,
    );
    console.log(callsTable(line.subjects, measured));
    console.log(streamsTable(line.subjects, measured));
    console.log(goalsTable(line.subjects, measured));
    console.log(`Cold start of the built Vercel function: ${await coldStartReport()}`);
    const problems = complaints(line.subjects, measured);
    for (const { label, reason } of line.missing) console.log(`\nNot measured: ${label}: ${reason}`);
    for (const problem of problems) console.log(`\n${problem}`);
    return problems.length > 0 || line.missing.some(({ expected }) => !expected) ? 1 : 0;
  } finally {
    await line.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
