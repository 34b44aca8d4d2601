/** Numbers, money and instants as the reader writes them: one locale and time zone per page, on server and in browser alike. */
import { NANO_USD_PER_USD } from '@/lib/domain/plan';

export interface Formats {
  readonly locale: string;
  readonly timeZone: string;
  /** `1,234,567` */
  readonly count: (value: number) => string;
  /** `1.2M` */
  readonly compact: (value: number) => string;
  /** Nano-USD as `$12.34`; below a dollar with the digits that matter. */
  readonly usd: (nanoUsd: number) => string;
  /** Nano-USD as `$12.34`, below a dollar to three digits, `$0.0457`: where many stand together. */
  readonly usdBrief: (nanoUsd: number) => string;
  /** Nano-USD as `$1.2K`, `$0.004`: for axes. */
  readonly compactUsd: (nanoUsd: number) => string;
  /** US cents as `$20` or `$20.50`. */
  readonly cents: (cents: number) => string;
  /** A share, 0 to 1, as `63%`; rounded down, so that only a full one reads 100. */
  readonly percent: (share: number) => string;
  /** `21 Nov 2026, 14:03`, in the reader's zone. Milliseconds since the epoch, or ISO 8601. */
  readonly instant: (at: number | string) => string;
  /** `21 Nov 2026` */
  readonly date: (at: number | string) => string;
  /** `14:03:07` */
  readonly time: (at: number | string) => string;
  /** A calendar day, `2026-11-21`, as `21 Nov`: no zone moves it. */
  readonly day: (day: string) => string;
  /** A calendar day as `Saturday, 21 November`. */
  readonly weekday: (day: string) => string;
  /** `14:00`, an hour's beginning. */
  readonly hour: (at: number | string) => string;
  /** `850 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min` */
  readonly duration: (ms: number) => string;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Below a dollar, cents would say nothing of single calls. */
const SMALL_SUM_DIGITS = 6;
/** 0.57 * 100 is a little less than 57. */
const ROUNDING = 1e-9;

export function formatsFor(locale: string, timeZone: string): Formats {
  const number = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value: number) => format.format(value);
  };
  const instantFormat = (options: Intl.DateTimeFormatOptions, zone = timeZone) => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
    return (at: number | string) => format.format(new Date(at));
  };
  const dollars = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' } as const;
  const large = number(dollars);
  const whole = number({ ...dollars, maximumFractionDigits: 0 });
  const small = number({ ...dollars, maximumFractionDigits: SMALL_SUM_DIGITS });
  const percent = number({ style: 'percent', maximumFractionDigits: 0 });
  const brief = number({ ...dollars, minimumFractionDigits: 0, maximumSignificantDigits: 3 });
  const axis = number({
    ...dollars,
    notation: 'compact',
    minimumFractionDigits: 0,
    maximumSignificantDigits: 3,
  });
  const seconds = number({ maximumFractionDigits: 1 });
  const count = number({});
  // A page names hundreds of days, and making a format costs more than using it.
  const dayFormat = instantFormat({ day: 'numeric', month: 'short' }, 'UTC');
  const weekdayFormat = instantFormat({ weekday: 'long', day: 'numeric', month: 'long' }, 'UTC');
  return {
    locale,
    timeZone,
    count,
    compact: number({ notation: 'compact', maximumFractionDigits: 1 }),
    usd: (nanoUsd) => {
      const value = nanoUsd / NANO_USD_PER_USD;
      return nanoUsd !== 0 && Math.abs(value) < 1 ? small(value) : large(value);
    },
    usdBrief: (nanoUsd) => (Math.abs(nanoUsd) < NANO_USD_PER_USD ? brief : large)(nanoUsd / NANO_USD_PER_USD),
    compactUsd: (nanoUsd) => axis(nanoUsd / NANO_USD_PER_USD),
    cents: (cents) => (cents % 100 === 0 ? whole : large)(cents / 100),
    percent: (share) => percent(Math.floor(share * 100 + ROUNDING) / 100),
    instant: instantFormat({ dateStyle: 'medium', timeStyle: 'short' }),
    date: instantFormat({ dateStyle: 'medium' }),
    time: instantFormat({ timeStyle: 'medium' }),
    day: (day) => dayFormat(`${day}T00:00:00Z`),
    weekday: (day) => weekdayFormat(`${day}T00:00:00Z`),
    hour: instantFormat({ timeStyle: 'short' }),
    duration: (ms) => {
      if (ms < SECOND_MS) return `${count(Math.round(ms))} ms`;
      if (ms < MINUTE_MS) return `${seconds(ms / SECOND_MS)} s`;
      const wholeSeconds = Math.round(ms / SECOND_MS);
      if (ms < HOUR_MS) return `${Math.floor(wholeSeconds / 60)} min ${wholeSeconds % 60} s`;
      const minutes = Math.round(ms / MINUTE_MS);
      return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    },
  };
}
