import Link from 'next/link';

const PAGES = [
  ['/', 'Tollgate'],
  ['/docs/connect', 'Connect'],
  ['/docs/api', 'API'],
] as const;

/** The way to the content for keyboards, and the way to the other pages. */
export function SiteHeader({ current }: { current: (typeof PAGES)[number][0] }) {
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <header className={current === '/' ? 'site narrow' : 'site'}>
        <nav aria-label="Pages">
          <ul>
            {PAGES.map(([href, name]) => (
              <li key={href}>
                <Link href={href} prefetch={false} aria-current={href === current ? 'page' : undefined}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </header>
    </>
  );
}
