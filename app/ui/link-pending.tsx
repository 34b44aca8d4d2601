'use client';

import { useLinkStatus } from 'next/link';

/** Inside a link: a line at the window's top from the click until the page it leads to is there. */
export function LinkPending() {
  const { pending } = useLinkStatus();
  return (
    pending && (
      <span
        aria-hidden
        data-pending
        className="fixed inset-x-0 top-0 z-50 h-1 bg-accent motion-safe:animate-pulse"
      />
    )
  );
}
