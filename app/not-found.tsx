import type { Metadata } from 'next';
import Link from 'next/link';
import { Content, Shell } from './shell';
import { Button } from './ui/button';
import { viewerHere } from './viewer';

export const metadata: Metadata = { title: 'Not found · Tollgate' };

const HOMES = { customer: ['/usage', 'To your usage'], operator: ['/admin', 'To your customers'] } as const;

/** The same for what never was, what is gone, and what is somebody else's. */
export default async function NotFound() {
  // Also where the database can't be asked who this is.
  const viewer = await viewerHere().catch(() => null);
  const [href, name] = viewer === null ? (['/', 'To the first page'] as const) : HOMES[viewer.kind];
  return (
    <Shell viewer={viewer} current="">
      <Content>
        <div className="py-10 text-center">
          <h1 className="text-2xl font-semibold tracking-tight">There is nothing here.</h1>
          <p className="mx-auto mt-2 mb-5 max-w-prose text-sm text-quiet">
            The address may be mistyped, or what it led to is gone, or isn’t yours to see.
          </p>
          <Button asChild>
            <Link href={href} prefetch={false}>
              {name}
            </Link>
          </Button>
        </div>
      </Content>
    </Shell>
  );
}
