/** Sessions below one, put in the order of their tree. */

interface Node {
  readonly key: string;
  readonly parent: string | null;
}

export interface Branch<T> {
  readonly session: T;
  readonly branches: readonly Branch<T>[];
}

/** Those below `key`, each with what it started. Keys are the client's word, so a circle may be among them: each session stands once. */
export function branchesOf<T extends Node>(key: string, sessions: readonly T[]): Branch<T>[] {
  const byParent = new Map<string | null, T[]>();
  for (const session of sessions) {
    const siblings = byParent.get(session.parent);
    if (siblings === undefined) byParent.set(session.parent, [session]);
    else siblings.push(session);
  }
  const seen = new Set([key]);
  const below = (parent: string): Branch<T>[] => {
    const children = (byParent.get(parent) ?? []).filter((child) => !seen.has(child.key));
    for (const child of children) seen.add(child.key);
    return children.map((session) => ({ session, branches: below(session.key) }));
  };
  return below(key);
}
