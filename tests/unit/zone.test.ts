/** Days of time zones follow each other without gap or overlap, and have the hours that clocks give them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  dayIn,
  daysFromTo,
  daysIn,
  firstOfMonthBefore,
  hoursIn,
  QUARTER_SECONDS,
  quarterEndAt,
  zoneNamed,
} from '@/lib/domain/zone';

const HOUR = 3_600;
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'America/Santiago',
  'Africa/Casablanca',
];
const zone = fc.constantFrom(...ZONES);
const day = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

const hoursOf = (name: string, one: string): number =>
  daysIn(name, one, 1).reduce((_, { from, to }) => (to - from) / HOUR, 0);

describe('days of a time zone', () => {
  it('follow each other without gap or overlap, and begin with quarters of an hour', () => {
    fc.assert(
      fc.property(zone, day, fc.integer({ min: 1, max: 60 }), (name, first, count) => {
        const days = daysIn(name, first, count);
        expect(days).toHaveLength(count);
        days.forEach(({ day: own, from, to }, at) => {
          expect(own).toBe(addDays(first, at));
          expect(from % QUARTER_SECONDS).toBe(0);
          expect(to).toBe(days[at + 1]?.from ?? to);
          expect([dayIn(name, from * 1_000), dayIn(name, to * 1_000 - 1)]).toEqual([own, own]);
        });
        expect(daysFromTo(first, days.at(-1)?.day ?? '')).toBe(count);
      }),
    );
  });

  it('have 23, 25 or 24 and a half hours where clocks are changed', () => {
    expect(hoursOf('Europe/Berlin', '2026-03-29')).toBe(23);
    expect(hoursOf('Europe/Berlin', '2026-10-25')).toBe(25);
    expect(hoursOf('America/New_York', '2026-03-08')).toBe(23);
    expect(hoursOf('Australia/Lord_Howe', '2026-04-05')).toBe(24.5);
    expect(hoursOf('Asia/Kathmandu', '2026-03-29')).toBe(24);
    // Samoa left one out, to be on the other side of the date line.
    expect(hoursOf('Pacific/Apia', '2011-12-30')).toBe(0);
  });

  it('begin where the clock does, if there is no midnight', () => {
    const [night] = daysIn('America/Santiago', '2026-09-06', 1);
    expect(new Date((night?.from ?? 0) * 1_000).toISOString()).toBe('2026-09-06T04:00:00.000Z');
    expect(hoursOf('America/Santiago', '2026-09-06')).toBe(23);
  });

  it('are made of whole hours, but for the half that a clock skips', () => {
    fc.assert(
      fc.property(zone, day, (name, one) => {
        const [whole] = daysIn(name, one, 1);
        if (whole === undefined) throw new Error('one day was asked for');
        const hours = hoursIn(whole);
        expect(hours[0]?.from).toBe(whole.from);
        expect(hours.at(-1)?.to).toBe(whole.to);
        hours.slice(1).forEach((hour, at) => expect(hour.from).toBe(hours[at]?.to));
      }),
    );
  });
});

describe('a zone’s name', () => {
  it('is one that the runtime knows; an offset or anything else is none', () => {
    expect(zoneNamed('europe/berlin')).toBe('Europe/Berlin');
    expect(zoneNamed('Etc/UTC')).toBe('UTC');
    expect(zoneNamed('asia/kathmandu')).toBe('Asia/Kathmandu');
    for (const name of ['+05:37', '', 'Mars/Olympus', '../etc/passwd', `A${'a'.repeat(80)}`])
      expect(zoneNamed(name)).toBeNull();
  });
});

describe('months and quarters', () => {
  it('the month before a first of January is December', () => {
    expect(firstOfMonthBefore('2026-01-31')).toBe('2025-12-01');
    expect(firstOfMonthBefore('2026-03-31')).toBe('2026-02-01');
  });

  it('a quarter that has begun ends ahead', () => {
    expect(quarterEndAt(0)).toBe(900);
    expect(quarterEndAt(899_999)).toBe(900);
    expect(quarterEndAt(900_000)).toBe(1_800);
  });
});
