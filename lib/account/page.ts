/** Lists in pages: the input every list takes, its opaque cursor, and the shape every list answers in. */
import { z } from 'zod';
import type { Position } from '@/db/queries/keyset';

const DEFAULT_ROWS = 50;
/** Keeps one answer, and the read behind it, small. */
const MOST_ROWS = 200;

export interface Page<T> {
  readonly data: readonly T[];
  /** Give it back as `cursor` for the next page; `null` on the last. */
  readonly next_cursor: string | null;
  readonly has_more: boolean;
}

const positionShape = z.tuple([z.number(), z.string()]);

function encodeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.at, position.id])).toString('base64url');
}

function decodeCursor(cursor: string): Position | null {
  try {
    const [at, id] = positionShape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    // Buffer skips what is no base64: only what this file wrote comes back the same.
    return encodeCursor({ at, id }) === cursor ? { at, id } : null;
  } catch {
    return null;
  }
}

/** `limit` may come as text, from a query string or a command line. */
export const pageFields = {
  limit: z.coerce.number('must be a number').int().min(1).max(MOST_ROWS).default(DEFAULT_ROWS),
  cursor: z
    .string()
    .transform((text, context) => {
      const position = decodeCursor(text);
      if (position !== null) return position;
      context.addIssue({
        code: 'custom',
        message: 'is not a cursor of this list; use next_cursor as it was given',
      });
      return z.NEVER;
    })
    .optional(),
};

/** A page from up to `limit + 1` rows: the one too many only tells that there is more. */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  present: (row: R) => T,
  positionOf: (row: R) => Position,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: shown.map(present),
    next_cursor: more ? encodeCursor(positionOf(last)) : null,
    has_more: more,
  };
}

/** A whole list as one page, for the few lists that are short by nature. */
export function wholePage<R, T>(rows: readonly R[], present: (row: R) => T): Page<T> {
  return { data: rows.map(present), next_cursor: null, has_more: false };
}
