/** The rules of pages: who may change what is asked first, and browsers get nothing of the server's. */
import { type Files, type Rule, importsOf, isUnder, withoutComments } from '@/tests/architecture/sources';

const hasDirective = (text: string, directive: string): boolean =>
  new RegExp(`^(\\s|/\\*[\\s\\S]*?\\*/|//.*\\n)*['"]${directive}['"]`).test(text);

/** They make somebody signed in, so nobody is yet. */
const OPEN_ACTIONS = /^app\/sign-in\//;
const GUARD = /^\s*(const \w+ = )?await (customerHere|operatorHere)\(\);/;

/** A server action is an endpoint anybody can call: it asks who calls before anything else. */
export const serverActionsAskFirst: Rule = (files) =>
  [...files].flatMap(([file, raw]) => {
    if (!file.startsWith('app/') || OPEN_ACTIONS.test(file) || !hasDirective(raw, 'use server')) return [];
    const text = withoutComments(raw);
    const actions = [...text.matchAll(/export (?:async )?(?:function|const) (\w+)[^]*?\{\n([^]*?)\n\}/g)];
    return actions
      .filter(([, , body = '']) => !GUARD.test(body))
      .map(([, name = '']) => `${file}: ${name} must ask customerHere() or operatorHere() first`);
  });

const SERVERS_OWN = [
  'db',
  'lib/account',
  'lib/adapters',
  'lib/api',
  'lib/server',
  'lib/web',
  'lib/gateway',
  'lib/env',
];

/** The file an import of ours means. */
function fileOf(target: string, files: Files): string | undefined {
  return [target, `${target}.ts`, `${target}.tsx`, `${target}/index.ts`].find((file) => files.has(file));
}

/** Whatever a client component needs goes to every browser: no database code, no account verb, no secret. */
export const browsersGetNothingOfTheServers: Rule = (files) => {
  const complaints: string[] = [];
  for (const [start, text] of files) {
    if (!/^app\/.*\.tsx?$/.test(start) || !hasDirective(text, 'use client')) continue;
    const seen = new Set([start]);
    const queue = [start];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      for (const { target, own, typesOnly } of importsOf(file, files.get(file) ?? '')) {
        if (!own || typesOnly) continue;
        if (SERVERS_OWN.some((place) => isUnder(target, place)))
          complaints.push(`${start} brings ${target} to browsers`);
        const next = fileOf(target, files);
        // An action is called from the browser, not brought there.
        if (next === undefined || seen.has(next) || hasDirective(files.get(next) ?? '', 'use server'))
          continue;
        seen.add(next);
        queue.push(next);
      }
    }
  }
  return complaints;
};
