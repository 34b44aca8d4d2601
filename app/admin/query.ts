/** Reads the queries of the operator's pages and writes their addresses. */
import { GatewayError } from '@/lib/domain/errors';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;
export type Props = { readonly searchParams: Promise<Query> };

/** The named parameters that are given and not empty, each once: what a form left open asks for nothing. */
export function pick<N extends string>(query: Query, names: readonly N[]): { [K in N]?: string } {
  const given: { [K in N]?: string } = {};
  for (const name of names) {
    const value = query[name];
    const text = typeof value === 'string' ? value : value?.[0];
    if (text !== undefined && text.trim() !== '') given[name] = text;
  }
  return given;
}

/** An address with the parameters that are given. */
export function href(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

/** `/admin/customers/new` is a page of its own; no id starts like this. */
const TAKEN = 'new';
const MARK = '~';

export const customerPath = (id: string): string =>
  `/admin/customers/${id === TAKEN ? MARK : ''}${encodeURIComponent(id)}`;

/** The customer that a segment of the address names. */
export function customerIn(segment: string): string {
  try {
    return decodeURIComponent(segment.startsWith(MARK) ? segment.slice(MARK.length) : segment);
  } catch {
    return segment;
  }
}

/** What a verb answers, or why it can't work with what the address asks for. @throws any other error */
export async function asked<T>(
  work: Promise<T>,
): Promise<
  { readonly value: T; readonly problem: null } | { readonly value: null; readonly problem: string }
> {
  try {
    return { value: await work, problem: null };
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'body_invalid')
      return { value: null, problem: error.message };
    throw error;
  }
}
