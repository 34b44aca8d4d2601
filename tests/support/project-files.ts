/** The files that make up the project: what git tracks, and what it would track. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

export const ROOT = process.cwd();

/** Paths from the root, `/` between folders. @throws when this is no git checkout */
export function projectFiles(): string[] {
  // A checkout may belong to another user than the one that tests it, as in a container.
  const args = ['-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard', '-z'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  const files = [...new Set(listed.split('\0'))].filter((file) => file !== '');
  return files.filter((file) => existsSync(path.join(ROOT, file)));
}
