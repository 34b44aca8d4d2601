import { Plus } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { InputError } from '@/lib/account/input';
import { listTokens } from '@/lib/account/list-tokens';
import { readTokenMonths } from '@/lib/account/read-token-months';
import { formatsHere } from '../preferences';
import { Content, Shell } from '../shell';
import { Alert } from '../ui/alert';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { Empty } from '../ui/empty';
import { PageHeader } from '../ui/page-header';
import { Pager } from '../ui/pager';
import { accountFor, customerHere } from '../viewer';
import { ZoneCookie } from '../zone-cookie';
import { ReadingOnly } from './reading-only';
import { TokenTable } from './token-table';

export const metadata: Metadata = { title: 'Tokens · Tollgate' };

const PER_PAGE = 50;

type Query = Promise<Readonly<Record<string, string | string[] | undefined>>>;

const one = (value: string | string[] | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Two lists on one page, each with a cursor of its own. */
function pagesOf(name: string, cursor: string | undefined, next: string | null) {
  return {
    first: cursor === undefined ? null : '/tokens',
    next: next === null ? null : `/tokens?${new URLSearchParams({ [name]: next }).toString()}`,
  };
}

export default async function Tokens({ searchParams }: { readonly searchParams: Query }) {
  const viewer = await customerHere();
  const [query, account, formats] = await Promise.all([searchParams, accountFor(viewer), formatsHere()]);
  const user = viewer.userId;
  const [cursor, endedCursor] = [one(query['cursor']), one(query['ended'])];
  const list = (state: 'live' | 'ended', after: string | undefined) =>
    // A cursor that was cut or made up shows the first page.
    listTokens(account, { user, state, cursor: after, limit: PER_PAGE }).catch((error: unknown) => {
      if (error instanceof InputError) return listTokens(account, { user, state, limit: PER_PAGE });
      throw error;
    });
  const [live, ended] = await Promise.all([list('live', cursor), list('ended', endedCursor)]);
  const ids = [...live.data, ...ended.data].map(({ id }) => id);
  const months = await readTokenMonths(account, { user, ids });
  const table = { months, formats, nowMs: account.nowMs() };
  return (
    <Shell viewer={viewer} current="/tokens">
      <ZoneCookie known={formats.timeZone} />
      <Content>
        <PageHeader
          title="Tokens"
          lead="What your agents call with. One for each agent or machine shows who used what, and ends alone."
          actions={
            viewer.mayChange && (
              <Button asChild look="main">
                <Link href="/tokens/new" prefetch={false}>
                  <Plus aria-hidden />
                  Create a token
                </Link>
              </Button>
            )
          }
        />
        {query['done'] === 'revoked' && (
          <Alert tone="good" role="status" title="The token is revoked.">
            Its next call is refused.
          </Alert>
        )}
        {!viewer.mayChange && <ReadingOnly />}
        <Card id="live" title="Working" flush>
          {live.data.length === 0 ? (
            <Empty title="No token works at the moment.">
              {viewer.mayChange ? 'Create one, then ' : 'Then '}
              <Link href="/docs/connect" prefetch={false} className="text-accent underline">
                connect an agent
              </Link>{' '}
              with it.
            </Empty>
          ) : (
            <TokenTable caption="Working tokens, newest first" tokens={live.data} {...table} />
          )}
          <Pager label="Pages of working tokens" {...pagesOf('cursor', cursor, live.next_cursor)} />
        </Card>
        {ended.data.length > 0 && (
          <details
            open={endedCursor !== undefined}
            className="min-w-0 rounded-lg border border-line bg-panel"
          >
            <summary className="px-5 py-4 text-sm font-medium">Revoked and expired tokens</summary>
            <TokenTable caption="Revoked and expired tokens, newest first" tokens={ended.data} {...table} />
            <Pager label="Pages of ended tokens" {...pagesOf('ended', endedCursor, ended.next_cursor)} />
          </details>
        )}
        <p className="text-xs text-quiet">
          What was used is of this month, which begins at midnight UTC on its first day. Times are in{' '}
          {formats.timeZone}.
        </p>
      </Content>
    </Shell>
  );
}
