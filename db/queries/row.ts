/** Reads columns of a raw libSQL row as what they are. */
import type { Value } from '@libsql/client';

/** Text, or a number as text; anything else is empty. */
export function textOf(value: Value | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : '';
}

/** A figure; 0 where there is none. */
export function numberOf(value: Value | undefined): number {
  return value === null || value === undefined ? 0 : Number(value);
}

/** The same where none and zero differ. */
export function numberOrNull(value: Value | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

export function textOrNull(value: Value | undefined): string | null {
  return value === null || value === undefined ? null : textOf(value);
}
