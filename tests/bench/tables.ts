/** Text tables for a terminal. */

export type Row = readonly string[];

/** A number at a fitting precision; `–` for what was not measured. */
export function show(value: number, digits = 0, unit = ''): string {
  return Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : '–';
}

export function signed(value: number, digits: number): string {
  return value >= 0 ? `+${show(value, digits)}` : show(value, digits);
}

/** The first column reads from the left, figures from the right. */
export function table(title: string, head: Row, rows: readonly Row[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: Row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return ['', title, '', line(head), rule, ...rows.map(line), ''].join('\n');
}
