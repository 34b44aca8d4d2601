/** Upstash's REST protocol in front of a real local `redis-server`, to run `@upstash/redis` against. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisError, startRedis, type RedisProcess, type Reply } from '@/tests/support/redis-resp';

/** Upstash's own script flag, which Redis does not know. */
const UPSTASH_FLAG = /^#!lua flags=allow-key-locking\n/;
/** What the scripts of `@upstash/ratelimit` set expiries in; the time since they did is rounded away. */
const EXPIRY_UNIT_MS = 1_000;

export interface RedisRest {
  readonly url: string;
  readonly token: string;
  /** HTTP requests that arrived so far, answered or not. */
  requests(): number;
  /** From now on requests hang without an answer. */
  pause(): void;
  /** Answers what hangs and is still there, and everything after it. */
  resume(): void;
  /** From now on connections are refused, open ones cut. */
  refuse(): Promise<void>;
  /** Listens again, at the same address. */
  accept(): Promise<void>;
  /** A command past the REST front. @throws RedisError */
  redis(...command: string[]): Promise<Reply>;
  /** When a key that a script wrote is due to expire, ms since the epoch by this process's `Date`. */
  expiresAtMs(key: string): number | undefined;
  stop(): Promise<void>;
}

type Command = readonly string[];
type Answer = { readonly result: unknown } | { readonly error: string };

/**
 * Expiries that scripts set run on this process's `Date`, not on Redis' clock: a faked `Date` moves them too.
 * @throws Error naming the Debian package when there is no `redis-server` on PATH
 */
export async function startRedisRest(): Promise<RedisRest> {
  const redis = await startRedis();
  const scripts = createScripts(redis);
  const token = randomUUID();
  let received = 0;
  let held: (() => void)[] | null = null;

  const server = createServer((request, response) => {
    received++;
    if (held === null) void serve(request, response);
    else held.push(() => void serve(request, response));
  });
  // An idle connection that the server closes under the client would be a failure that depends on timing.
  server.keepAliveTimeout = 0;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await answer(request).catch((error: unknown) => ({
      status: 400,
      body: { error: error instanceof Error ? error.message : String(error) },
    }));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(request.headers['upstash-encoding'] === 'base64' ? encoded(body) : body));
  };

  const answer = async (request: IncomingMessage): Promise<{ status: number; body: Answer | Answer[] }> => {
    const sent = await readBody(request);
    if (request.headers.authorization !== `Bearer ${token}`) {
      return { status: 401, body: { error: 'WRONGPASS invalid or missing auth token' } };
    }
    if (request.method !== 'POST') return { status: 405, body: { error: 'ERR method not allowed' } };
    switch (request.url ?? '') {
      case '/': {
        const reply = toAnswer(await scripts.run(toCommand(sent)));
        return { status: 'error' in reply ? 400 : 200, body: reply };
      }
      case '/pipeline': {
        const replies: Answer[] = [];
        for (const command of toCommands(sent)) replies.push(toAnswer(await scripts.run(command)));
        return { status: 200, body: replies };
      }
      case '/multi-exec': {
        const replies = (await redis.send([['MULTI'], ...toCommands(sent), ['EXEC']])).at(-1);
        if (replies instanceof RedisError) return { status: 400, body: { error: replies.message } };
        return { status: 200, body: (replies as readonly Reply[]).map(toAnswer) };
      }
      default:
        return { status: 404, body: { error: `ERR no such path: ${request.url}` } };
    }
  };

  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    token,
    requests: () => received,
    pause: () => {
      held ??= [];
    },
    resume: () => {
      const waiting = held ?? [];
      held = null;
      for (const go of waiting) go();
    },
    refuse: () => close(server),
    accept: () => listen(server, port),
    redis: async (...command) => {
      const [reply = null] = await redis.send([command]);
      if (reply instanceof RedisError) throw reply;
      return reply;
    },
    expiresAtMs: (key) => scripts.expiries.get(key),
    stop: async () => {
      if (server.listening) await close(server);
      await redis.stop();
    },
  };
}

interface Scripts {
  readonly expiries: ReadonlyMap<string, number>;
  run(command: Command): Promise<Reply>;
}

/** Runs commands; scripts lose the flag that Redis does not know, and their expiries go by `Date`. */
function createScripts(redis: RedisProcess): Scripts {
  const shaInRedis = new Map<string, string>();
  const expiries = new Map<string, number>();

  const translated = (command: Command): Command => {
    const [name = '', script = '', ...rest] = command;
    if (name.toLowerCase() === 'evalsha') return [name, shaInRedis.get(script) ?? script, ...rest];
    if (name.toLowerCase() !== 'eval') return command;
    const plain = script.replace(UPSTASH_FLAG, '#!lua\n');
    shaInRedis.set(sha1(script), sha1(plain));
    return [name, plain, ...rest];
  };

  const dropExpired = async (): Promise<void> => {
    const due = [...expiries].filter(([, atMs]) => Date.now() > atMs).map(([key]) => key);
    for (const key of due) expiries.delete(key);
    if (due.length > 0) await redis.send([['DEL', ...due]]);
  };

  return {
    expiries,
    run: async (command) => {
      await dropExpired();
      const keys = scriptKeys(command);
      const ttls = keys.map((key) => ['PTTL', key]);
      const persists = keys.map((key) => ['PERSIST', key]);
      const all = await redis.send([['MULTI'], translated(command), ...ttls, ...persists, ['EXEC']]);
      if (all[1] instanceof RedisError) return all[1];
      const [reply = null, ...expiryReplies] = all.at(-1) as readonly Reply[];
      for (const [index, key] of keys.entries()) {
        const ttlMs = Number(expiryReplies[index]);
        if (ttlMs > 0) expiries.set(key, Date.now() + Math.ceil(ttlMs / EXPIRY_UNIT_MS) * EXPIRY_UNIT_MS);
      }
      return reply;
    },
  };
}

function scriptKeys([name = '', , count = '0', ...rest]: Command): readonly string[] {
  return /^eval(sha)?$/i.test(name) ? rest.slice(0, Number(count)) : [];
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}

/** Upstash takes numbers and booleans in a command as their text. */
function toCommand(sent: unknown): Command {
  if (!Array.isArray(sent) || sent.length === 0) throw new Error('ERR failed to parse command');
  return sent.map(String);
}

function toCommands(sent: unknown): readonly Command[] {
  if (!Array.isArray(sent)) throw new Error('ERR failed to parse pipeline request');
  return sent.map(toCommand);
}

function toAnswer(reply: Reply): Answer {
  return reply instanceof RedisError ? { error: reply.message } : { result: reply };
}

/** Every string of a result in base64 but `OK`; errors stay as they are. */
function encoded(body: Answer | Answer[]): unknown {
  if (Array.isArray(body)) return body.map(encoded);
  return 'error' in body ? body : { result: encodedValue(body.result) };
}

function encodedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodedValue);
  if (typeof value !== 'string' || value === 'OK') return value;
  return Buffer.from(value, 'utf8').toString('base64');
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
