/** The audit log is read from an index, in order, however long it is. */
import type { InArgs } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditPage, type AuditFilter } from '@/db/queries/audit';
import { openHarness, type Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
});
afterAll(() => h.close());

async function planOf(filter: Partial<AuditFilter>): Promise<string> {
  const query = auditPage(h.database, { after: undefined, rows: 51, ...filter });
  const { sql, params } = query.toSQL();
  const { rows } = await h.database.client.execute({
    sql: `EXPLAIN QUERY PLAN ${sql}`,
    args: params as InArgs,
  });
  return rows.map((row) => JSON.stringify(row['detail'] ?? '').slice(1, -1)).join('\n');
}

const after = { at: 1_795_000_000_000, id: 'aud_1' };
const span = { fromMs: 1, toMs: 2 };
const user = 'acme';
const object = { objectKind: 'plan', objectId: 'pro' };
const person = { actorKind: 'operator', actorId: 'ada' };

describe('a page of the audit log', () => {
  it.each<[Partial<AuditFilter>, RegExp]>([
    [{ user }, /^SEARCH audit_log USING INDEX audit_log_user \(user_id=\?\)$/],
    [{ user, after }, /^SEARCH audit_log USING INDEX audit_log_user \(user_id=\? AND \(at,id\)<\(\?,\?\)\)$/],
    [{ user, ...span }, /^SEARCH audit_log USING INDEX audit_log_user \(user_id=\? AND at>\? AND at<\?\)$/],
    [
      { user, action: 'token.create', ...person },
      /^SEARCH audit_log USING INDEX audit_log_user \(user_id=\?\)$/,
    ],
    [{ user, objectKind: 'token' }, /^SEARCH audit_log USING INDEX audit_log_user \(user_id=\?\)$/],
    [span, /^SEARCH audit_log USING INDEX audit_log_at \(at>\? AND at<\?\)$/],
    [{ after }, /^SEARCH audit_log USING INDEX audit_log_at \(\(at,id\)<\(\?,\?\)\)$/],
    [{ after, objectKind: 'user' }, /^SEARCH audit_log USING INDEX audit_log_at \(\(at,id\)<\(\?,\?\)\)$/],
    // The newest entries, read until a page is full: the index in its order, never a sort.
    [{}, /^SCAN audit_log USING INDEX audit_log_at$/],
    [{ objectKind: 'user' }, /^SCAN audit_log USING INDEX audit_log_at$/],
    [{ action: 'plan.change', ...person }, /^SCAN audit_log USING INDEX audit_log_at$/],
  ])('narrowed by %j reads in order from an index', async (filter, plan) => {
    expect(await planOf(filter)).toMatch(plan);
  });

  it.each<[Partial<AuditFilter>]>([[object], [{ ...object, after }], [{ ...object, ...span, ...person }]])(
    'of one object seeks it, and sorts within one instant at most: %j',
    async (filter) => {
      const [seek, ...rest] = (await planOf(filter)).split('\n');
      expect(seek).toMatch(
        /^SEARCH audit_log USING INDEX audit_log_object \(object_kind=\? AND object_id=\?/,
      );
      expect(rest).toEqual([
        expect.stringMatching(/^USE TEMP B-TREE FOR (LAST TERM|RIGHT PART) OF ORDER BY$/),
      ]);
    },
  );

  it('of one object of one customer seeks either', async () => {
    expect(await planOf({ user, ...object })).toMatch(
      /^SEARCH audit_log USING INDEX audit_log_(user \(user_id|object \(object_kind=\? AND object_id)=\?/,
    );
  });
});
