import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { getUser } from '@/lib/account/get-user';
import { listSessions } from '@/lib/account/list-sessions';
import { GatewayError } from '@/lib/domain/errors';
import { formatsHere } from '../../../../preferences';
import { Button } from '../../../../ui/button';
import { Card } from '../../../../ui/card';
import { Empty } from '../../../../ui/empty';
import { Pager } from '../../../../ui/pager';
import { accountFor, operatorHere } from '../../../../viewer';
import { BadAddress, Frame } from '../../../page-frame';
import { asked, customerIn, customerPath, href, pick, type Props } from '../../../query';
import { Sessions } from '../customer-facts';

export const metadata: Metadata = { title: 'Sessions of a customer · Tollgate' };

interface PageProps extends Props {
  readonly params: Promise<{ id: string }>;
}

export default async function CustomerSessions({ params, searchParams }: PageProps) {
  const viewer = await operatorHere();
  const id = customerIn((await params).id);
  const path = `${customerPath(id)}/sessions`;
  const [account, formats, given] = await Promise.all([accountFor(viewer), formatsHere(), searchParams]);
  const query = pick(given, ['cursor']);
  const customer = await getUser(account, { id }).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === 'not_found') return notFound();
    throw error;
  });
  const { value, problem } = await asked(listSessions(account, { user: id, ...query }));
  return (
    <Frame
      viewer={viewer}
      current="/admin"
      title="Sessions"
      lead={`Of ${customer.name ?? customer.id}, latest first.`}
      actions={
        <Button asChild>
          <Link href={customerPath(id)} prefetch={false}>
            Back to the customer
          </Link>
        </Button>
      }
    >
      {value === null ? (
        <BadAddress problem={problem} path={path} />
      ) : (
        <Card flush>
          {value.data.length === 0 ? (
            <Empty title="No sessions yet" />
          ) : (
            <Sessions sessions={value.data} formats={formats} />
          )}
          <Pager
            label="Pages of sessions"
            first={query.cursor === undefined ? null : path}
            next={value.next_cursor === null ? null : href(path, { cursor: value.next_cursor })}
          />
        </Card>
      )}
    </Frame>
  );
}
