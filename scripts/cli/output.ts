/** The CLI's output for people: aligned tables, and cards of one object. */
import type { Page } from '@/lib/account/page';
import { NANO_USD_PER_USD } from '@/lib/domain/plan';

/** Dollars with six decimals, which are micro-dollars, rounded down: cut from the integer, never computed in floats. */
export function usd(nanoUsd: number | null): string {
  if (nanoUsd === null) return '-';
  const whole = Math.floor(nanoUsd / NANO_USD_PER_USD);
  const fraction = String(nanoUsd % NANO_USD_PER_USD).padStart(9, '0');
  return `$${whole}.${fraction.slice(0, 6)}`;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.length === 0) return '-';
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Rows of cells, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A table with the column names over it. */
export function table<T>(rows: readonly T[], shape: Readonly<Record<string, (row: T) => unknown>>): string {
  if (rows.length === 0) return 'none';
  const names = Object.keys(shape);
  return columns([
    names.map((name) => name.toUpperCase()),
    ...rows.map((row) => names.map((name) => text(shape[name]?.(row)))),
  ]);
}

/** One object, a field a line. */
export function card(object: object): string {
  return columns(Object.entries(object).map(([name, value]) => [name, text(value)]));
}

/** A list, and how to go on. */
export function list<T>(page: Page<T>, shape: Readonly<Record<string, (row: T) => unknown>>): string {
  const rows = table(page.data, shape);
  return page.next_cursor === null ? rows : `${rows}\n\nmore: --cursor ${page.next_cursor}`;
}
