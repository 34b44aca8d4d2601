/** The way through a list by cursors: back to the newest, on to older ones. Plain links, so that pages can be shared. */
import Link from 'next/link';
import { Button } from './button';

interface PagerProps {
  /** The list's address without a cursor; `null` on its first page. */
  readonly first: string | null;
  /** The next page's address; `null` on the last. */
  readonly next: string | null;
  readonly label: string;
  /** For lists that don't begin with the newest. */
  readonly words?: { readonly first: string; readonly next: string };
}

const NEWEST_FIRST = { first: 'Newest', next: 'Older' };

export function Pager({ first, next, label, words = NEWEST_FIRST }: PagerProps) {
  if (first === null && next === null) return null;
  return (
    <nav aria-label={label} className="flex justify-between gap-2 px-5 py-3">
      {first === null ? (
        <span />
      ) : (
        <Button asChild size="small">
          <Link href={first} prefetch={false}>
            {words.first}
          </Link>
        </Button>
      )}
      {next !== null && (
        <Button asChild size="small">
          <Link href={next} prefetch={false}>
            {words.next}
          </Link>
        </Button>
      )}
    </nav>
  );
}
