/** Entries of the audit log: who did what to what, and the fields that differ. */
import Link from 'next/link';
import { type AuditView, fieldChanges, type FieldChange } from '@/lib/account/present-audit';
import type { Formats } from '../formats';
import { Cell, Head, RowHead, Table } from '../ui/table';
import { customerPath } from './query';

const LONGEST_VALUE = 80;

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** Of what was made or deleted, the fields that say something. */
function wholeRow({ before, after }: AuditView): FieldChange[] {
  return Object.entries(after ?? before ?? {})
    .filter(([field, value]) => value !== null && !/(^id|_at|^user_id)$/.test(field))
    .map(([field, value]) =>
      after === null ? { field, before: value, after: null } : { field, before: null, after: value },
    );
}

function Change({ field, before, after }: FieldChange) {
  return (
    <li className="break-words">
      <span className="text-quiet">{field}: </span>
      {before !== null && <del className="text-bad no-underline">{valueText(before)}</del>}
      {before !== null && after !== null && <span aria-hidden> → </span>}
      {before !== null && after !== null && <span className="sr-only"> became </span>}
      {after !== null && <ins className="text-good no-underline">{valueText(after)}</ins>}
      {before !== null && after === null && <span className="text-quiet"> (gone)</span>}
    </li>
  );
}

function Changes({ entry }: { readonly entry: AuditView }) {
  const whole = entry.before === null || entry.after === null;
  const changes = whole ? wholeRow(entry) : fieldChanges(entry);
  if (changes.length === 0) return <span className="text-quiet">no field</span>;
  const list = (
    <ul className="text-xs">
      {changes.map((change) => (
        <Change key={change.field} {...change} />
      ))}
    </ul>
  );
  if (!whole) return list;
  return (
    <details>
      <summary className="w-fit text-xs text-quiet">
        {entry.before === null ? 'Made' : 'Deleted'}, {changes.length}{' '}
        {changes.length === 1 ? 'field' : 'fields'}
      </summary>
      {list}
    </details>
  );
}

interface AuditTableProps {
  readonly entries: readonly AuditView[];
  readonly caption: string;
  readonly formats: Formats;
  /** Left out where all entries concern one customer. */
  readonly withCustomer?: boolean;
}

export function AuditTable({ entries, caption, formats, withCustomer = true }: AuditTableProps) {
  return (
    <Table caption={caption}>
      <thead>
        <tr>
          <Head>When</Head>
          <Head>Who</Head>
          <Head>What</Head>
          {withCustomer && <Head>Customer</Head>}
          <Head>Change</Head>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <RowHead className="font-normal whitespace-nowrap">{formats.instant(entry.at)}</RowHead>
            <Cell className="max-w-48 break-words">
              {entry.actor_id === '' ? entry.actor_kind : entry.actor_id}
              {entry.actor_id !== '' && <span className="block text-xs text-quiet">{entry.actor_kind}</span>}
            </Cell>
            <Cell className="max-w-56">
              <code>{entry.action}</code>
              <span className="block text-xs break-all text-quiet">{entry.object_id}</span>
            </Cell>
            {withCustomer && (
              <Cell className="max-w-48 truncate">
                {entry.user !== null && (
                  <Link
                    href={customerPath(entry.user)}
                    prefetch={false}
                    className="underline underline-offset-3"
                  >
                    {entry.user}
                  </Link>
                )}
              </Cell>
            )}
            <Cell className="min-w-56">
              <Changes entry={entry} />
            </Cell>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
