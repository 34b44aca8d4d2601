/** Pages of a list that is sorted by something else than age: cursors hold the sort value and id where a page ended. */
import { z } from 'zod';
import { inputError } from './input';
import type { Page } from './page';

export interface SortedPosition {
  readonly value: number | string;
  readonly id: string;
}

const shape = z.tuple([z.string(), z.union([z.number(), z.string()]), z.string()]);

/** `order` names the list and its sorting: a cursor of another one would start anywhere. */
function encode(order: string, { value, id }: SortedPosition): string {
  return Buffer.from(JSON.stringify([order, value, id])).toString('base64url');
}

/** @throws InputError for what is no cursor of this list in this order */
export function sortedPosition(order: string, cursor: string | undefined): SortedPosition | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [of, value, id] = shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (of === order && encode(of, { value, id }) === cursor) return { value, id };
  } catch {
    // Falls through to the one answer there is.
  }
  throw inputError('cursor', 'is not a cursor of this list in this order; use next_cursor as it was given');
}

/** A page from up to `limit + 1` rows: the one too many only tells that there is more. */
export function toSortedPage<R, T>(
  rows: readonly R[],
  limit: number,
  order: string,
  present: (row: R) => T,
  positionOf: (row: R) => SortedPosition,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: shown.map(present),
    next_cursor: more ? encode(order, positionOf(last)) : null,
    has_more: more,
  };
}
