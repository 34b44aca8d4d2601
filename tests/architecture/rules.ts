/** The rules of the house, each a function from files to complaints. */
import { ROOMS, type Room } from '@/tests/architecture/rooms';
import {
  type Import,
  type Rule,
  importsOf,
  isCode,
  isUnder,
  withoutComments,
} from '@/tests/architecture/sources';

const isRootFile = (file: string): boolean => !file.includes('/');

/** Complaints about single files, gathered. */
const perFile =
  (check: (file: string, text: string) => string[]): Rule =>
  (files) =>
    [...files].flatMap(([file, text]) => check(file, text).map((complaint) => `${file} ${complaint}`));

function mayImport(room: Room, { target, own, typesOnly }: Import): boolean {
  if (own) {
    const places = typesOnly ? [...room.values, ...room.types, room.place] : [...room.values, room.place];
    return places.some((place) => isUnder(target, place));
  }
  return room.packages.some((name) =>
    name.endsWith(':')
      ? target.startsWith(name)
      : name === '*' || target === name || target.startsWith(`${name}/`),
  );
}

/** Who imports whom, by the table of rooms. */
export const roomsImport: Rule = perFile((file, text) => {
  if (!isCode(file) || isRootFile(file)) return [];
  const room = ROOMS.find(({ place }) => isUnder(file, place));
  if (room === undefined) return ['stands in no room'];
  const wrong = importsOf(file, text).filter((one) => !one.target.endsWith('.css') && !mayImport(room, one));
  return wrong.map(({ target, typesOnly }) => `must not import ${typesOnly ? 'types of' : 'from'} ${target}`);
});

/** `lib/wire/gemini/…` → `gemini`; files directly in the place have no folder. */
const folderIn = (place: string, file: string): string | undefined =>
  file.startsWith(`${place}/`) ? /^([^/]+)\//.exec(file.slice(place.length + 1))?.[1] : undefined;

/** What the formats share: how bodies of one dialect are read, whichever format carries them. */
const SHARED_BODIES = 'lib/wire/bodies';
/** Made from the operator's configuration, so no registry names them. */
const UNREGISTERED = [SHARED_BODIES, 'lib/providers/compatible'];
/** A provider knows of its siblings at most their models, which are data. */
const SIBLINGS_DATA = /^lib\/providers\/[^/]+\/(models|resold)(-[a-z0-9-]+)?$/;

/** A format knows no other, and what formats share knows none. */
export const siblingsStayApart: Rule = perFile((file, text) =>
  ['lib/wire', 'lib/providers'].flatMap((place) => {
    const own = folderIn(place, file);
    if (own === undefined) return [];
    return importsOf(file, text)
      .filter(
        ({ target }) =>
          (folderIn(place, target) ?? own) !== own &&
          !isUnder(target, SHARED_BODIES) &&
          !SIBLINGS_DATA.test(target),
      )
      .map(({ target }) => `must not import its sibling ${target}`);
  }),
);

