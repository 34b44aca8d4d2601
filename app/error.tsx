'use client';

import { RotateCw } from 'lucide-react';
import Link from 'next/link';
import { Alert } from './ui/alert';
import { Button } from './ui/button';

/** A page can't be made right now, most likely because the database can't be asked: says what still works. */
export default function PageError({ reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <main id="content" className="mx-auto flex w-full max-w-6xl flex-col gap-5 px-4 py-8 sm:px-6">
      <h1 className="text-2xl font-semibold tracking-tight">Tollgate</h1>
      <Alert
        tone="bad"
        role="alert"
        title="This page can’t be shown right now."
        actions={
          <>
            <Button onClick={reset}>
              <RotateCw aria-hidden />
              Try again
            </Button>
            <Button asChild look="link">
              <Link href="/" prefetch={false}>
                To the first page
              </Link>
            </Button>
          </>
        }
      >
        Calls go on being counted, and none is lost. The server’s log holds the reason.
      </Alert>
    </main>
  );
}
