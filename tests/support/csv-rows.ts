/** Reads CSV files as spreadsheets do (RFC 4180), written apart from what the product writes them with. */

const BYTE_ORDER_MARK = '\uFEFF';

/** A field, and what ended it: the next field of its line, the next line, or the file's end. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

function linesOf(text: string): string[][] {
  const lines: string[][] = [[]];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const at = FIELD.lastIndex;
    const match = FIELD.exec(text);
    if (match === null) throw new Error(`no CSV from here on: ${text.slice(at, at + 40)}`);
    const [, quoted, bare = '', end] = match;
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare);
    // A line that ended with a comma has one more field, an empty one.
    if (end === ',' && FIELD.lastIndex === text.length) lines.at(-1)?.push('');
    if (end !== ',' && FIELD.lastIndex < text.length) lines.push([]);
  }
  return lines;
}

/** Rows by the names in the first line. @throws when it is no CSV, or a line has more or fewer fields than there are names */
export function csvRows(file: string): Record<string, string>[] {
  if (!file.startsWith(BYTE_ORDER_MARK)) throw new Error('without a byte-order mark it is not read as UTF-8');
  const [names = [], ...lines] = linesOf(file.slice(BYTE_ORDER_MARK.length));
  return lines.map((line) => {
    if (line.length !== names.length) throw new Error(`${line.length} fields: ${line.join('|')}`);
    return Object.fromEntries(names.map((name, index) => [name, line[index] ?? '']));
  });
}
