/** Tables as CSV files: safe to open in a spreadsheet, whoever chose the names in them. */
import { stringify } from 'csv-stringify/sync';

/** Spreadsheets take a file for UTF-8 when it begins with this. */
const BYTE_ORDER_MARK = '\uFEFF';

export type CsvValue = string | number | boolean | null;

export interface CsvTable {
  readonly columns: readonly string[];
  /** A value per column name; left out where there is none. */
  readonly rows: readonly Readonly<Record<string, CsvValue | undefined>>[];
}

/** One line of names, one per row; text that would be a formula is made plain text. */
export function csvText({ columns, rows }: CsvTable): string {
  const lines = rows.map((row) => columns.map((column) => row[column] ?? ''));
  return (
    BYTE_ORDER_MARK +
    stringify([[...columns], ...lines], { escape_formulas: true, cast: { boolean: String } })
  );
}
