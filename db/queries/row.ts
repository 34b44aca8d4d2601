/** Reads columns of a raw libSQL row as what they are. */
import type { Value } from '@libsql/client';

/** Text, or a number as text; anything else is empty. */
export function textOf(value: Value | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : '';
}
