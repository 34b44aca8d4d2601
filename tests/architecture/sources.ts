/** Reads source text: comments away, imports out. A rule sees files only through this. */
import path from 'node:path';

/** Path from the root → text. Rules are functions of it, so that a test can plant a violation. */
export type Files = ReadonlyMap<string, string>;

/** Says what is wrong, one sentence each, beginning with the file. */
export type Rule = (files: Files) => string[];

export interface Import {
  /** Path from the root without extension for the project's own files, else the specifier. */
  readonly target: string;
  readonly own: boolean;
  readonly typesOnly: boolean;
}

const STRINGS_AND_COMMENTS =
  /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g;

export function withoutComments(source: string): string {
  return source.replace(STRINGS_AND_COMMENTS, (_all, text: string | undefined) => text ?? ' ');
}

/** `import … from`, `export … from`, bare `import`, and `import(…)`, which may stand in a type. */
const STATEMENT = /^\s*(?:import|export)\b([^'"`;]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** `type { … }`, or braces in which every name is marked as a type. */
function namesTypesOnly(clause: string): boolean {
  if (/^\s*type\s+[{*\w]/.test(clause)) return true;
  const names = /^\s*\{([\s\S]*)\}\s*$/.exec(clause)?.[1];
  const list =
    names
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '') ?? [];
  return list.length > 0 && list.every((name) => name.startsWith('type '));
}

function resolve(file: string, specifier: string): { target: string; own: boolean } {
  const bare = (place: string): string => place.replace(/\.(ts|tsx|mts|mjs|js)$/, '');
  if (specifier.startsWith('@/')) return { target: bare(specifier.slice(2)), own: true };
  if (!specifier.startsWith('.')) return { target: specifier, own: false };
  return { target: bare(path.posix.join(path.posix.dirname(file), specifier)), own: true };
}

export function importsOf(file: string, source: string): Import[] {
  const code = withoutComments(source);
  const found: Import[] = [];
  for (const [, clause = '', specifier = ''] of code.matchAll(STATEMENT)) {
    found.push({ ...resolve(file, specifier), typesOnly: namesTypesOnly(clause) });
  }
  for (const [, specifier = ''] of [...code.matchAll(BARE), ...code.matchAll(DYNAMIC)]) {
    found.push({ ...resolve(file, specifier), typesOnly: false });
  }
  return found;
}

export const isCode = (file: string): boolean => /\.(ts|tsx|mts|mjs)$/.test(file) && !file.endsWith('.d.ts');

export const isUnder = (file: string, place: string): boolean =>
  file === place ||
  file.startsWith(`${place}/`) ||
  file.replace(/\.\w+$/, '') === place.replace(/\.\w+$/, '');
