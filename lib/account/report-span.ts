/** Which days a usage report covers, in the reader's time zone, and which it is compared with. */
import { z } from 'zod';
import {
  addDays,
  dayIn,
  daysFromTo,
  daysIn,
  daysInMonth,
  firstOfMonthBefore,
  quarterEndAt,
  type Span,
  type ZoneDay,
  zoneNamed,
} from '@/lib/domain/zone';
import { firstOfMonth } from './fields';
import { inputError } from './input';
import { RANGES, type Range } from './report-views';

/** A year and a month to compare it with: keeps one read, and its answer, small. */
const MOST_REPORT_DAYS = 400;
const DEFAULT_RANGE = '30d';
const DAYS_OF = { '7d': 7, '30d': 30 } as const;

const day = z.iso.date('must be a day such as 2026-12-31');

/** `from` and `to` are days in `time_zone`, both included; they belong to `custom`, which is what the range is when they are given alone. */
export const spanFields = {
  range: z.enum(RANGES, `must be one of ${RANGES.join(', ')}`).optional(),
  from: day.optional(),
  to: day.optional(),
  time_zone: z
    .string()
    .transform((name, context) => {
      const zone = zoneNamed(name);
      if (zone !== null) return zone;
      context.addIssue({ code: 'custom', message: 'must be a time zone such as Europe/Berlin or UTC' });
      return z.NEVER;
    })
    .default('UTC'),
};

export interface SpanInput {
  readonly range?: Range | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly time_zone: string;
}

export interface ReportSpan {
  readonly range: Range;
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly days: readonly ZoneDay[];
  /** All of the days. */
  readonly span: Span;
  readonly today: ZoneDay;
  readonly previous: Span;
}

function customDays({ from, to }: SpanInput, today: string): { from: string; to: string } {
  const last = to ?? today;
  if (from === undefined) throw inputError('from', 'is required: the first day of the range');
  if (last > today) throw inputError('to', `must not be after today, ${today}`);
  const days = daysFromTo(from, last);
  if (days < 1) throw inputError('from', `must not be after the last day, ${last}`);
  if (days > MOST_REPORT_DAYS)
    throw inputError('from', `is too far back: a range has at most ${MOST_REPORT_DAYS} days`);
  return { from, to: last };
}

function daysOf(range: Range, input: SpanInput, today: string): { from: string; to: string } {
  if (range === 'custom') return customDays(input, today);
  for (const field of ['from', 'to'] as const)
    if (input[field] !== undefined) throw inputError(field, 'goes with the range "custom" alone');
  if (range === 'today') return { from: today, to: today };
  if (range === 'month') return { from: firstOfMonth(today), to: today };
  return { from: addDays(today, 1 - DAYS_OF[range]), to: today };
}

/** The first day and the number of days of the span before; a month is compared with the same days of the month before it. */
function daysBefore(range: Range, from: string, count: number): { first: string; count: number } {
  if (range !== 'month') return { first: addDays(from, -count), count };
  const first = firstOfMonthBefore(from);
  return { first, count: Math.min(count, daysInMonth(first)) };
}

function previousOf(
  range: Range,
  zone: string,
  days: readonly ZoneDay[],
  today: ZoneDay,
  nowMs: number,
): Span {
  const before = daysBefore(range, days[0]?.day ?? today.day, days.length);
  const all = daysIn(zone, before.first, before.count);
  const [first, last] = [all[0] ?? today, all.at(-1) ?? today];
  // Today has only begun, and so has the day it is compared with: up to the same time by the clock.
  const begun = days.at(-1)?.day === today.day && before.count === days.length;
  const passed = quarterEndAt(nowMs) - today.from;
  return { from: first.from, to: begun ? Math.min(last.to, last.from + passed) : last.to };
}

/** @throws InputError for days that make no range */
export function reportSpan(input: SpanInput, nowMs: number): ReportSpan {
  const zone = input.time_zone;
  const [today] = daysIn(zone, dayIn(zone, nowMs), 1);
  if (today === undefined) throw new Error('one day was asked for');
  const named = input.from !== undefined || input.to !== undefined;
  const range = input.range ?? (named ? 'custom' : DEFAULT_RANGE);
  const { from, to } = daysOf(range, input, today.day);
  const days = daysIn(zone, from, daysFromTo(from, to));
  return {
    range,
    zone,
    from,
    to,
    days,
    span: { from: days[0]?.from ?? today.from, to: days.at(-1)?.to ?? today.to },
    today,
    previous: previousOf(range, zone, days, today, nowMs),
  };
}
