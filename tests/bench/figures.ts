/** From samples to figures. Comparisons are made within a round, and the middle one counts. */
import { STREAM_EVENTS } from '@/tests/bench/messages';
import type { Sample, Samples } from '@/tests/bench/rounds';
import type { SubjectName } from '@/tests/bench/subjects';

type Measure = (sample: Sample) => number;

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => {
  const low = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
  return values.length === 0 ? Number.NaN : (low + quantile(values, 0.5)) / 2;
};

export const cpuPerCall: Measure = (sample) => sample.cpuUs / sample.done;
export const cpuPerThousandEvents: Measure = (sample) =>
  (sample.cpuUs / (sample.done * STREAM_EVENTS)) * 1_000;
export const perSecond: Measure = (sample) => sample.done / (sample.elapsedMs / 1_000);
export const eventsPerPiece: Measure = (sample) => (sample.done * STREAM_EVENTS) / sample.pieces;
export const latency =
  (share: number): Measure =>
  (sample) =>
    quantile(sample.latencyMs, share);
export const firstByte =
  (share: number): Measure =>
  (sample) =>
    quantile(sample.firstByteMs, share);
export const gap =
  (share: number): Measure =>
  (sample) =>
    quantile(sample.gapMs, share);
export const transit =
  (share: number): Measure =>
  (sample) =>
    quantile(sample.transitMs, share);

/** A subject's figure: the middle of its rounds. */
export function figure(samples: Samples, name: SubjectName, measure: Measure): number {
  return median((samples.get(name) ?? []).map(measure));
}

function compared(
  samples: Samples,
  name: SubjectName,
  reference: SubjectName,
  measure: Measure,
  compare: (own: number, other: number) => number,
): number {
  const others = samples.get(reference) ?? [];
  const own = samples.get(name) ?? [];
  const pairs = own.flatMap((sample, round) => {
    const other = others[round];
    return other === undefined ? [] : [compare(measure(sample), measure(other))];
  });
  return median(pairs);
}

/** How many times the reference's figure; NaN when the reference did not run. */
export function ratio(samples: Samples, name: SubjectName, reference: SubjectName, measure: Measure): number {
  return compared(samples, name, reference, measure, (own, other) => own / other);
}

/** How much more than the reference's figure; NaN when the reference did not run. */
export function added(samples: Samples, name: SubjectName, reference: SubjectName, measure: Measure): number {
  return compared(samples, name, reference, measure, (own, other) => own - other);
}

/** Failed calls of all rounds with their reasons; empty when every call was answered as it should be. */
export function failuresOf(
  samples: Samples,
  name: SubjectName,
): { readonly count: number; readonly reasons: readonly string[] } {
  const all = samples.get(name) ?? [];
  const count = all.reduce((sum, sample) => sum + sample.failed + (sample.done === 0 ? 1 : 0), 0);
  return { count, reasons: [...new Set(all.flatMap((sample) => sample.failures))] };
}
