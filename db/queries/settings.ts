/** Settings that all instances share and nobody configured. */
import type { InStatement, Row } from '@libsql/client';

const INSERT =
  'INSERT INTO settings (name, value, updated_at) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING';
const READ = 'SELECT value FROM settings WHERE name = ?1';

/** Keeps a value unless there is one, and reads what is there: of several instances at once, one wins. */
export function keptSettingStatements(name: string, proposed: string, nowMs: number): InStatement[] {
  return [
    { sql: INSERT, args: [name, proposed, nowMs] },
    { sql: READ, args: [name] },
  ];
}

export function settingFromRow(row: Row | undefined): string | null {
  const value = row?.['value'];
  return typeof value === 'string' ? value : null;
}
