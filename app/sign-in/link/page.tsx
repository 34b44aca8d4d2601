import type { Metadata } from 'next';
import Link from 'next/link';
import { getServer } from '@/lib/server';
import { Content, Shell } from '../../shell';
import { Alert } from '../../ui/alert';
import { Button } from '../../ui/button';
import { Card } from '../../ui/card';
import { viewerHere } from '../../viewer';

export const metadata: Metadata = { title: 'Sign in by link · Tollgate', robots: { index: false } };

type Query = Promise<Readonly<Record<string, string | string[] | undefined>>>;

export default async function SignInByLink({ searchParams }: { readonly searchParams: Query }) {
  const given = (await searchParams)['secret'];
  const secret = typeof given === 'string' ? given : '';
  const { web } = await getServer();
  const [customer, viewer] = await Promise.all([web.lookAtLink(secret), viewerHere()]);
  return (
    <Shell viewer={viewer} current="/sign-in">
      <Content>
        <div className="mx-auto flex w-full max-w-md flex-col gap-4 sm:py-8">
          <h1 className="text-2xl font-semibold tracking-tight">Sign in by link</h1>
          {customer === null ? (
            <Alert tone="bad" title="This link doesn’t work any more.">
              Each link signs in once and for a short time only. Ask for another, or{' '}
              <Link href="/sign-in" prefetch={false} className="text-accent underline underline-offset-3">
                sign in with a token
              </Link>
              .
            </Alert>
          ) : (
            <Card>
              <form action="/sign-in/link/use" method="post" className="flex flex-col gap-4">
                <input type="hidden" name="secret" value={secret} />
                <p className="text-sm">
                  This link signs you in to the pages of <strong>{customer.name ?? customer.userId}</strong>.
                  It works once.
                </p>
                <Button
                  type="submit"
                  look="main"
                  size="big"
                  className="h-auto min-h-11 py-2 whitespace-normal"
                >
                  Continue as {customer.name ?? customer.userId}
                </Button>
                {viewer !== null && (
                  <p className="text-sm text-quiet">
                    You are signed in as {viewer.subject}; that ends with it.
                  </p>
                )}
              </form>
            </Card>
          )}
        </div>
      </Content>
    </Shell>
  );
}
