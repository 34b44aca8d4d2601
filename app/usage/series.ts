/** What a chart of the usage page stacks: names, colours and values per day or hour, for chart, legend and table alike. */
import type { ReportDay, ReportHour, ReportView } from '@/lib/account/report-views';
import type { Formats } from '../formats';
import type { Chart } from './query';

export interface Series {
  readonly key: string;
  readonly name: string;
  /** 1 to 8, of the palette. */
  readonly colour: number;
}

export interface Bar {
  /** `21 Nov`, or `14:00`. */
  readonly label: string;
  /** The whole day or hour, in words. */
  readonly title: string;
  /** One per series, in order. */
  readonly values: readonly number[];
  /** The same in the reader's words, made on the server: browsers may write numbers a little otherwise. */
  readonly texts: readonly string[];
  readonly total: number;
  readonly totalText: string;
}

export interface ChartData {
  readonly unit: 'nano_usd' | 'tokens';
  readonly series: readonly Series[];
  readonly bars: readonly Bar[];
  readonly totals: readonly number[];
  readonly totalTexts: readonly string[];
  readonly total: number;
  readonly totalText: string;
}

const OTHERS = 'others';
/** The last colour is grey: nobody in particular. */
const OTHERS_COLOUR = 8;

const KINDS = [
  ['input', 'Input', (one: ReportHour) => one.input_tokens],
  ['output', 'Output', (one: ReportHour) => one.output_tokens],
  ['cache-read', 'Cache read', (one: ReportHour) => one.cache_read_tokens],
  ['cache-write', 'Cache write', (one: ReportHour) => one.cache_write_5m_tokens + one.cache_write_1h_tokens],
] as const;

type Valued = (one: ReportHour) => number[];

function modelSeries(report: ReportView): Series[] {
  const twice = new Set(
    report.stack.map(({ model }) => model).filter((model, at, all) => all.indexOf(model) !== at),
  );
  const named = report.stack.map(({ model, provider }, at) => ({
    key: `${provider}/${model}`,
    name: twice.has(model) ? `${model} (${provider})` : model,
    colour: at + 1,
  }));
  const more = (report.hours ?? report.days).some(({ models }) => models.some((part) => part.model === null));
  return more ? [...named, { key: OTHERS, name: 'Other models', colour: OTHERS_COLOUR }] : named;
}

function valuesByModel(series: readonly Series[], figure: 'cost_nano_usd' | 'counted_tokens'): Valued {
  return ({ models }) => {
    const of = new Map(
      models.map((part) => [part.model === null ? OTHERS : `${part.provider}/${part.model}`, part[figure]]),
    );
    return series.map(({ key }) => of.get(key) ?? 0);
  };
}

function labelsOf(one: ReportHour | ReportDay, formats: Formats): Pick<Bar, 'label' | 'title'> {
  if ('day' in one) return { label: formats.day(one.day), title: formats.weekday(one.day) };
  const label = formats.hour(one.starts_at);
  return { label, title: formats.instant(one.starts_at) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Hours where the range is one day. */
export function chartData(report: ReportView, chart: Chart, formats: Formats): ChartData {
  const kinds = chart === 'kinds';
  const text = chart === 'cost' ? formats.usdBrief : formats.count;
  const series: readonly Series[] = kinds
    ? KINDS.map(([key, name], at) => ({ key, name, colour: at + 1 }))
    : modelSeries(report);
  const valuesOf: Valued = kinds
    ? (one) => KINDS.map(([, , value]) => value(one))
    : valuesByModel(series, chart === 'cost' ? 'cost_nano_usd' : 'counted_tokens');
  const bars = (report.hours ?? report.days).map((one): Bar => {
    const values = valuesOf(one);
    const all = sum(values);
    return {
      ...labelsOf(one, formats),
      values,
      texts: values.map(text),
      total: all,
      totalText: text(all),
    };
  });
  const totals = series.map((_, at) => sum(bars.map(({ values }) => values[at] ?? 0)));
  const total = sum(totals);
  return {
    unit: chart === 'cost' ? 'nano_usd' : 'tokens',
    series,
    bars,
    totals,
    totalTexts: totals.map(text),
    total,
    totalText: text(total),
  };
}
