/** The route tree as it stands in `app/`: so that no page or handler is forgotten by the tests that go over all of them. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './project-files';

export interface AppRoute {
  readonly kind: 'page' | 'handler';
  /** As Next serves it, parameters as `[name]`, groups left out: `/logs/[key]`. */
  readonly path: string;
  /** Where it stands, from the project's root. */
  readonly file: string;
}

const KINDS = { 'page.tsx': 'page', 'route.ts': 'handler', 'route.tsx': 'handler' } as const;

export function appRoutes(): readonly AppRoute[] {
  const entries = readdirSync(path.join(ROOT, 'app'), { recursive: true, encoding: 'utf8' });
  return entries
    .flatMap((entry): AppRoute[] => {
      const kind = KINDS[path.basename(entry) as keyof typeof KINDS];
      if (kind === undefined) return [];
      const segments = path.dirname(entry).split(path.sep);
      const shown = segments.filter((segment) => segment !== '.' && !/^[(@]/.test(segment));
      return [{ kind, path: `/${shown.join('/')}`, file: path.posix.join('app', entry) }];
    })
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
