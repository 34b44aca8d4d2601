/** A usage report as one table, for spreadsheets: every figure of it once, its kind in the first column. */
import { exactUsd } from '@/lib/domain/plan';
import type { CapView } from './cap-views';
import type { ReportFigures, ReportHour, ReportView } from './report-views';

const FIGURES = [
  'requests',
  'refusals',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'counted_tokens',
  'cost_nano_usd',
] as const satisfies readonly (keyof ReportFigures)[];

/** Raw integers, and dollars for reading. */
export const REPORT_COLUMNS = [
  'section',
  'starts_at',
  'ends_at',
  'day',
  'model',
  'provider',
  'agent',
  'campaign',
  'token_id',
  'token_name',
  ...FIGURES,
  'cost_usd',
  'cap',
  'limit',
  'used',
  'held',
  'remaining',
  'percent',
  'projected',
  'reaches_at',
] as const;

export type ReportRow = Readonly<Partial<Record<(typeof REPORT_COLUMNS)[number], string | number | null>>>;

function figuresOf(figures: ReportFigures): ReportRow {
  const own = Object.fromEntries(FIGURES.map((name) => [name, figures[name]]));
  return { ...own, cost_usd: exactUsd(figures.cost_nano_usd) };
}

const capRow = (
  { cap, limit, used, held, remaining, percent, projected, reaches_at }: CapView,
  resetsAt: string,
): ReportRow => ({
  section: 'month',
  ends_at: resetsAt,
  cap: cap === 'tokens' ? 'tokens' : 'cost_nano_usd',
  limit,
  used,
  held,
  remaining,
  percent,
  projected,
  reaches_at,
});

function bucketRows(section: 'day' | 'hour', bucket: ReportHour & { day?: string }): ReportRow[] {
  const at = {
    starts_at: bucket.starts_at,
    ends_at: bucket.ends_at,
    ...(bucket.day === undefined ? {} : { day: bucket.day }),
  };
  return [
    { section, ...at, ...figuresOf(bucket) },
    ...bucket.models.map(({ model, provider, requests, counted_tokens, cost_nano_usd }) => ({
      section: `${section} and model`,
      ...at,
      model: model ?? 'other models',
      provider,
      requests,
      counted_tokens,
      cost_nano_usd,
      cost_usd: exactUsd(cost_nano_usd),
    })),
  ];
}

function breakdownRows<L extends ReportFigures>(
  section: string,
  {
    lines,
    rest,
  }: { readonly lines: readonly L[]; readonly rest: (ReportFigures & { lines: number }) | null },
  nameOf: (line: L) => ReportRow,
): ReportRow[] {
  return [
    ...lines.map((line) => ({ section, ...nameOf(line), ...figuresOf(line) })),
    ...(rest === null ? [] : [{ section: `${section}: ${rest.lines} more`, ...figuresOf(rest) }]),
  ];
}

export function reportTable(report: ReportView): {
  readonly columns: readonly string[];
  readonly rows: readonly ReportRow[];
} {
  const { caps, previous } = report;
  const span = { starts_at: report.starts_at, ends_at: report.ends_at };
  const before = { starts_at: previous.starts_at, ends_at: previous.ends_at };
  return {
    columns: REPORT_COLUMNS,
    rows: [
      capRow(caps.tokens, caps.resets_at),
      capRow(caps.cost, caps.resets_at),
      { section: 'total', ...span, ...figuresOf(report.totals) },
      { section: 'previous total', ...before, ...figuresOf(previous) },
      ...report.days.flatMap((day) => bucketRows('day', day)),
      ...(report.hours ?? []).flatMap((hour) => bucketRows('hour', hour)),
      ...breakdownRows('model', report.models, ({ model, provider }) => ({ model, provider })),
      ...breakdownRows('agent', report.agents, ({ agent }) => ({ agent })),
      ...breakdownRows('campaign', report.campaigns, ({ campaign }) => ({ campaign })),
      ...breakdownRows('token', report.tokens, ({ token_id, name }) => ({ token_id, token_name: name })),
    ],
  };
}
