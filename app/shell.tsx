/** What stands around every page: the way to the content for keyboards, the way to the other pages, and who is signed in. */
import { CircleUser, LogOut } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Button } from './ui/button';
import { classes } from './ui/classes';
import { LinkPending } from './ui/link-pending';

/** Of whom is signed in, what the header shows. */
export interface ShellViewer {
  readonly kind: 'customer' | 'operator';
  readonly subject: string;
  /** The customer whose pages these are. */
  readonly userId?: string;
  readonly method?: string;
}

/** A token's name says where it lies, not whose pages these are. */
const nameOf = ({ subject, userId, method }: ShellViewer): string =>
  method === 'token' && userId !== undefined ? userId : subject;

const CUSTOMER_PAGES = [
  ['/usage', 'Usage'],
  ['/logs', 'Logs'],
  ['/tokens', 'Tokens'],
  ['/plans', 'Plans'],
] as const;

const OPERATOR_PAGES = [
  ['/admin', 'Customers'],
  ['/admin/plans', 'Plans'],
  ['/admin/providers', 'Providers'],
  ['/admin/refusals', 'Refusals'],
  ['/admin/activity', 'Activity'],
  ['/admin/prices', 'Prices'],
  ['/admin/events', 'Events'],
  ['/admin/audit', 'Audit'],
] as const;

const OPEN_PAGES = [
  ['/docs/connect', 'Connect'],
  ['/docs/api', 'API'],
] as const;

interface ShellProps {
  readonly viewer: ShellViewer | null;
  /** The page's address, or that of the page in the navigation it belongs to. */
  readonly current: string;
  readonly children: ReactNode;
}

function NavLink({ href, name, current }: { href: string; name: string; current: string }) {
  const here = href === current;
  return (
    <li>
      <Link
        href={href}
        prefetch={false}
        aria-current={here ? 'page' : undefined}
        className={classes(
          'block rounded-md px-2.5 py-1.5 text-sm whitespace-nowrap hover:bg-sunken',
          here ? 'font-semibold text-ink' : 'text-quiet',
        )}
      >
        {name}
        <LinkPending />
      </Link>
    </li>
  );
}

function Account({ viewer }: { viewer: ShellViewer | null }) {
  if (viewer === null) {
    return (
      <Button asChild size="small">
        <Link href="/sign-in" prefetch={false}>
          Sign in
        </Link>
      </Button>
    );
  }
  return (
    <div className="flex items-center gap-1">
      <Button asChild look="quiet" size="small" className="max-w-48">
        <Link href="/account" prefetch={false} title={viewer.subject}>
          <CircleUser aria-hidden />
          <span className="truncate max-sm:sr-only">{nameOf(viewer)}</span>
          <span className="sr-only">, your account</span>
        </Link>
      </Button>
      <form action="/sign-out" method="post">
        <Button type="submit" look="quiet" size="small">
          <LogOut aria-hidden />
          <span className="max-sm:sr-only">Sign out</span>
        </Button>
      </form>
    </div>
  );
}

export function Shell({ viewer, current, children }: ShellProps) {
  const own = viewer === null ? [] : viewer.kind === 'operator' ? OPERATOR_PAGES : CUSTOMER_PAGES;
  return (
    <>
      <a
        href="#content"
        className="absolute -left-[200vw] z-50 rounded-md bg-panel px-3 py-2 focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <header className="border-b border-line bg-panel">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-4 px-4 sm:px-6">
          <Link
            href="/"
            prefetch={false}
            aria-current={current === '/' ? 'page' : undefined}
            className="flex items-center gap-2 py-3 font-semibold tracking-tight"
          >
            <Mark />
            Tollgate
          </Link>
          <nav
            aria-label="Pages"
            className="order-last -mx-1 w-full overflow-x-auto pb-2 md:order-none md:mx-0 md:w-auto md:flex-1 md:pb-0"
          >
            <ul className="flex items-center gap-0.5">
              {[...own, ...OPEN_PAGES].map(([href, name]) => (
                <NavLink key={href} href={href} name={name} current={current} />
              ))}
            </ul>
          </nav>
          <div className="ml-auto">
            <Account viewer={viewer} />
          </div>
        </div>
      </header>
      {children}
    </>
  );
}

/** The content of a page of figures; reading pages bring their own. */
export function Content({ children }: { readonly children: ReactNode }) {
  return (
    <main id="content" className="mx-auto flex w-full max-w-6xl flex-col gap-5 px-4 py-6 sm:px-6 sm:py-8">
      {children}
    </main>
  );
}

/** A gate with its arm up. */
function Mark() {
  return (
    <svg aria-hidden viewBox="0 0 20 20" className="size-5 text-accent" fill="none" stroke="currentColor">
      <path d="M4 17V9.5M2 17h4M4 9.5 17 3.5" strokeWidth="2" strokeLinecap="round" />
      <circle cx="4" cy="9.5" r="1.8" fill="currentColor" stroke="none" />
    </svg>
  );
}
