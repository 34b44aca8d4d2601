/** A panel with an optional title: the block pages are made of. */
import type { ReactNode } from 'react';
import { classes } from './classes';

interface CardProps {
  readonly id?: string;
  readonly title?: ReactNode;
  /** Level of the title's heading; 2 on most pages. */
  readonly level?: 2 | 3;
  /** Quiet words below the title. */
  readonly lead?: ReactNode;
  /** What stands at the title's right: links, buttons, a switch. */
  readonly actions?: ReactNode;
  readonly className?: string;
  /** Without inner space, for tables that reach the edges. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Card({ id, title, level = 2, lead, actions, className, flush = false, children }: CardProps) {
  const Heading = `h${level}` as const;
  const headingId = id === undefined ? undefined : `${id}-title`;
  return (
    <section
      id={id}
      aria-labelledby={title === undefined ? undefined : headingId}
      className={classes('min-w-0 rounded-lg border border-line bg-panel', className)}
    >
      {(title !== undefined || actions !== undefined) && (
        <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 px-5 pt-4">
          <div className="min-w-0">
            {title !== undefined && (
              <Heading id={headingId} className="text-base font-semibold">
                {title}
              </Heading>
            )}
            {lead !== undefined && <p className="mt-0.5 text-sm text-quiet">{lead}</p>}
          </div>
          {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
      )}
      <div className={flush ? 'pt-3' : 'px-5 py-4'}>{children}</div>
    </section>
  );
}
