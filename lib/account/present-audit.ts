/** Entries of the audit log as the JSON that API, CLI and pages show, and what differs between before and after. */
import type { AuditRow } from '@/db/queries/audit';

export type Snapshot = Readonly<Record<string, unknown>>;

/** Instants are stored in milliseconds, in columns that end so; a plan that was never changed has 0. */
const isInstant = (name: string, value: unknown): value is number =>
  name.endsWith('_at') && typeof value === 'number' && value > 0;

function presentSnapshot(stored: Snapshot | null): Snapshot | null {
  if (stored === null) return null;
  const fields = Object.entries(stored).map(([name, value]): [string, unknown] => [
    name,
    isInstant(name, value) ? new Date(value).toISOString() : value,
  ]);
  return Object.fromEntries(fields);
}

export function presentAudit(row: AuditRow) {
  return {
    id: row.id,
    at: new Date(row.at).toISOString(),
    actor_kind: row.actorKind,
    actor_id: row.actor,
    action: row.action,
    object_kind: row.objectKind,
    object_id: row.objectId,
    user: row.userId,
    before: presentSnapshot(row.before),
    after: presentSnapshot(row.after),
  };
}

export type AuditView = ReturnType<typeof presentAudit>;

export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** The fields that differ; empty for what was made or deleted, where every field would. The stamp of the change is left out. */
export function fieldChanges({ before, after }: Pick<AuditView, 'before' | 'after'>): FieldChange[] {
  if (before === null || after === null) return [];
  return Object.keys(after)
    .filter((field) => field !== 'updated_at')
    .map((field) => ({ field, before: before[field] ?? null, after: after[field] ?? null }))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
}
