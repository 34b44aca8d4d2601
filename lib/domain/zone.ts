/** Calendar days as a reader's time zone has them: when they begin, how they follow each other, what hours they have. */
import { Temporal } from 'temporal-polyfill';

/** What usage is kept by: every zone's days and hours begin with one. */
export const QUARTER_SECONDS = 900;
const HOUR_SECONDS = 3_600;
const SECOND_MS = 1_000;
/** The longest name of a zone, `America/Argentina/ComodRivadavia`, and room. */
const LONGEST_ZONE = 64;

/** A span of time in seconds since the epoch, its end not included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A calendar day, `2026-11-21`, and the time it spans: 23 or 25 hours where clocks are changed. */
export interface ZoneDay extends Span {
  readonly day: string;
}

/** The IANA name of a zone as this runtime spells it; `null` for anything else, such as an offset. */
export function zoneNamed(name: string): string | null {
  if (name.length > LONGEST_ZONE || !/^[A-Za-z][\w+/-]*$/.test(name)) return null;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    // Runtimes keep names of decades ago (`Asia/Katmandu`): what was asked for is what people know.
    return known === 'UTC' ? known : Temporal.Now.zonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

/** The day it is in a zone. */
export function dayIn(zone: string, atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** `2026-11-21` and 1 is `2026-11-22`. */
export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/** The first day of the month before the one `day` is in. */
export function firstOfMonthBefore(day: string): string {
  return Temporal.PlainDate.from(day).with({ day: 1 }).subtract({ months: 1 }).toString();
}

export function daysInMonth(day: string): number {
  return Temporal.PlainDate.from(day).daysInMonth;
}

/** Days from `from` to `to`, both included; below 1 when `to` comes first. */
export function daysFromTo(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(to, { largestUnit: 'day' }).days + 1;
}

/** A quarter that a boundary of another age falls into is the later span's, so that nothing is counted twice or not at all. */
const toQuarter = (seconds: number): number => Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;

/** When a day begins in a zone: mostly midnight, but some clocks are put forward just then. */
function startOf(zone: string, day: Temporal.PlainDate): number {
  return toQuarter(day.toZonedDateTime(zone).epochMilliseconds / SECOND_MS);
}

/** So many days from `first` on, each ending where the next begins. */
export function daysIn(zone: string, first: string, count: number): ZoneDay[] {
  const days: ZoneDay[] = [];
  let date = Temporal.PlainDate.from(first);
  let from = startOf(zone, date);
  for (let at = 0; at < count; at++) {
    const next = date.add({ days: 1 });
    const to = startOf(zone, next);
    days.push({ day: date.toString(), from, to });
    [date, from] = [next, to];
  }
  return days;
}

/** The hours a span is made of, counted from its start; where clocks change by half an hour the last is half an hour. */
export function hoursIn({ from, to }: Span): Span[] {
  const hours: Span[] = [];
  for (let at = from; at < to; at += HOUR_SECONDS)
    hours.push({ from: at, to: Math.min(at + HOUR_SECONDS, to) });
  return hours;
}

/** The end of the quarter that an instant is in, seconds since the epoch. */
export function quarterEndAt(atMs: number): number {
  return toQuarter(atMs / SECOND_MS) + QUARTER_SECONDS;
}
