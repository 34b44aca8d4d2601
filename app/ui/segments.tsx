/** A row of links of which one is where you are: ranges, charts. The current one has `aria-current`. */
import type { ReactNode } from 'react';

export function Segments({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <nav
      aria-label={label}
      className="flex max-w-full flex-wrap gap-0.5 rounded-lg bg-sunken p-0.5 text-sm [&>a]:rounded-md [&>a]:px-2.5 [&>a]:py-1 [&>a]:text-quiet [&>a]:hover:text-ink [&>a[aria-current]]:bg-panel [&>a[aria-current]]:font-medium [&>a[aria-current]]:text-ink [&>a[aria-current]]:shadow-sm"
    >
      {children}
    </nav>
  );
}
