/** The audit log: what a change leaves in it, within the change's own transaction, and how it is read. */
import type { InStatement, InValue, ResultSet } from '@libsql/client';
import { and, desc, eq, getTableColumns, getTableName, gte, lt, sql, type Query } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Database } from '@/db/client';
import { auditLog, gatewayTokens, modelPrices, planLimits, users } from '@/db/schema';
import { olderThan, type Position } from './keyset';

interface Audited {
  readonly table: SQLiteTable;
  readonly key: readonly SQLiteColumn[];
  /** Holds the customer the row concerns. */
  readonly customer: SQLiteColumn | null;
  /** Never copied into the log: what proves who somebody is. */
  readonly secrets: readonly SQLiteColumn[];
}

/** The objects whose changes are kept, and the tables they live in. */
export const AUDITED = {
  plan: { table: planLimits, key: [planLimits.plan], customer: null, secrets: [] },
  user: { table: users, key: [users.id], customer: users.id, secrets: [] },
  token: {
    table: gatewayTokens,
    key: [gatewayTokens.id],
    customer: gatewayTokens.userId,
    secrets: [gatewayTokens.hash],
  },
  price: {
    table: modelPrices,
    key: [modelPrices.model, modelPrices.effectiveFrom],
    customer: null,
    secrets: [],
  },
} as const satisfies Record<string, Audited>;

export type AuditedKind = keyof typeof AUDITED;
export type AuditedRow<K extends AuditedKind> = (typeof AUDITED)[K]['table']['$inferSelect'];

export interface AuditEntry<K extends AuditedKind = AuditedKind> {
  readonly id: string;
  readonly atMs: number;
  readonly actor: { readonly kind: string; readonly id: string };
  readonly action: string;
  readonly kind: K;
  /** Values of the table's key columns. */
  readonly key: readonly string[];
}

/** Anything drizzle built that changes rows. */
export interface Built {
  toSQL(): Query;
}

const quoted = (name: string): string => `"${name}"`;

/** A column as a JSON value; text that should be JSON and isn't (a row written by hand) stays text. */
function jsonOf(column: SQLiteColumn): string {
  const name = quoted(column.name);
  if (column.dataType === 'boolean')
    return `json(CASE WHEN ${name} IS NULL THEN 'null' WHEN ${name} THEN 'true' ELSE 'false' END)`;
  return column.dataType === 'json' ? `json(iif(json_valid(${name}), ${name}, json_quote(${name})))` : name;
}

/** A row of an audited table as a JSON object by column names, its secrets left out. */
export function snapshot(kind: AuditedKind): string {
  const { table, secrets }: Audited = AUDITED[kind];
  const columns: SQLiteColumn[] = Object.values(getTableColumns(table));
  const pairs = columns
    .filter((column) => !secrets.includes(column))
    .map((column) => `'${column.name}', ${jsonOf(column)}`);
  return `json_object(${pairs.join(', ')})`;
}

function rowOf(kind: AuditedKind, wanted: string): string {
  const { table, key }: Audited = AUDITED[kind];
  const where = key.map((column) => `${quoted(column.name)} = ?`).join(' AND ');
  return `(SELECT ${wanted} FROM ${quoted(getTableName(table))} WHERE ${where})`;
}

/** What an object is called in the log: a price by its model and first day, anything else by its id. */
const nameOf = (key: readonly string[]): string => key.join('@');

/** The customer in the row, where rows of the kind have one. */
function customerOf(kind: AuditedKind): string {
  const { customer }: Audited = AUDITED[kind];
  return rowOf(kind, customer === null ? 'NULL' : quoted(customer.name));
}

/** The row before the change; `NULL` where there is none yet. */
function beforeStatement({ id, atMs, actor, action, kind, key }: AuditEntry): InStatement {
  return {
    sql: `INSERT INTO audit_log (id, at, actor_kind, actor, action, object_kind, object_id, user_id, before)
SELECT ?, ?, ?, ?, ?, ?, ?, ${customerOf(kind)}, ${rowOf(kind, snapshot(kind))}`,
    args: [id, atMs, actor.kind, actor.id, action, kind, nameOf(key), ...key, ...key],
  };
}