export const onlyEnvReadsTheEnvironment: Rule = perFile((file, text) => {
  if (!isCode(file) || !/^(lib|app|db)\//.test(file) || file === 'lib/env.ts') return [];
  const reads = /\bprocess\s*(\?\.|\.|\[['"])\s*env\b|import\.meta\.env\b/.test(withoutComments(text));
  return reads || /\benv\b[^;]*from 'node:process'/.test(text)
    ? ['must leave the environment to lib/env.ts']
    : [];
});

const SQL =
  /['"`]\s*(SELECT|INSERT INTO|INSERT OR|UPDATE \w+ SET|DELETE FROM|CREATE (TABLE|INDEX|TRIGGER)|PRAGMA|BEGIN|WITH \w+ AS)\b/;
const MAY_HOLD_SQL = ['db/queries', 'db/schema', 'db/migrate', 'db/client', 'db/prepared'];

export const sqlLivesInQueries: Rule = perFile((file, text) => {
  if (!isCode(file) || !/^(lib|app|db)\//.test(file)) return [];
  if (MAY_HOLD_SQL.some((place) => isUnder(file, place))) return [];
  return SQL.test(withoutComments(text)) ? ['must leave SQL to db/queries'] : [];
});

export const nothingRunsOnTheEdge: Rule = perFile((file, text) =>
  isCode(file) &&
  !file.startsWith('tests/') &&
  /\bruntime\s*[=:]\s*['"`](experimental-)?edge/.test(withoutComments(text))
    ? ['must not ask for the edge runtime']
    : [],
);

const VAGUE = /(^|[-.])(utils?|helpers?|common|managers?|services?)([-.]|$)/;
/** Next names routes with brackets; a test, a declaration or a configuration says so before its extension. */
const NAME = /^(\[\.{0,3}[a-z][a-z-]*\]|\.?[a-z0-9]+(-[a-z0-9]+)*)((\.[a-z0-9-]+)*)$/;
const OWN_NAMES = /^(app|db|lib|public|scripts|tests)\//;

export const namesSaySomething: Rule = perFile((file) => {
  if (!OWN_NAMES.test(file) || file.startsWith('tests/fixtures/')) return [];
  const names = file.split('/');
  const vague = names.filter((name) => VAGUE.test(name)).map((name) => `says nothing: ${name}`);
  return [
    ...vague,
    ...names.filter((name) => !NAME.test(name)).map((name) => `is not in kebab-case: ${name}`),
  ];
});

/** Longer files do more than one thing. */
const LONGEST_FILE = 300;

export const filesStayShort: Rule = perFile((file, text) => {
  const lines = text.trimEnd().split('\n').length;
  return isCode(file) && /^(lib|app|db)\//.test(file) && lines > LONGEST_FILE ? [`has ${lines} lines`] : [];
});

/** Pages and routes are named by their URL. */
export const filesOpenWithASentence: Rule = perFile((file, text) => {
  if (!isCode(file) || !/^(lib|db|scripts|tests)\//.test(file)) return [];
  const opening = /^(?:#!.*\n)?\/\*\*\s+\*?\s*(?:[A-Z`“][\s\S]*?)\*\//.exec(text)?.[0] ?? '';
  return /[.?!`)]\s*\*\/$/.test(opening) ? [] : ['must open with a sentence in a /** … */ comment'];
});

export const everyFolderIsRegistered: Rule = (files) =>
  ['lib/wire', 'lib/providers'].flatMap((place) => {
    const registry = `${place}/registry.ts`;
    const text = withoutComments(files.get(registry) ?? '');
    const folders = new Set(
      [...files.keys()].map((file) => folderIn(place, file)).filter((name) => name !== undefined),
    );
    return [...folders].flatMap((folder) => {
      if (UNREGISTERED.includes(`${place}/${folder}`)) return [];
      const imported = new RegExp(`import \\{ (\\w+) \\} from '(?:\\./|@/${place}/)${folder}/`).exec(
        text,
      )?.[1];
      const listed =
        imported !== undefined && new RegExp(`\\b${imported}\\b`).test(text.replace(/^import .*$/gm, ''));
      return listed ? [] : [`${place}/${folder} is missing in ${registry}`];
    });
  });

const CARD_PACKAGES = [
  'next',
  '@libsql/client',
  'drizzle-orm',
  '@anthropic-ai/sdk',
  '@google/generative-ai',
  'jose',
  'recharts',
  '@upstash/ratelimit',
  'playwright',
];

export const cardPackagesAreThere: Rule = (files) => {
  const { dependencies, devDependencies } = JSON.parse(files.get('package.json') ?? '{}') as Record<
    string,
    object
  >;
  const declared = Object.keys({ ...dependencies, ...devDependencies });
  return CARD_PACKAGES.filter((name) => !declared.includes(name)).map((name) => `package.json lacks ${name}`);
};

const CARD_ENTRIES = [
  'app',
  'lib',
  'db',
  'drizzle',
  'public',
  'tests',
  'next.config.ts',
  'vercel.json',
  'package.json',
];
const MORE_FOLDERS = ['scripts', '.ci', '.github'];

export const topLevelIsTheCards: Rule = (files) => {
  const entries = new Set([...files.keys()].map((file) => file.split('/')[0] ?? ''));
  const folders = new Set(
    [...files.keys()].filter((file) => !isRootFile(file)).map((file) => file.split('/')[0] ?? ''),
  );
  const known = [...CARD_ENTRIES, ...MORE_FOLDERS];
  return [
    ...CARD_ENTRIES.filter((entry) => !entries.has(entry)).map((entry) => `${entry} is missing`),
    ...[...folders]
      .filter((folder) => !known.includes(folder))
      .map((folder) => `${folder}/ is not on the card`),
  ];
};

/** Put together here, so that this file doesn't complain about itself. */
const MACHINE_ONLY = [
  new RegExp(['registry', '(npmjs|yarnpkg|npmmirror)', '(org|com)'].join('\\.')),
  /\bresolved['"]?\s*:\s*['"]https?:/,
  new RegExp(['(^|[\\s\'"`(=:])', '(work|home)', '\\w'].join('/'), 'm'),
];

export const nothingOfOneMachine: Rule = perFile((_file, text) =>
  MACHINE_ONLY.filter((pattern) => pattern.test(text)).map(
    (pattern) => `names a place of one machine (${pattern.source})`,
  ),
);
