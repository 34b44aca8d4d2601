/** One figure with its name, and a word on it. */
import type { ReactNode } from 'react';

interface StatProps {
  readonly name: string;
  readonly value: ReactNode;
  readonly note?: ReactNode;
}

/** Stands in a `<dl>`. */
export function Stat({ name, value, note }: StatProps) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-quiet">{name}</dt>
      <dd className="figures mt-0.5 text-xl font-semibold tracking-tight">{value}</dd>
      {note !== undefined && <dd className="mt-0.5 text-xs text-quiet">{note}</dd>}
    </div>
  );
}
