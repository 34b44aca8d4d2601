/** Makes a change and its entry in the audit log in one transaction: neither is there without the other. */
import {
  changeAudited,
  runAudited,
  type AuditedKind,
  type AuditedRow,
  type AuditEntry,
  type Built,
} from '@/db/queries/audit';
import { withBusyRetry } from '@/db/retry';
import { newId } from '@/lib/std/ids';
import type { AccountContext } from './context';

/** `<object>.<verb>`; the object is the kind of row that the entry holds. */
export const AUDIT_ACTIONS = [
  'plan.create',
  'plan.change',
  'user.create',
  'user.change',
  'user.suspend',
  'user.resume',
  'user.sign_in_link',
  'token.create',
  'token.change',
  'token.rotate',
  'token.revoke',
  'price.set',
  'price.delete',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

type KindOf<A extends AuditAction> = A extends `${infer K extends AuditedKind}.${string}` ? K : never;

/** An entry by this context's actor. `key`: the object's id; for a price its model and first day. */
function entryOf<A extends AuditAction>(
  { actor, nowMs }: AccountContext,
  action: A,
  key: readonly string[],
): AuditEntry<KindOf<A>> {
  const atMs = nowMs();
  const kind = action.slice(0, action.indexOf('.')) as KindOf<A>;
  return { id: newId('aud_', atMs), atMs, actor, action, kind, key };
}

/**
 * Runs a change that returns the whole row it made, changed or deleted: a query builder that wasn't awaited.
 * `undefined`, and no entry, when there was no such row; no entry either when the row is as it was before.
 */
export function audited<A extends AuditAction>(
  context: AccountContext,
  action: A,
  key: readonly string[],
  change: Built,
): Promise<AuditedRow<KindOf<A>> | undefined> {
  const entry = entryOf(context, action, key);
  return withBusyRetry(() => changeAudited(context.database, entry, change));
}

/** The same for statements that change several objects of a kind, with an entry for each; how many rows each changed. */
export async function auditedTogether(
  context: AccountContext,
  action: AuditAction,
  keys: readonly (readonly string[])[],
  changes: Parameters<typeof runAudited>[2],
): Promise<number[]> {
  const entries = keys.map((key) => entryOf(context, action, key));
  const results = await withBusyRetry(() => runAudited(context.database, entries, changes));
  return results.map((result) => result.rowsAffected);
}
