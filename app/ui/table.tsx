/** Tables of figures: they scroll sideways on small screens, also by keyboard, and never break the page. */
import type { ComponentProps, ReactNode } from 'react';
import { classes } from './classes';

interface TableProps {
  /** What the table shows; read out, and shown where `captionShown`. */
  readonly caption: string;
  readonly captionShown?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

export function Table({ caption, captionShown = false, className, children }: TableProps) {
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className={classes('w-full border-collapse text-sm', className)}>
        <caption className={captionShown ? 'px-5 pb-2 text-left font-medium' : 'sr-only'}>{caption}</caption>
        {children}
      </table>
    </div>
  );
}

interface CellProps extends ComponentProps<'td'> {
  /** Figures stand at the right, digit below digit. */
  readonly figure?: boolean;
}

const cellClasses = (figure: boolean) =>
  classes('px-3 py-2 align-baseline first:pl-5 last:pr-5', figure && 'figures text-right whitespace-nowrap');

/** A column's head. */
export function Head({ figure = false, className, ...props }: CellProps) {
  return (
    <th
      scope="col"
      {...props}
      className={classes(
        cellClasses(figure),
        'border-b border-line text-left text-xs font-medium text-quiet',
        figure && 'text-right',
        className,
      )}
    />
  );
}

/** The cell that names its row. */
export function RowHead({ className, ...props }: ComponentProps<'th'>) {
  return (
    <th
      scope="row"
      {...props}
      className={classes(cellClasses(false), 'border-b border-line text-left font-medium', className)}
    />
  );
}

export function Cell({ figure = false, className, ...props }: CellProps) {
  return <td {...props} className={classes(cellClasses(figure), 'border-b border-line', className)} />;
}
