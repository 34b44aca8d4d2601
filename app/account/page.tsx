import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { getServer } from '@/lib/server';
import { signInPath } from '@/lib/web/next-path';
import { formatsHere } from '../preferences';
import { Content, Shell } from '../shell';
import { Alert } from '../ui/alert';
import { Badge } from '../ui/badge';
import { Button } from '../ui/button';
import { Card } from '../ui/card';
import { PageHeader } from '../ui/page-header';
import { Cell, Head, RowHead, Table } from '../ui/table';
import { type Viewer, viewerHere } from '../viewer';

export const metadata: Metadata = { title: 'Account · Tollgate' };

const METHODS: Readonly<Record<Viewer['method'], string>> = {
  token: 'Gateway token',
  link: 'One-time link',
  oidc: 'Your organisation',
  'admin-token': 'Admin token',
};

function Facts({ viewer }: { readonly viewer: Viewer }) {
  const customer = viewer.kind === 'customer' ? viewer.userId : null;
  const facts: readonly (readonly [string, string])[] = [
    ...(customer === null ? [] : [['Customer', customer] as const]),
    ['Signed in as', viewer.subject],
    ['Signed in with', METHODS[viewer.method]],
    ['May', viewer.mayChange ? 'Look and change' : 'Look only'],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-quiet">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export default async function Account() {
  const viewer = await viewerHere();
  if (viewer === null) return redirect(signInPath('/account'));
  const { web } = await getServer();
  const [sessions, formats] = await Promise.all([web.listWebSessions(viewer), formatsHere()]);
  return (
    <Shell viewer={viewer} current="/account">
      <Content>
        <PageHeader
          title="Account"
          lead={
            viewer.kind === 'operator'
              ? 'You run this gateway.'
              : 'Who you are here, and where you are signed in.'
          }
        />
        {!viewer.mayChange && (
          <Alert title="You are signed in for reading only.">
            The token you signed in with is narrowed or ends some day, or the account is suspended: from here,
            nothing can be changed.
          </Alert>
        )}
        <Card
          id="you"
          title="You"
          actions={
            <form action="/sign-out" method="post">
              <Button type="submit">Sign out</Button>
            </form>
          }
        >
          <Facts viewer={viewer} />
        </Card>
        <Card
          id="sessions"
          title="Where you are signed in"
          lead="Browsers that can see these pages. Signing them out stops no agent."
          flush
          actions={
            <form action="/sign-out" method="post">
              <input type="hidden" name="everywhere" value="1" />
              <Button type="submit" look="danger">
                {viewer.mayChange ? 'Sign out everywhere' : 'Sign out wherever this token is'}
              </Button>
            </form>
          }
        >
          <Table caption="Open sessions">
            <thead>
              <tr>
                <Head>Signed in with</Head>
                <Head>As</Head>
                <Head>Started</Head>
                <Head>Last seen</Head>
                <Head>Ends</Head>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <tr key={session.id}>
                  <RowHead>
                    {METHODS[session.method]} {session.current && <Badge tone="good">This browser</Badge>}
                  </RowHead>
                  <Cell className="break-words">{session.subject}</Cell>
                  <Cell className="whitespace-nowrap">{formats.instant(session.startedAtMs)}</Cell>
                  <Cell className="whitespace-nowrap">{formats.instant(session.lastSeenAtMs)}</Cell>
                  <Cell className="whitespace-nowrap">{formats.instant(session.expiresAtMs)}</Cell>
                </tr>
              ))}
            </tbody>
          </Table>
        </Card>
      </Content>
    </Shell>
  );
}
