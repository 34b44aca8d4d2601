/** The project keeps the rules of its house, and each rule notices when it is broken. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { CORE, ROOMS } from '@/tests/architecture/rooms';
import * as pageRules from '@/tests/architecture/page-rules';
import * as rules from '@/tests/architecture/rules';
import type { Files, Rule } from '@/tests/architecture/sources';
import { ROOT, projectFiles } from '@/tests/support/project-files';

const TEXT =
  /\.(ts|tsx|mts|mjs|js|cjs|json|jsonc|css|md|sql|svg|yml|yaml|txt|sh)$|^[^/.]+$|^\.[^/]+$|^\.ci\//;

const project: Files = new Map(
  projectFiles().map((file) => [file, TEXT.test(file) ? readFileSync(path.join(ROOT, file), 'utf8') : '']),
);

/** The project with one file added or replaced. */
const planted = (file: string, text: string): Files => new Map([...project, [file, text]]);

interface Case {
  readonly states: string;
  readonly rule: Rule;
  /** Files that break it, and a word of the complaint. */
  readonly broken: readonly (readonly [file: string, text: string, complaint: string])[];
}

const DOC = '/** Planted. */\n';

const CASES: readonly Case[] = [
  {
    states: 'rooms import only what the table allows',
    rule: rules.roomsImport,
    broken: [
      ['lib/std/planted.ts', `${DOC}import { month } from '@/lib/domain/month';`, 'lib/domain/month'],
      ['lib/std/planted.ts', `${DOC}import { createHash } from 'node:crypto';`, 'node:crypto'],
      ['lib/domain/planted.ts', `${DOC}export { sql } from 'drizzle-orm';`, 'drizzle-orm'],
      [
        'lib/wire/planted.ts',
        `${DOC}import { PROVIDERS } from '../providers/registry';`,
        'lib/providers/registry',
      ],
      [
        'lib/wire/embed/planted.ts',
        `${DOC}import type { Ports } from '@/lib/gateway/ports';`,
        'lib/gateway/ports',
      ],
      ['lib/providers/planted.ts', `${DOC}import { type A, b } from '@/lib/wire/format';`, 'lib/wire/format'],
      [
        'lib/providers/planted.ts',
        `${DOC}import type { A } from '@/lib/wire/bodies/anthropic/usage';`,
        'types of',
      ],
      ['lib/gateway/planted.ts', `${DOC}import { after } from 'next/server';`, 'next/server'],
      ['lib/gateway/planted.ts', `${DOC}const sdk = await import('@anthropic-ai/sdk');`, '@anthropic-ai/sdk'],
      [
        'lib/gateway/planted.ts',
        `${DOC}import { admitStatement } from '@/db/queries/admit';`,
        'db/queries/admit',
      ],
      ['lib/gateway/stages/planted.ts', `${DOC}import {\n  pino,\n} from 'pino';`, 'pino'],
      ['lib/account/planted.ts', `${DOC}import { openDatabase } from '@/db/client';`, 'db/client'],
      ['lib/api/planted.ts', `${DOC}import { handle } from '../gateway/handle';`, 'lib/gateway/handle'],
      [
        'lib/adapters/planted.ts',
        `${DOC}import { refuse } from '@/lib/gateway/stages/refuse';`,
        'stages/refuse',
      ],
      ['lib/env.ts', `${DOC}import { getServer } from './server';`, 'lib/server'],
      ['db/queries/planted.ts', `${DOC}import { readFileSync } from 'node:fs';`, 'node:fs'],
      ['db/planted.ts', `${DOC}import { createUser } from '@/lib/account/create-user';`, 'create-user'],
      ['app/planted/page.tsx', `import { usersPage } from '@/db/queries/users';`, 'db/queries/users'],
      ['app/planted/page.tsx', `import { takeTry } from '@/lib/gateway/handle';`, 'lib/gateway/handle'],
      ['lib/web/planted.ts', `${DOC}import { getServer } from '@/lib/server';`, 'lib/server'],
      ['scripts/planted.ts', `${DOC}import '../tests/support/gateway';`, 'tests/support/gateway'],
      ['lib/planted/new.ts', DOC, 'no room'],
    ],
  },
  {
    states: 'formats and providers don’t know their siblings',
    rule: rules.siblingsStayApart,
    broken: [
      ['lib/wire/bodies/planted.ts', `${DOC}import { embed } from '@/lib/wire/embed/format';`, 'sibling'],
      [
        'lib/wire/embed/planted.ts',
        `${DOC}import type { X } from '../anthropic-messages/format';`,
        'sibling',
      ],
      [
        'lib/providers/google/planted.ts',
        `${DOC}import { anthropic } from '../anthropic/anthropic';`,
        'sibling',
      ],
    ],
  },
  {
    states: 'only lib/env.ts reads the environment',
    rule: rules.onlyEnvReadsTheEnvironment,
    broken: [
      ['lib/adapters/planted.ts', `${DOC}const key = process.env['KEY'];`, 'environment'],
      ['app/planted/page.tsx', `const { KEY } = process\n  .env;`, 'environment'],
      ['db/planted.ts', `${DOC}import { env } from 'node:process';`, 'environment'],
    ],
  },
  {
    states: 'SQL lives in db/queries',
    rule: rules.sqlLivesInQueries,
    broken: [
      ['lib/account/planted.ts', `${DOC}await run('SELECT 1');`, 'SQL'],
      ['app/planted/page.tsx', 'await run(`\n  UPDATE users SET plan = 1`);', 'SQL'],
    ],
  },
  {
    states: 'nothing asks for the edge runtime',
    rule: rules.nothingRunsOnTheEdge,
    broken: [['app/planted/route.ts', `export const runtime = 'edge';`, 'edge']],
  },
  {
    states: 'names are in kebab-case and say something',
    rule: rules.namesSaySomething,
    broken: [
      ['lib/std/utils.ts', DOC, 'utils'],
      ['lib/std/string-helpers.ts', DOC, 'string-helpers'],
      ['lib/common/clock.ts', DOC, 'common'],
      ['tests/support/token-manager.ts', DOC, 'token-manager'],
      ['lib/account/userService.ts', DOC, 'kebab-case'],
      ['db/snake_case.ts', DOC, 'kebab-case'],
      ['app/Planted/page.tsx', '', 'kebab-case'],
    ],
  },
  {
    states: 'files stay within 300 lines',
    rule: rules.filesStayShort,
    broken: [['lib/std/planted.ts', `${DOC}${'a;\n'.repeat(300)}`, '301 lines']],
  },
  {
    states: 'files open with a sentence that says what they are for',
    rule: rules.filesOpenWithASentence,
    broken: [
      ['lib/std/planted.ts', 'export const a = 1;\n', 'sentence'],
      ['tests/unit/planted.test.ts', '// A test.\n', 'sentence'],
      ['db/planted.ts', '/** no sentence */\n', 'sentence'],
    ],
  },
  {
    states: 'every format and provider is registered',
    rule: rules.everyFolderIsRegistered,
    broken: [
      ['lib/wire/planted/format.ts', DOC, 'lib/wire/planted'],
      ['lib/providers/planted/planted.ts', DOC, 'lib/providers/planted'],
      [
        'lib/wire/registry.ts',
        `import { embed } from './embed/format';\nexport const FORMATS = [];`,
        'lib/wire/embed',
      ],
    ],
  },
  {
    states: 'server actions ask who calls before anything else',
    rule: pageRules.serverActionsAskFirst,
    broken: [
      [
        'app/tokens/planted.ts',
        `'use server';\nexport async function wipe(form: FormData) {\n  const all = form.get('all');\n  await customerHere();\n}\n`,
        'wipe must ask',
      ],
    ],
  },
  {
    states: 'no client component brings the server’s code to browsers',
    rule: pageRules.browsersGetNothingOfTheServers,
    broken: [
      [
        'app/planted.tsx',
        `'use client';\nimport { createToken } from '@/lib/account/create-token';`,
        'lib/account',
      ],
      ['app/planted.tsx', `'use client';\nimport { viewerHere } from './viewer';`, 'lib/server'],
    ],
  },
  {
    states: 'the packages of the card are installed',
    rule: rules.cardPackagesAreThere,
    broken: [['package.json', '{ "dependencies": { "next": "1" } }', 'recharts']],
  },
  {
    states: 'the top level is the card’s, with scripts and plain files',
    rule: rules.topLevelIsTheCards,
    broken: [['src/planted.ts', DOC, 'src/']],
  },
  {
    states: 'nothing names a registry or a path of one machine',
    rule: rules.nothingOfOneMachine,
    broken: [
      ['package-lock.json', ['"resolved"', ' "https://mirror.example/next.tgz"'].join(':'), 'machine'],
      ['README.md', `cd ${['', 'work', 'main'].join('/')}`, 'machine'],
      ['.npmrc', `registry=https://${['registry', 'npmjs', 'org'].join('.')}/`, 'machine'],
    ],
  },
];

describe.each(CASES)('$states', ({ rule, broken }) => {
  test('in this project', () => {
    expect(rule(project)).toEqual([]);
  });

  const plants = broken.map(([file, text, complaint]) => ({ file, text, complaint }));
  test.each(plants)('and $file is noticed when it breaks that: $complaint', ({ file, text, complaint }) => {
    const before = new Set(rule(project));
    const fresh = rule(planted(file, text)).filter((one) => !before.has(one));
    expect(fresh.join('\n')).toContain(complaint);
  });
});

test('the table itself keeps the core free of hosts, vendors and the database', () => {
  const core = ROOMS.filter(({ place }) => CORE.includes(place));
  expect(core.map(({ place }) => place)).toEqual(CORE);
  for (const { place, values, types, packages } of core) {
    const outside = [...values, ...types].filter(
      (one) => !CORE.some((room) => one === room || one.startsWith(`${room}/`)),
    );
    expect({ place, outside }).toEqual({ place, outside: [] });
    // Plain JavaScript without a host: hashing, checking shapes, calendars.
    expect(packages.filter((name) => !['@noble/hashes', 'zod', 'temporal-polyfill'].includes(name))).toEqual(
      [],
    );
  }
});
