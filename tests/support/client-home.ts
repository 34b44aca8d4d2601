/** A home of its own for one client: its folders, and an environment in which it can reach the gateway and a trap. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CLIENT_NODE } from '@/tests/support/clients';

type Env = Readonly<Record<string, string>>;

/** What a client meets; every bench of the client tests is one. */
export interface ClientSide {
  readonly gateway: { readonly url: string };
  readonly trap: { readonly env: Env };
}

export interface ClientHome {
  readonly folder: string;
  /** Its working folder. */
  readonly work: string;
  readonly env: Env;
  /** Writes a file of the home; what isn't text is written as JSON. */
  write(place: string, content: unknown): Promise<void>;
}

export async function withClientHome<T>(
  side: ClientSide,
  work: (home: ClientHome) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-client-'));
  const under = (name: string): string => path.join(folder, name);
  await mkdir(under('work'));
  await mkdir(under('tmp'));
  try {
    return await work({
      folder,
      work: under('work'),
      env: clientEnv(side, { HOME: folder, TMPDIR: under('tmp') }),
      async write(place, content) {
        await mkdir(path.dirname(under(place)), { recursive: true });
        await writeFile(under(place), typeof content === 'string' ? content : JSON.stringify(content));
      },
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Nothing of this process's environment but the path: with the clients' Node first, for those that start more of it. */
export function clientEnv(side: ClientSide, variables: Env = {}): Env {
  return {
    PATH: [path.dirname(CLIENT_NODE), process.env['PATH'] ?? ''].join(path.delimiter),
    NODE_USE_ENV_PROXY: '1',
    ...side.trap.env,
    ...variables,
  };
}

/** The lines of an output that are JSON objects; clients mix them with warnings. */
export function jsonLines<T>(output: string): T[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T);
}
