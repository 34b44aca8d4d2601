/** Text that a column holds somewhere, capital letters or not, taken as it is: nothing in it is a pattern. */
import { sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

const PLAIN = /^[ -~]*$/;

/** SQLite tells no case apart in A to Z alone; the other letters match as they were typed, in capitals or in small ones. */
export function containing(column: SQLiteColumn, text: string): SQL {
  // Most texts are plain, and then one look at the row is enough.
  const spellings = PLAIN.test(text) ? [text] : [...new Set([text, text.toLowerCase(), text.toUpperCase()])];
  const wanted = spellings.map((one) => `%${one.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
  return sql`(${sql.join(
    wanted.map((pattern) => sql`${column} LIKE ${pattern} ESCAPE '\\'`),
    sql` OR `,
  )})`;
}
