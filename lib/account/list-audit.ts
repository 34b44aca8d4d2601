/** Lists who changed what, newest first: operators see all of it, `user` is one customer's part. */
import { z } from 'zod';
import { AUDITED, auditPage, type AuditedKind } from '@/db/queries/audit';
import { withBusyRetry } from '@/db/retry';
import { AUDIT_ACTIONS } from './audited';
import { ACTOR_KINDS, type AccountContext } from './context';
import { instant, reference, spanEnd } from './fields';
import { parseInput } from './input';
import { pageFields, toPage, type Page } from './page';
import { presentAudit, type AuditView } from './present-audit';

export const AUDIT_OBJECTS = Object.keys(AUDITED) as AuditedKind[];

/** `from` is included, `to` is not, unless it is a day: a day is included whole. */
export const ListAuditInput = z
  .strictObject({
    user: reference.optional(),
    object_kind: z.enum(AUDIT_OBJECTS).optional(),
    /** Ids belong to a kind: needs `object_kind`. */
    object_id: reference.optional(),
    action: z.enum(AUDIT_ACTIONS).optional(),
    actor_kind: z.enum(ACTOR_KINDS).optional(),
    actor_id: reference.optional(),
    from: instant.optional(),
    to: spanEnd.optional(),
    ...pageFields,
  })
  .refine(({ object_id: id, object_kind: kind }) => id === undefined || kind !== undefined, {
    path: ['object_id'],
    message: 'needs object_kind: a plan and a user may have the same id',
  });

/** @throws GatewayError `body_invalid` */
export async function listAudit(context: AccountContext, input: unknown): Promise<Page<AuditView>> {
  const wanted = parseInput(ListAuditInput, input);
  const filter = {
    user: wanted.user,
    objectKind: wanted.object_kind,
    objectId: wanted.object_id,
    action: wanted.action,
    actorKind: wanted.actor_kind,
    actorId: wanted.actor_id,
    fromMs: wanted.from,
    toMs: wanted.to,
    after: wanted.cursor,
    rows: wanted.limit + 1,
  };
  const rows = await withBusyRetry(() => auditPage(context.database, filter));
  return toPage(rows, wanted.limit, presentAudit, (row) => ({ at: row.at, id: row.id }));
}
