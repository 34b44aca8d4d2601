import type { ReactNode } from 'react';
import { Button } from '../ui/button';

/** Shows the page by another clock. By a button: a list that acts as soon as it changes can't be gone through by keyboard. */
export function ZoneForm({ children }: { readonly children: ReactNode }) {
  return (
    <form action="/usage" className="flex items-center gap-2">
      {children}
      <Button type="submit">Set</Button>
    </form>
  );
}
