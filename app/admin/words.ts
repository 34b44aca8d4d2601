/** How the operator's pages put figures into words. */
import type { CustomerLine } from '@/lib/account/operator-views';
import { NANO_USD_PER_USD } from '@/lib/domain/plan';
import type { Formats } from '../formats';
import type { Tone } from '../ui/badge';

/** What stands where there is no figure. */
export const NONE = '—';

const MONTHS_OFFERED = 13;

/** `November 2026` */
export function monthName({ locale }: Pick<Formats, 'locale'>, month: string): string {
  return new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${month}-01T00:00:00Z`),
  );
}

/** This month and the twelve before it, newest first, `2026-11`. */
export function lastMonths(nowMs: number): string[] {
  const now = new Date(nowMs);
  return Array.from({ length: MONTHS_OFFERED }, (_, back) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1)).toISOString().slice(0, 7),
  );
}

export const usdOrNone = (formats: Formats, nanoUsd: number | null): string =>
  nanoUsd === null ? NONE : formats.usd(nanoUsd);

export const wholePercent = (formats: Formats, percent: number | null): string =>
  percent === null ? NONE : formats.percent(percent / 100);

/** A rate per million tokens, with as many decimals as it has. */
export function rateText({ locale }: Pick<Formats, 'locale'>, nanoUsd: number): string {
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: 6,
  }).format(nanoUsd / NANO_USD_PER_USD);
}

type Level = CustomerLine['cap']['level'];

export const LEVEL_WORDS: Readonly<Record<Level, { readonly word: string; readonly tone: Tone }>> = {
  none: { word: 'Below 80%', tone: 'plain' },
  near: { word: 'Near', tone: 'warn' },
  close: { word: 'Close', tone: 'bad' },
  reached: { word: 'Reached', tone: 'bad' },
};
