/** Reading JSON that strangers wrote: records, counts and ids, with nothing taken on trust. */

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A record out of JSON text; `null` for anything else. Never throws. */
export function parseRecord(text: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** The records of a list; anything else is none. */
export function recordsOf(value: unknown): readonly JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A hundred times what a call can use: with a higher figure the sums of a month would soon be no exact integers. */
const MOST_REPORTED = 1_000_000_000;

/** Anything but a whole, non-negative, plausible number is "not reported": a bad figure must never reach a bill. */
export function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= MOST_REPORTED
    ? value
    : null;
}

/** A count inside a group, e.g. `usage.prompt_tokens_details.cached_tokens`. */
export function nestedCount(record: JsonRecord, group: string, field: string): number | null {
  const inner = record[group];
  return isRecord(inner) ? count(inner[field]) : null;
}

/** Far above any model's output. */
const MOST_TOKENS = 10_000_000;

/** A number as lenient servers read it out of text: blanks around it, underscores between its digits. */
const NUMBER_AS_TEXT = /^\s{0,9}\+?[\d_]{1,24}(?:\.0{0,9})?\s{0,9}$/;

/**
 * A count a caller asks for, bounded: beyond that no provider follows, and sums of holds must stay exact. A number
 * written as text counts: some servers follow it.
 */
export function positive(value: unknown, most = MOST_TOKENS): number | null {
  const number =
    typeof value === 'string' && NUMBER_AS_TEXT.test(value) ? Number(value.replaceAll('_', '')) : value;
  return typeof number === 'number' && Number.isInteger(number) && number > 0 ? Math.min(number, most) : null;
}

/** A non-empty text, or `null`. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
