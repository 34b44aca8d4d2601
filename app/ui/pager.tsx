/** The way through a list by cursors: back to the newest, on to older ones. Plain links, so that pages can be shared. */
import Link from 'next/link';
import { Button } from './button';

interface PagerProps {
  /** The list's address without a cursor; `null` on its first page. */
  readonly first: string | null;
  /** The next page's address; `null` on the last. */
  readonly next: string | null;
  readonly label: string;
}

export function Pager({ first, next, label }: PagerProps) {
  if (first === null && next === null) return null;
  return (
    <nav aria-label={label} className="flex justify-between gap-2 px-5 py-3">
      {first === null ? (
        <span />
      ) : (
        <Button asChild size="small">
          <Link href={first} prefetch={false}>
            Newest
          </Link>
        </Button>
      )}
      {next !== null && (
        <Button asChild size="small">
          <Link href={next} prefetch={false}>
            Older
          </Link>
        </Button>
      )}
    </nav>
  );
}
