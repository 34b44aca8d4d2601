'use client';

import type { ReactNode } from 'react';
import { Button } from '../ui/button';

/** Shows the page by another clock: as soon as one is chosen, or by the button where there are no scripts. */
export function ZoneForm({ children }: { readonly children: ReactNode }) {
  return (
    <form
      action="/usage"
      className="flex items-center gap-2"
      onChange={(event) => event.currentTarget.requestSubmit()}
    >
      {children}
      <Button type="submit" className="without-script">
        Set
      </Button>
    </form>
  );
}
