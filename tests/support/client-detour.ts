/** Puts a test between a database and its callers: to count, slow down or fail what they ask. */
import type { Client } from '@libsql/client';
import type { Database } from '@/db/client';

type Work = (...args: unknown[]) => Promise<unknown>;

/** `through` is given each call of `execute` and `batch`, to run or not. Returns what ends the detour. */
export function detour(
  client: Client,
  through: (work: () => Promise<unknown>, statements: unknown) => Promise<unknown>,
): () => void {
  const names = ['execute', 'batch'] as const;
  for (const name of names) {
    const work = (client[name] as Work).bind(client);
    Object.assign(client, { [name]: (...args: unknown[]) => through(() => work(...args), args[0]) });
  }
  // The client's own methods are its class's: they show again once these are gone.
  return () => names.forEach((name) => Reflect.deleteProperty(client, name));
}

/** From now on the database fails whatever is asked, until the function given back is called. `onAsked` hears of each try. */
export function cutOff(database: Database, onAsked: () => void = () => undefined): () => void {
  const { client, prepared } = database;
  const lost = (): Error => {
    onAsked();
    return new Error('connection lost');
  };
  const end = detour(client, () => Promise.reject(lost()));
  const kept = { ...prepared };
  if (prepared !== null) {
    Object.assign(prepared, {
      transact: () => {
        throw lost();
      },
    });
  }
  return () => {
    end();
    if (prepared !== null) Object.assign(prepared, kept);
  };
}
