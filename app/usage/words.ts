/** Spans and months in words, as the usage and plans pages say them. */
import type { ReportView } from '@/lib/account/report-views';
import type { Formats } from '../formats';

/** `2026-11` as `November 2026`. */
export function monthName(month: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
}

/** The days a report covers: `21 Nov`, `23 Oct – 21 Nov`. */
export function spanWords({ from, to }: Pick<ReportView, 'from' | 'to'>, formats: Formats): string {
  return from === to ? formats.day(from) : `${formats.day(from)} – ${formats.day(to)}`;
}

const BEFORE: Readonly<Record<ReportView['range'], string>> = {
  today: 'yesterday up to this time',
  '7d': 'in the 7 days before',
  '30d': 'in the 30 days before',
  month: 'in the same days of the month before',
  custom: 'in as many days before',
};

/** Less would be “0% more”. */
const LEAST_SHARE = 0.01;

/** How a figure compares with the span before it. */
export function changeWords(
  now: number,
  before: number,
  range: ReportView['range'],
  formats: Formats,
): string {
  const span = BEFORE[range];
  if (before === 0) return now === 0 ? `None ${span} either` : `None ${span}`;
  const share = Math.abs(now - before) / before;
  if (now === before) return `As much as ${span}`;
  if (share < LEAST_SHARE) return `About as much as ${span}`;
  return `${formats.percent(share)} ${now > before ? 'more' : 'less'} than ${span}`;
}
