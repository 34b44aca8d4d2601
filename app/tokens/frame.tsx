/** What stands around the pages of one token: the way back, a title, and who looks. */
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Content, Shell } from '../shell';
import { PageHeader } from '../ui/page-header';
import type { CustomerViewer } from '../viewer';

interface FrameProps {
  readonly viewer: CustomerViewer;
  readonly title: string;
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  /** The token that the page is a part of. */
  readonly below?: { readonly href: string; readonly name: string };
  readonly children: ReactNode;
}

export function TokenFrame({ viewer, title, lead, actions, below, children }: FrameProps) {
  return (
    <Shell viewer={viewer} current="/tokens">
      <Content>
        <div className="min-w-0">
          <nav aria-label="Way back" className="mb-2 flex flex-wrap gap-x-2 text-sm">
            <Link href="/tokens" prefetch={false} className="py-0.5 text-accent hover:underline">
              Tokens
            </Link>
            {below !== undefined && (
              <>
                <span aria-hidden>/</span>
                <Link
                  href={below.href}
                  prefetch={false}
                  className="max-w-64 truncate py-0.5 text-accent hover:underline"
                >
                  {below.name}
                </Link>
              </>
            )}
          </nav>
          <PageHeader title={title} lead={lead} actions={actions} />
        </div>
        {children}
      </Content>
    </Shell>
  );
}
