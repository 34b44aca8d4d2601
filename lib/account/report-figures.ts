/** Sums of usage: by day and hour with their dearest models, by model, and by who called. */
import type { UsageFigures } from '@/db/queries/usage';
import type { Span } from '@/lib/domain/zone';
import { presentFigures } from './present';
import type { ReportFigures, ReportHour, ReportView } from './report-views';

/** As many as charts have colours for, less one for all others. */
const MOST_STACKED = 7;
/** Names can come from callers' headers; beyond these, nobody reads on. */
const MOST_LINES = 100;
const SECOND_MS = 1_000;

type Figures = { -readonly [K in keyof UsageFigures]: number };

export interface ModelRow extends UsageFigures {
  readonly provider: string;
  readonly model: string;
}

/** Sums of one span and one model; `at`: the span's place. */
export interface ModelSum extends ModelRow {
  readonly at: number;
}

export function noFigures(): Figures {
  return {
    requests: 0,
    refusals: 0,
    inputTokens: 0,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    countedTokens: 0,
    costNanoUsd: 0,
  };
}

const NAMES = Object.keys(noFigures()) as (keyof UsageFigures)[];

export function sumFigures(rows: Iterable<UsageFigures>): UsageFigures {
  const sum = noFigures();
  for (const row of rows) for (const name of NAMES) sum[name] += row[name];
  return sum;
}

function groupBy<R>(rows: Iterable<R>, keyOf: (row: R) => string): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** Dearest first; among free ones by tokens, then by calls. */
const byWeight = (a: UsageFigures, b: UsageFigures): number =>
  b.costNanoUsd - a.costNanoUsd || b.countedTokens - a.countedTokens || b.requests - a.requests;

interface Breakdown<N> {
  readonly lines: (N & ReportFigures)[];
  readonly rest: ({ lines: number } & ReportFigures) | null;
}

/** Rows of one name summed, dearest first; what doesn't fit is summed at the end. */
export function breakDown<R extends UsageFigures, N>(
  rows: Iterable<R>,
  keyOf: (row: R) => string,
  nameOf: (row: R) => N,
): Breakdown<N> {
  const groups = [...groupBy(rows, keyOf).values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ name: nameOf(first), figures: sumFigures(group) }];
  });
  const sorted = groups.toSorted((a, b) => byWeight(a.figures, b.figures));
  const rest = sorted.slice(MOST_LINES).map(({ figures }) => figures);
  return {
    lines: sorted.slice(0, MOST_LINES).map(({ name, figures }) => ({ ...name, ...presentFigures(figures) })),
    rest: rest.length === 0 ? null : { lines: rest.length, ...presentFigures(sumFigures(rest)) },
  };
}

/** Calls refused before their model was known are one line, whatever provider they might have gone to. */
const keyOfModel = (row: Pick<ModelRow, 'provider' | 'model'>): string =>
  row.model === '' ? '' : `${row.provider}/${row.model}`;

export const breakDownModels = (rows: Iterable<ModelRow>): ReportView['models'] =>
  breakDown(rows, keyOfModel, (row) => ({
    model: row.model === '' ? null : row.model,
    provider: row.model === '' ? null : row.provider,
  }));

export type Stack = ReportView['stack'];

/** The models that days are split by. One that was only ever refused is none. */
export function stackOf({ lines }: ReportView['models']): Stack {
  return lines
    .flatMap(({ model, provider, requests }) =>
      model === null || provider === null || requests === 0 ? [] : [{ model, provider }],
    )
    .slice(0, MOST_STACKED);
}

function partsOf(rows: readonly ModelRow[], stack: Stack): ReportHour['models'] {
  const place = new Map(stack.map((one, at) => [keyOfModel(one), at]));
  const groups = groupBy(rows, (row) => String(place.get(keyOfModel(row)) ?? stack.length));
  return [...groups]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([at, group]) => {
      const { requests, countedTokens, costNanoUsd } = sumFigures(group);
      const { model, provider } = stack[Number(at)] ?? { model: null, provider: null };
      return { model, provider, requests, counted_tokens: countedTokens, cost_nano_usd: costNanoUsd };
    })
    .filter((part) => part.requests + part.counted_tokens + part.cost_nano_usd > 0);
}

export const isoOfSeconds = (seconds: number): string => new Date(seconds * SECOND_MS).toISOString();

/** Every span with its sums, also those without a call. */
export function fillSpans<S extends Span>(
  spans: readonly S[],
  rows: readonly ModelSum[],
  stack: Stack,
): { readonly span: S; readonly bucket: ReportHour }[] {
  const ofSpan = groupBy(rows, ({ at }) => String(at));
  return spans.map((span, at) => {
    const own = ofSpan.get(String(at)) ?? [];
    const bucket = {
      starts_at: isoOfSeconds(span.from),
      ends_at: isoOfSeconds(span.to),
      ...presentFigures(sumFigures(own)),
      models: partsOf(own, stack),
    };
    return { span, bucket };
  });
}
