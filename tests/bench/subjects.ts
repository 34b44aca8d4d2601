/** Who is compared: the upstream itself, plain proxies, Tollgate in both mounts, and Portkey's gateway. */
import path from 'node:path';
import { requestBody } from '@/tests/bench/messages';
import { buildForwardApp, FORWARD_APP, NEXT_BIN } from '@/tests/bench/next-forward';
import { installPortkey } from '@/tests/bench/portkey';
import { bundled, freePort, type Launch, ROOT, start, type Started } from '@/tests/bench/processes';
import { buildTollgate, setUpTollgate } from '@/tests/bench/tollgate';

export const SUBJECT_NAMES = [
  'direct',
  'node',
  'fetch',
  'next',
  'tollgate',
  'tollgate-next',
  'portkey',
] as const;
export type SubjectName = (typeof SUBJECT_NAMES)[number];

export interface Subject {
  readonly name: SubjectName;
  readonly label: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly pid: number;
}

export interface Line {
  readonly subjects: readonly Subject[];
  /** Subjects that are not there, and why. */
  readonly missing: readonly {
    readonly label: string;
    readonly reason: string;
    readonly expected: boolean;
  }[];
  stop(): Promise<void>;
}

interface Plan {
  readonly label: string;
  /** What is needed before the process starts; its throw leaves the subject out. */
  prepare(folder: string, upstreamUrl: string): Prepared;
}

interface Prepared {
  readonly args: (port: number) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an SDK sends beside its key. */
const CLIENT_HEADERS = {
  'anthropic-version': '2023-06-01',
  'user-agent': 'bench/1',
  accept: 'application/json',
};
const KEY_HEADER = { 'x-api-key': 'sk-ant-bench' };
const PROBE_TIMEOUT_MS = 5_000;
/** How much of a failed command's output is shown. */
const OUTPUT_TAIL_CHARS = 1_500;

const nextStart = (port: number) => [NEXT_BIN, 'start', '-H', '127.0.0.1', '-p', String(port)];
const child = (name: string): Prepared => ({ args: () => [bundled(name)] });

/** Once a run: both mounts come from one build. */
let tollgateBuilt = false;

function tollgatePlan(name: SubjectName, label: string, args: Prepared['args']): Plan {
  return {
    label,
    prepare: (folder, upstreamUrl) => {
      if (!tollgateBuilt) buildTollgate();
      tollgateBuilt = true;
      const { env, token } = setUpTollgate(name, folder, upstreamUrl);
      return { args, env: { ...env, HOST: '127.0.0.1' }, headers: { 'x-api-key': token } };
    },
  };
}

const PLANS: Readonly<Record<SubjectName, Plan>> = {
  direct: { label: 'upstream directly', prepare: () => child('upstream') },
  node: { label: 'bare Node proxy', prepare: () => child('node-proxy') },
  fetch: { label: 'bare fetch proxy', prepare: () => child('fetch-proxy') },
  next: {
    label: 'bare Next route',
    prepare: () => {
      buildForwardApp();
      return { args: nextStart, cwd: FORWARD_APP };
    },
  },
  tollgate: tollgatePlan('tollgate', 'Tollgate self-hosted', () => [path.join(ROOT, 'scripts/start.mjs')]),
  'tollgate-next': tollgatePlan('tollgate-next', 'Tollgate in Next', nextStart),
  portkey: {
    label: "Portkey's gateway",
    prepare: (_folder, upstreamUrl) => {
      const entry = installPortkey();
      const headers = {
        'x-portkey-provider': 'anthropic',
        'x-portkey-custom-host': `${upstreamUrl}/v1`,
        ...KEY_HEADER,
      };
      return { args: (port) => [entry, `--port=${port}`, '--headless'], headers };
    },
  },
};

async function probe(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  const all = { ...headers, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers: all, body: requestBody('json'), signal });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${text.slice(0, 300)}`);
}

async function startSubject(name: SubjectName, folder: string, upstream: string) {
  const plan = PLANS[name];
  const prepared = plan.prepare(folder, upstream);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1/messages`;
  const headers = { ...CLIENT_HEADERS, ...(prepared.headers ?? KEY_HEADER) };
  const launch: Launch = {
    name,
    args: prepared.args(port),
    env: { PORT: String(port), UPSTREAM: upstream, ...prepared.env },
    ...(prepared.cwd === undefined ? {} : { cwd: prepared.cwd }),
    folder,
    probe: () => probe(url, headers),
  };
  const started = await start(launch);
  return { subject: { name, label: plan.label, url, headers, pid: started.pid }, started };
}

/** Starts the upstream and the wanted subjects. Portkey may be missing; anything else that is, is a failure. */
export async function startLine(wanted: ReadonlySet<SubjectName>, folder: string): Promise<Line> {
  const running: Started[] = [];
  const subjects: Subject[] = [];
  const missing: Line['missing'][number][] = [];
  let upstreamUrl = '';
  for (const name of SUBJECT_NAMES) {
    if (name !== 'direct' && !wanted.has(name)) continue;
    const { label } = PLANS[name];
    process.stderr.write(`starting: ${label}\n`);
    try {
      const { subject, started } = await startSubject(name, folder, upstreamUrl);
      running.push(started);
      if (name === 'direct') upstreamUrl = new URL(subject.url).origin;
      subjects.push(subject);
    } catch (error) {
      if (name === 'direct') throw error;
      missing.push({ label, reason: reasonOf(error), expected: name === 'portkey' });
    }
  }
  const stop = async (): Promise<void> => void (await Promise.all(running.map((one) => one.stop())));
  return { subjects, missing, stop };
}

/** A failed command says why in its output, mostly at the end and not always on standard error. */
function reasonOf(error: unknown): string {
  const { message, stdout, stderr } = error as { message: string; stdout?: unknown; stderr?: unknown };
  if (stdout === undefined) return message;
  const output = [stdout, stderr].map((text) => String(text).trim().slice(-OUTPUT_TAIL_CHARS));
  return [message.split('\n')[0], ...output].join('\n');
}
