import type { Metadata } from 'next';
import Link from 'next/link';
import { AUDIT_ACTIONS } from '@/lib/account/audited';
import { ACTOR_KINDS } from '@/lib/account/context';
import { AUDIT_OBJECTS, listAudit } from '@/lib/account/list-audit';
import { formatsHere } from '../../preferences';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { Empty } from '../../ui/empty';
import { SelectField, TextField } from '../../ui/field';
import { Pager } from '../../ui/pager';
import { accountFor, operatorHere } from '../../viewer';
import { AuditTable } from '../audit-table';
import { BadAddress, CsvLink, Frame } from '../page-frame';
import { asked, href, pick, type Props } from '../query';

export const metadata: Metadata = { title: 'Audit · Tollgate' };

const PATH = '/admin/audit';
const FILTER = ['user', 'object_kind', 'object_id', 'action', 'actor_kind', 'from', 'to'] as const;
type Asked = ReturnType<typeof pick<(typeof FILTER)[number]>>;

interface ChoiceProps {
  readonly label: string;
  readonly name: (typeof FILTER)[number];
  readonly names: readonly string[];
  readonly query: Asked;
}

function Choice({ label, name, names, query }: ChoiceProps) {
  return (
    <SelectField label={label} name={name} defaultValue={query[name] ?? ''}>
      <option value="">Any</option>
      {names.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </SelectField>
  );
}

function Filter({ query }: { readonly query: Asked }) {
  return (
    <form
      key={href(PATH, query)}
      action={PATH}
      role="search"
      aria-label="Filter changes"
      className="grid grid-cols-2 items-end gap-3 border-b border-line px-5 pb-4 sm:grid-cols-4"
    >
      <TextField label="Customer’s id" name="user" defaultValue={query.user} />
      <Choice label="What was changed" name="object_kind" names={AUDIT_OBJECTS} query={query} />
      <TextField label="Its id" name="object_id" defaultValue={query.object_id} />
      <Choice label="Action" name="action" names={AUDIT_ACTIONS} query={query} />
      <Choice label="By" name="actor_kind" names={ACTOR_KINDS} query={query} />
      <TextField label="From (UTC)" name="from" type="date" defaultValue={query.from?.slice(0, 10)} />
      <TextField label="To (UTC)" name="to" type="date" defaultValue={query.to?.slice(0, 10)} />
      <div className="flex gap-2">
        <Button type="submit" look="main">
          Show
        </Button>
        {Object.keys(query).length > 0 && (
          <Button asChild look="quiet">
            <Link href={PATH} prefetch={false}>
              Clear
            </Link>
          </Button>
        )}
      </div>
    </form>
  );
}

export default async function Audit({ searchParams }: Props) {
  const viewer = await operatorHere();
  const [account, formats, given] = await Promise.all([accountFor(viewer), formatsHere(), searchParams]);
  const query = pick(given, FILTER);
  const { cursor } = pick(given, ['cursor']);
  const { value: page, problem } = await asked(
    listAudit(account, cursor === undefined ? query : { ...query, cursor }),
  );
  const frame = { viewer, current: PATH, title: 'Audit' };
  if (page === null)
    return (
      <Frame {...frame}>
        <BadAddress problem={problem} path={PATH} />
      </Frame>
    );
  return (
    <Frame
      {...frame}
      lead="Who changed what, newest first. Nothing is ever taken out of it."
      actions={<CsvLink href={href('/admin/download/audit', query)} />}
    >
      <Card id="changes" title="Changes" flush>
        <Filter query={query} />
        {page.data.length === 0 ? (
          <Empty title="No changes like that" />
        ) : (
          <AuditTable entries={page.data} caption="Changes, newest first" formats={formats} />
        )}
        <Pager
          label="Pages of changes"
          first={cursor === undefined ? null : href(PATH, query)}
          next={page.next_cursor === null ? null : href(PATH, { ...query, cursor: page.next_cursor })}
        />
      </Card>
    </Frame>
  );
}
