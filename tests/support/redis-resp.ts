/** A real `redis-server` on a private socket and the few lines of RESP2 that it takes to talk to it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A cold start takes some 50 ms; a loaded machine gets plenty. */
const START_TIMEOUT_MS = 20_000;

/** What Redis answers: simple and bulk strings are both `string`; an error is a value, so that EXEC can hold one. */
export type Reply = string | number | null | RedisError | readonly Reply[];

export class RedisError extends Error {}

export interface RedisProcess {
  /** Sends the commands in one write, so that nothing comes between them; replies in the same order. */
  send(commands: readonly (readonly string[])[]): Promise<readonly Reply[]>;
  stop(): Promise<void>;
}

/** @throws Error naming the Debian package when there is no `redis-server` on PATH */
export async function startRedis(): Promise<RedisProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'tollgate-redis-'));
  const socketPath = join(directory, 'redis.sock');
  const options = [
    '--port',
    '0',
    '--unixsocket',
    socketPath,
    '--dir',
    directory,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const killOnExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const stopChild = async (): Promise<void> => {
    child.kill('SIGKILL');
    if (child.pid !== undefined) await exited;
    process.off('exit', killOnExit);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(child);
    const client = await connectTo(socketPath);
    return {
      send: client.send,
      stop: async () => {
        client.socket.destroy();
        await stopChild();
      },
    };
  } catch (error) {
    await stopChild();
    throw error;
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('redis-server did not start')), START_TIMEOUT_MS);
    let output = '';
    child.once('error', (cause) => {
      clearTimeout(timer);
      const hint = 'no redis-server on PATH; install the Debian package "redis-server"';
      reject(new Error('code' in cause && cause.code === 'ENOENT' ? hint : cause.message, { cause }));
    });
    child.once('close', (status) => {
      clearTimeout(timer);
      reject(new Error(`redis-server ended with status ${status}: ${output}`));
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (!/ready to accept connections/i.test(output)) return;
      clearTimeout(timer);
      output = '';
      resolve();
    });
  });
}

interface Waiting {
  readonly count: number;
  readonly replies: Reply[];
  readonly resolve: (replies: readonly Reply[]) => void;
  readonly reject: (error: Error) => void;
}

async function connectTo(path: string): Promise<{ socket: Socket; send: RedisProcess['send'] }> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  const waiting: Waiting[] = [];
  let buffered: Buffer = Buffer.alloc(0);
  const fail = (): void => {
    for (const { reject } of waiting.splice(0)) reject(new Error('the connection to redis-server is closed'));
  };
  socket.on('error', fail);
  socket.on('close', fail);
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    let parsed = parseReply(buffered, 0);
    while (parsed !== null) {
      buffered = buffered.subarray(parsed.next);
      const first = waiting[0];
      first?.replies.push(parsed.reply);
      if (first?.replies.length === first?.count) waiting.shift()?.resolve(first?.replies ?? []);
      parsed = parseReply(buffered, 0);
    }
  });
  const send: RedisProcess['send'] = (commands) =>
    new Promise((resolve, reject) => {
      if (commands.length === 0) return resolve([]);
      if (socket.destroyed) return reject(new Error('the connection to redis-server is closed'));
      waiting.push({ count: commands.length, replies: [], resolve, reject });
      socket.write(commands.map(encode).join(''));
    });
  return { socket, send };
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`).join('')}`;
}

/** One reply from `from` on and where the next begins; `null` while it is incomplete. */
function parseReply(bytes: Buffer, from: number): { reply: Reply; next: number } | null {
  const lineEnd = bytes.indexOf('\r\n', from);
  if (lineEnd < 0) return null;
  const line = bytes.toString('utf8', from + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(bytes[from] ?? 0)) {
    case '+':
      return { reply: line, next };
    case '-':
      return { reply: new RedisError(line), next };
    case ':':
      return { reply: Number(line), next };
    case '$': {
      const length = Number(line);
      if (length < 0) return { reply: null, next };
      if (bytes.length < next + length + 2) return null;
      return { reply: bytes.toString('utf8', next, next + length), next: next + length + 2 };
    }
    case '*':
      return parseArray(bytes, next, Number(line));
    default:
      throw new Error(`not RESP2: ${line}`);
  }
}

function parseArray(bytes: Buffer, from: number, length: number): { reply: Reply; next: number } | null {
  if (length < 0) return { reply: null, next: from };
  const items: Reply[] = [];
  let next = from;
  while (items.length < length) {
    const item = parseReply(bytes, next);
    if (item === null) return null;
    items.push(item.reply);
    next = item.next;
  }
  return { reply: items, next };
}
