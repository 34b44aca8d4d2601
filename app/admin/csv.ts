/** Tables of the operator's pages as CSV: raw figures, and dollars people can read beside every nano-dollar. */
import { exactUsd } from '@/lib/domain/plan';
import { csvText, type CsvValue } from '../csv';

const NANO = /_nano_usd$/;

export type CsvRow = Readonly<Record<string, CsvValue>>;

/** A column `…_nano_usd` gets a column `…_usd` beside it. */
export function csvOf(rows: readonly CsvRow[], columns: readonly string[]): string {
  const usdOf = (name: string) => name.replace(NANO, '_usd');
  const withUsd = (row: CsvRow): CsvRow => {
    const sums = Object.entries(row).filter(([name]) => NANO.test(name));
    const dollars = sums.map(([name, sum]) => [usdOf(name), typeof sum === 'number' ? exactUsd(sum) : null]);
    return { ...row, ...(Object.fromEntries(dollars) as CsvRow) };
  };
  const all = columns.flatMap((name) => (NANO.test(name) ? [name, usdOf(name)] : [name]));
  return csvText({ columns: all, rows: rows.map(withUsd) });
}
