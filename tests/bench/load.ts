/** Child process: sends bounded load over kept connections and measures it; one job at a time, asked for by IPC. */
import { Agent, request } from 'node:http';
import { type AnswerKind, SENT_AT, sharedNowUs, STREAM_EVENTS } from '@/tests/bench/messages';

export interface LoadJob {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly kind: AnswerKind;
  /** How long the whole answer is; left out: the answer tells by itself whether it is whole. */
  readonly bytes?: number;
  readonly concurrency: number;
  readonly requests: number;
  /** No request starts after this; whatever a subject's speed, a round ends. */
  readonly maxMs: number;
}

export interface LoadResult {
  readonly done: number;
  /** Why requests failed, each reason once. */
  readonly failures: readonly string[];
  readonly failed: number;
  readonly elapsedMs: number;
  readonly latencyMs: readonly number[];
  readonly firstByteMs: readonly number[];
  /** Between two pieces of one stream. */
  readonly gapMs: readonly number[];
  /** From an event's writing upstream to its arrival here. */
  readonly transitMs: readonly number[];
  readonly pieces: number;
}

/** A call that hangs longer has failed; far above any answer of a local upstream. */
const CALL_TIMEOUT_MS = 20_000;
/** Different reasons kept for the report. */
const REASONS_KEPT = 3;

class Round {
  private readonly failures = new Set<string>();
  private failed = 0;
  private pieces = 0;
  private readonly latencyMs: number[] = [];
  private readonly firstByteMs: number[] = [];
  private readonly gapMs: number[] = [];
  private readonly transitMs: number[] = [];
  private readonly agent: Agent;
  private readonly target: URL;
  private readonly headers: Record<string, string | number>;

  constructor(private readonly job: LoadJob) {
    this.agent = new Agent({ keepAlive: true, maxSockets: job.concurrency });
    this.target = new URL(job.url);
    const length = Buffer.byteLength(job.body);
    this.headers = { ...job.headers, 'content-type': 'application/json', 'content-length': length };
  }

  async run(): Promise<LoadResult> {
    const startMs = performance.now();
    let started = 0;
    const worker = async (): Promise<void> => {
      while (started < this.job.requests && performance.now() - startMs < this.job.maxMs) {
        started += 1;
        await this.call().catch((error: unknown) => {
          this.failed += 1;
          if (this.failures.size < REASONS_KEPT) this.failures.add(String(error));
        });
      }
    };
    await Promise.all(Array.from({ length: this.job.concurrency }, worker));
    const elapsedMs = performance.now() - startMs;
    this.agent.destroy();
    const { latencyMs, firstByteMs, gapMs, transitMs, pieces, failed } = this;
    const failures = [...this.failures];
    return {
      done: latencyMs.length,
      failures,
      failed,
      elapsedMs,
      latencyMs,
      firstByteMs,
      gapMs,
      transitMs,
      pieces,
    };
  }

  private call(): Promise<void> {
    const { agent, target, headers, job } = this;
    return new Promise((resolve, reject) => {
      const startMs = performance.now();
      const path = target.pathname + target.search;
      const options = { agent, hostname: target.hostname, port: target.port, path, method: 'POST', headers };
      const sent = request({ ...options, timeout: CALL_TIMEOUT_MS }, (answer) => {
        let text = '';
        let lastMs = 0;
        answer.setEncoding('latin1');
        answer.on('data', (piece: string) => {
          const nowMs = performance.now();
          if (lastMs === 0) this.firstByteMs.push(nowMs - startMs);
          else if (job.kind === 'paced') this.gapMs.push(nowMs - lastMs);
          lastMs = nowMs;
          this.pieces += 1;
          if (job.kind === 'paced') this.noteTransits(piece);
          text += piece;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          this.latencyMs.push(performance.now() - startMs);
          const problem = problemOf(answer.statusCode, text, job);
          if (problem === null) return resolve();
          this.latencyMs.pop();
          reject(new Error(problem));
        });
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${CALL_TIMEOUT_MS} ms`)));
      sent.on('error', reject);
      sent.end(job.body);
    });
  }

  private noteTransits(piece: string): void {
    const nowUs = sharedNowUs();
    for (const [, sentUs] of piece.matchAll(SENT_AT)) this.transitMs.push((nowUs - Number(sentUs)) / 1_000);
  }
}

/** A fast wrong answer must not count as speed. */
function problemOf(status: number | undefined, text: string, { kind, bytes }: LoadJob): string | null {
  if (status !== 200) return `status ${status}: ${text.slice(0, 200)}`;
  if (bytes !== undefined)
    return text.length === bytes ? null : `${text.length} of ${bytes} bytes: …${text.slice(-200)}`;
  if (kind === 'json')
    return text.includes('"output_tokens":190') ? null : `not the answer: ${text.slice(0, 200)}`;
  const events = text.split('\n\n').length - 1;
  return events === STREAM_EVENTS ? null : `${events} of ${STREAM_EVENTS} events: …${text.slice(-200)}`;
}

process.on('message', (job: LoadJob) => {
  void new Round(job).run().then((result) => process.send?.(result));
});