/** The row after the change; `NULL` where there is none any more. What changed nothing leaves no entry. */
function afterStatements({ id, kind, key }: AuditEntry): InStatement[] {
  return [
    {
      sql: `UPDATE audit_log SET user_id = coalesce(user_id, ${customerOf(kind)}), after = ${rowOf(kind, snapshot(kind))}
WHERE id = ?`,
      args: [...key, ...key, id],
    },
    {
      sql: `DELETE FROM audit_log WHERE id = ?
AND json_remove(before, '$.updated_at') IS json_remove(after, '$.updated_at')`,
      args: [id],
    },
  ];
}

/** Runs the changes and their entries in one transaction; the answers of the changes alone. */
export async function runAudited(
  { client }: Database,
  entries: readonly AuditEntry[],
  changes: readonly InStatement[],
): Promise<ResultSet[]> {
  const batch = [...entries.map(beforeStatement), ...changes, ...entries.flatMap(afterStatements)];
  const results = await client.batch(batch, 'write');
  return results.slice(entries.length, entries.length + changes.length);
}

/** The same for one statement that returns the whole row it changed; `undefined` when it changed none. */
export async function changeAudited<K extends AuditedKind>(
  database: Database,
  entry: AuditEntry<K>,
  change: Built,
): Promise<AuditedRow<K> | undefined> {
  const { sql: text, params } = change.toSQL();
  const [result] = await runAudited(database, [entry], [{ sql: text, args: params as InValue[] }]);
  const row = result?.rows[0];
  if (row === undefined) return undefined;
  const columns: [string, SQLiteColumn][] = Object.entries(getTableColumns(AUDITED[entry.kind].table));
  const values = columns.map(([name, column]): [string, unknown] => {
    const value = row[column.name] ?? null;
    return [name, value === null ? null : column.mapFromDriverValue(value)];
  });
  return Object.fromEntries(values) as AuditedRow<K>;
}

/**
 * For a batch whose last statement before this one may have made a customer: the entry of it, and nothing at all
 * when it made none. Takes the customer as `?1`.
 */
export const PROVISIONED = `INSERT INTO audit_log (id, at, actor_kind, actor, action, object_kind, object_id, user_id, after)
SELECT 'aud_' || lower(hex(randomblob(16))), created_at, 'system', '', 'user.create', 'user', id, id, ${snapshot('user')}
FROM users WHERE id = ?1 AND changes() > 0`;

export type AuditRow = typeof auditLog.$inferSelect;

export interface AuditFilter {
  readonly user?: string | undefined;
  readonly objectKind?: string | undefined;
  readonly objectId?: string | undefined;
  readonly action?: string | undefined;
  readonly actorKind?: string | undefined;
  readonly actorId?: string | undefined;
  /** At or after, milliseconds since the epoch. */
  readonly fromMs?: number | undefined;
  /** Before, milliseconds since the epoch. */
  readonly toMs?: number | undefined;
  readonly after: Position | undefined;
  readonly rows: number;
}

const ifGiven = (column: SQLiteColumn, value: string | undefined) =>
  value === undefined ? undefined : eq(column, value);

/** At most `rows` entries, newest first. */
export function auditPage({ orm }: Database, filter: AuditFilter) {
  const { objectKind, objectId, fromMs, toMs } = filter;
  // A kind alone names much of the log: sorting all of that costs more than reading the log in order, so no index for it.
  const ofKind =
    objectKind !== undefined && objectId === undefined
      ? sql`+${auditLog.objectKind} = ${objectKind}`
      : ifGiven(auditLog.objectKind, objectKind);
  return orm
    .select()
    .from(auditLog)
    .where(
      and(
        ifGiven(auditLog.userId, filter.user),
        ofKind,
        ifGiven(auditLog.objectId, objectId),
        ifGiven(auditLog.action, filter.action),
        ifGiven(auditLog.actorKind, filter.actorKind),
        ifGiven(auditLog.actor, filter.actorId),
        fromMs === undefined ? undefined : gte(auditLog.at, fromMs),
        toMs === undefined ? undefined : lt(auditLog.at, toMs),
        olderThan(auditLog.at, auditLog.id, filter.after),
      ),
    )
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(filter.rows);
}
