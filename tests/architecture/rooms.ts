/** The house as data: each room, and what may be imported into it. */

export interface Room {
  readonly place: string;
  /** Own places whose values may be imported; a room may always import itself. */
  readonly values: readonly string[];
  /** Own places of which only types may be imported. */
  readonly types: readonly string[];
  /** Packages, `node:` for all of Node; `*` for any. */
  readonly packages: readonly string[];
}

const ANYTHING_BELOW_APP = ['lib', 'db'];

/** The first room that holds a file counts, so the narrower ones go first. */
export const ROOMS: readonly Room[] = [
  // Web Crypto hashes only asynchronously; a token look-up hashes in place, with plain JavaScript.
  { place: 'lib/std', values: [], types: [], packages: ['@noble/hashes'] },
  // Days of a time zone are Temporal's; its polyfill until every runtime has it.
  { place: 'lib/domain', values: ['lib/std'], types: [], packages: ['zod', 'temporal-polyfill'] },
  { place: 'lib/wire', values: ['lib/std', 'lib/domain'], types: [], packages: [] },
  {
    place: 'lib/providers',
    // `embed` is Tollgate's own format: an upstream behind an SDK gets its fields, not its bytes.
    values: ['lib/std', 'lib/domain', 'lib/wire/embed/format'],
    types: ['lib/wire/format'],
    packages: [],
  },
  {
    place: 'lib/gateway',
    values: ['lib/std', 'lib/domain', 'lib/wire', 'lib/providers'],
    types: [],
    packages: [],
  },
  {
    place: 'lib/account',
    values: ['lib/std', 'lib/domain', 'db/queries', 'db/retry'],
    types: ['db/client'],
    packages: ['zod'],
  },
  {
    // Management and status over HTTP: the account's verbs behind URLs.
    place: 'lib/api',
    values: [
      'lib/std',
      'lib/domain',
      'lib/account',
      'lib/providers/provider',
      'lib/providers/registry',
      // Which price a model has, for OpenClaw's catalogue.
      'lib/providers/catalogue',
      'db/queries',
    ],
    // The formats' endpoints are described in the API's document.
    types: ['lib/gateway', 'lib/wire/format'],
    packages: ['zod'],
  },
  {
    // Who is signed in to the pages, and how they got there.
    place: 'lib/web',
    values: ['lib/std', 'lib/domain', 'lib/account', 'db/queries', 'db/retry'],
    types: ['db/client', 'lib/gateway/ports', 'lib/gateway/strangers'],
    packages: ['jose', 'openid-client', 'zod'],
  },
  // What readers are told to type: pure functions of a base URL and a token.
  { place: 'lib/docs', values: [], types: [], packages: [] },
  {
    place: 'lib/adapters',
    // The two mounts stand on the composition root; the other adapters below it.
    values: ['lib/std', 'lib/domain', 'lib/providers/provider', 'db', 'lib/server'],
    types: ['lib/gateway/ports', 'lib/wire'],
    packages: ['*'],
  },
  { place: 'lib/env', values: [], types: [], packages: ['zod'] },
  { place: 'lib/server', values: ANYTHING_BELOW_APP, types: [], packages: [] },
  // Migrations are files on a disk: this is the part of the database that knows Node.
  { place: 'db/migrate', values: ['db'], types: [], packages: ['drizzle-orm', 'node:'] },
  { place: 'db/client', values: ['db'], types: [], packages: ['drizzle-orm', '@libsql/client', 'node:'] },
  // The native driver itself, for statements that stay prepared; the client prepares each one anew.
  { place: 'db/prepared', values: ['db'], types: [], packages: ['libsql', '@libsql/client'] },
  {
    place: 'db',
    values: ['lib/domain'],
    // Statements take the ports' own values.
    types: ['lib/gateway/ports'],
    packages: ['drizzle-orm', '@libsql/client'],
  },
  {
    place: 'app',
    // Server components read and change through the account's verbs, as whoever is signed in.
    values: [
      'lib/server',
      'lib/account',
      'lib/web',
      'lib/std',
      'lib/domain',
      'lib/docs',
      'lib/adapters/next-mount',
      'lib/adapters/client-address',
    ],
    // A page renders the API's document.
    types: ['lib/api/openapi'],
    packages: [
      'react',
      'react-dom',
      'next',
      'radix-ui',
      'lucide-react',
      'class-variance-authority',
      'clsx',
      'tailwind-merge',
      'recharts',
      'csv-stringify',
    ],
  },
  { place: 'scripts', values: [...ANYTHING_BELOW_APP, 'dist'], types: [], packages: ['*'] },
  { place: 'tests', values: [...ANYTHING_BELOW_APP, 'app', 'scripts', 'proxy'], types: [], packages: ['*'] },
];

/** Rooms that run on any host with Web-standard APIs. */
export const CORE = ['lib/std', 'lib/domain', 'lib/wire', 'lib/providers', 'lib/gateway'];
