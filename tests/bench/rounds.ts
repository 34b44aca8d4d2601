/** Interleaved rounds: every subject in turn, again and again, so that what disturbs the machine disturbs all alike. */
import { fork, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { costOf } from '@/tests/bench/cpu';
import type { LoadJob, LoadResult } from '@/tests/bench/load';
import { type AnswerKind, requestBody } from '@/tests/bench/messages';
import { bundled, cleanEnv, stopProcess } from '@/tests/bench/processes';
import type { Subject, SubjectName } from '@/tests/bench/subjects';

/** Another call than the usual one. */
export interface OtherCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bytes of the whole answer, as a subject gives it. */
  readonly bytesFrom: (name: SubjectName) => number;
}

export interface Shape {
  readonly kind: AnswerKind;
  readonly concurrency: number;
  /** Per subject and round. */
  readonly requests: number;
  readonly rounds: number;
  /** Unmeasured calls at first: compilers need some thousands to settle. */
  readonly warmUp: number;
  readonly call?: OtherCall;
}

export interface Sample extends LoadResult {
  /** Of the subject's processes, for the whole round. */
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** Each subject's samples, one per round. */
export type Samples = ReadonlyMap<SubjectName, readonly Sample[]>;

/** Ends a round of a subject that has become slow. */
const ROUND_MAX_MS = 15_000;
/** Settlements run after the answer and belong to its cost. */
const AFTERMATH_MS = 150;

export interface LoadGenerator {
  run(job: LoadJob): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** The second process that the load comes from. */
export function startLoadGenerator(): LoadGenerator {
  const options: ForkOptions = { env: cleanEnv({}), execArgv: [], serialization: 'advanced' };
  const child = fork(bundled('load'), [], options);
  const gone = new AbortController();
  child.once('exit', (code) => gone.abort(new Error(`the load generator ended with ${code}`)));
  return {
    run: async (job) => {
      const answered = once(child, 'message', { signal: gone.signal });
      child.send(job);
      const [result] = (await answered) as [LoadResult];
      return result;
    },
    stop: () => stopProcess(child),
  };
}

function jobFor(subject: Subject, shape: Shape, requests: number): LoadJob {
  const { kind, concurrency } = shape;
  const job = { kind, concurrency, requests, maxMs: ROUND_MAX_MS };
  const { url, headers, name } = subject;
  const { call } = shape;
  if (call === undefined) return { ...job, url, headers, body: requestBody(kind) };
  const { origin } = new URL(url);
  const all = { ...headers, ...call.headers };
  return { ...job, url: origin + call.path, headers: all, body: call.body, bytes: call.bytesFrom(name) };
}

async function measure(subject: Subject, shape: Shape, load: LoadGenerator): Promise<Sample> {
  const before = costOf(subject.pid);
  const result = await load.run(jobFor(subject, shape, shape.requests));
  await sleep(AFTERMATH_MS);
  const after = costOf(subject.pid);
  return { ...result, cpuUs: after.cpuUs - before.cpuUs, rssBytes: after.rssBytes };
}

/** Runs a shape over all subjects; the first of a round changes from round to round. */
export async function runRounds(
  title: string,
  subjects: readonly Subject[],
  shape: Shape,
  load: LoadGenerator,
): Promise<Samples> {
  const samples = new Map<SubjectName, Sample[]>(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects) {
    process.stderr.write(`${title}: warming up ${subject.label}\n`);
    if (shape.warmUp > 0) await load.run(jobFor(subject, shape, shape.warmUp));
  }
  for (let round = 0; round < shape.rounds; round += 1) {
    process.stderr.write(`${title}: round ${round + 1} of ${shape.rounds}\n`);
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const subject = subjects[(round + turn) % subjects.length];
      if (subject !== undefined) samples.get(subject.name)?.push(await measure(subject, shape, load));
    }
  }
  return samples;
}
