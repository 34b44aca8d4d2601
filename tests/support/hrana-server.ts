/** A local stand-in for Turso: libSQL's HTTP pipeline protocol in front of an embedded database file. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  LibsqlError,
  type Client,
  type InArgs,
  type InValue,
  type ResultSet,
  type Transaction,
  type Value,
} from '@libsql/client';
import { createClient } from '@libsql/client/sqlite3';

export interface HranaServer {
  /** What `TURSO_DATABASE_URL` is set to. */
  readonly url: string;
  readonly authToken: string;
  /** HTTP requests that arrived so far: each is a store round trip. */
  requests(): number;
  /** From now on requests hang without an answer, until `resume`. */
  pause(): void;
  resume(): void;
  /** From now on connections are refused, open ones cut, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** A query past the protocol; integers come as bigint, so that a REAL shows. */
  query(sql: string): Promise<ResultSet>;
  stop(): Promise<void>;
}

type HranaValue =
  | { readonly type: 'null' }
  | { readonly type: 'integer' | 'text'; readonly value: string }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'blob'; readonly base64: string };

interface Stmt {
  readonly sql?: string;
  readonly sql_id?: number;
  readonly args?: readonly HranaValue[];
  readonly named_args?: readonly { readonly name: string; readonly value: HranaValue }[];
}

interface Condition {
  readonly type: 'ok' | 'error' | 'not' | 'and' | 'or' | 'is_autocommit';
  readonly step?: number;
  readonly cond?: Condition;
  readonly conds?: readonly Condition[];
}

interface StreamRequest {
  readonly type: string;
  readonly stmt?: Stmt;
  readonly batch?: { readonly steps: readonly { readonly stmt: Stmt; readonly condition?: Condition }[] };
  readonly sql?: string;
  readonly sql_id?: number;
}

interface Pipeline {
  readonly baton?: string | null;
  readonly requests: readonly StreamRequest[];
}

/** One stream: its stored SQL texts, and its open transaction with the lock that goes with it. */
interface Stream {
  readonly texts: Map<number, string>;
  transaction: Transaction | null;
  unlock: (() => void) | null;
}

const PIPELINE_PATHS = new Set(['/v2/pipeline', '/v3/pipeline']);

/** Serves a fresh database on a free port of 127.0.0.1. Writers take turns, as Turso's do. */
export async function startHranaServer(): Promise<HranaServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tollgate-hrana-'));
  const client = createClient({
    url: `file:${path.join(folder, 'turso.db')}`,
    concurrency: 1,
    intMode: 'bigint',
  });
  await client.executeMultiple('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;');
  const authToken = randomUUID();
  const streams = new Map<string, Stream>();
  const lock = createLock();
  let received = 0;
  let held: (() => void)[] | null = null;

  async function answerPipeline({ baton, requests }: Pipeline): Promise<unknown> {
    const stream = streams.get(baton ?? '') ?? { texts: new Map(), transaction: null, unlock: null };
    streams.delete(baton ?? '');
    stream.unlock ??= await lock();
    const results = [];
    let open = true;
    for (const request of requests) {
      if (request.type === 'close') open = false;
      results.push(await answerRequest(client, stream, request));
    }
    if (!open) stream.transaction?.close();
    if (!open || stream.transaction === null) {
      stream.unlock();
      stream.unlock = null;
    }
    const next = open ? randomUUID() : null;
    if (next !== null) streams.set(next, stream);
    return { baton: next, base_url: null, results };
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const respond = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${authToken}`)
      return respond(401, { message: 'Unauthorized' });
    if (request.method !== 'POST' || !PIPELINE_PATHS.has(request.url ?? ''))
      return respond(404, { message: 'Not found' });
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    return respond(200, await answerPipeline(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Pipeline));
  }

  const server = createServer((request, response) => {
    received += 1;
    const run = (): void =>
      void serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    if (held === null) run();
    else held.push(run);
  });
  // An idle connection that the server closes under the client would be a failure that depends on timing.
  server.keepAliveTimeout = 0;
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    authToken,
    requests: () => received,
    pause: () => {
      held ??= [];
    },
    resume: () => {
      const waiting = held ?? [];
      held = null;
      for (const run of waiting) run();
    },
    refuse: () => close(server),
    accept: () => listen(server, port),
    query: (sql) => client.execute(sql),
    async stop() {
      await close(server);
      client.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answerRequest(client: Client, stream: Stream, request: StreamRequest): Promise<unknown> {
  try {
    return { type: 'ok', response: { type: request.type, ...(await perform(client, stream, request)) } };
  } catch (error) {
    return { type: 'error', error: presentError(error) };
  }
}

async function perform(client: Client, stream: Stream, request: StreamRequest): Promise<object> {
  const { stmt, batch, sql, sql_id: id = -1 } = request;
  if (request.type === 'close') return {};
  if (request.type === 'get_autocommit') return { is_autocommit: stream.transaction === null };
  if (request.type === 'store_sql' || request.type === 'close_sql') {
    if (request.type === 'store_sql') stream.texts.set(id, sql ?? '');
    else stream.texts.delete(id);
    return {};
  }
  if (request.type === 'sequence') {
    await (stream.transaction ?? client).executeMultiple(sql ?? stream.texts.get(id) ?? '');
    return {};
  }
  if (request.type === 'execute' && stmt !== undefined)
    return { result: await runStmt(client, stream, stmt) };
  if (request.type !== 'batch' || batch === undefined) throw new Error(`${request.type} is not supported`);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const [index, step] of batch.steps.entries()) {
    results[index] = errors[index] = null;
    if (step.condition !== undefined && !holds(step.condition, results, errors, stream)) continue;
    await runStmt(client, stream, step.stmt).then(
      (result) => (results[index] = result),
      (error: unknown) => (errors[index] = presentError(error)),
    );
  }
  return { result: { step_results: results, step_errors: errors } };
}

function holds(condition: Condition, results: unknown[], errors: unknown[], stream: Stream): boolean {
  const { type, step = -1, cond, conds = [] } = condition;
  const check = (inner: Condition): boolean => holds(inner, results, errors, stream);
  if (type === 'ok') return (results[step] ?? null) !== null;
  if (type === 'error') return (errors[step] ?? null) !== null;
  if (type === 'not') return cond !== undefined && !check(cond);
  if (type === 'and') return conds.every(check);
  if (type === 'or') return conds.some(check);
  return stream.transaction === null;
}

/** The client takes a transaction's connection out of its pool, so BEGIN and its ends are done in its own terms. */
async function runStmt(client: Client, stream: Stream, stmt: Stmt): Promise<unknown> {
  const sql = stmt.sql ?? stream.texts.get(stmt.sql_id ?? -1) ?? '';
  const begin = /^\s*BEGIN(\s+(IMMEDIATE|TRANSACTION READONLY|DEFERRED))?/i.exec(sql);
  if (begin !== null && stream.transaction === null) {
    const kind = begin[2]?.toUpperCase();
    const mode = kind === 'IMMEDIATE' ? 'write' : kind === 'DEFERRED' ? 'deferred' : 'read';
    stream.transaction = await client.transaction(mode);
    return NOTHING;
  }
  const end = /^\s*(COMMIT|ROLLBACK)/i.exec(sql)?.[1]?.toUpperCase();
  if (end !== undefined) {
    const { transaction } = stream;
    if (transaction === null) throw new Error(`cannot ${end.toLowerCase()} - no transaction is active`);
    await (end === 'COMMIT' ? transaction.commit() : transaction.rollback());
    stream.transaction = null;
    return NOTHING;
  }
  return presentResult(await (stream.transaction ?? client).execute({ sql, args: argumentsOf(stmt) }));
}

const NOTHING = { cols: [], rows: [], affected_row_count: 0, last_insert_rowid: null };

function argumentsOf({ args = [], named_args: named = [] }: Stmt): InArgs {
  if (named.length === 0) return args.map(fromHrana);
  return Object.fromEntries(named.map(({ name, value }) => [name, fromHrana(value)]));
}

function fromHrana(value: HranaValue): InValue {
  if (value.type === 'null') return null;
  if (value.type === 'integer') return BigInt(value.value);
  return value.type === 'blob' ? Buffer.from(value.base64, 'base64') : value.value;
}

function toHrana(value: Value): HranaValue {
  if (value === null) return { type: 'null' };
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) };
  if (typeof value === 'number') return { type: 'float', value };
  if (typeof value === 'string') return { type: 'text', value };
  return { type: 'blob', base64: Buffer.from(value).toString('base64') };
}

function presentResult({ columns, columnTypes, rows, rowsAffected, lastInsertRowid }: ResultSet): object {
  return {
    cols: columns.map((name, index) => ({ name, decltype: columnTypes[index] ?? null })),
    rows: rows.map((row) => Array.from(columns, (_, index) => toHrana(row[index] ?? null))),
    affected_row_count: rowsAffected,
    last_insert_rowid: lastInsertRowid === undefined ? null : String(lastInsertRowid),
  };
}

function presentError(error: unknown): { message: string; code: string } {
  const message = error instanceof Error ? error.message : String(error);
  return {
    message: `SQLite error: ${message}`,
    code: error instanceof LibsqlError ? error.code : 'SQL_INPUT_ERROR',
  };
}

/** First come, first served; resolves with the function that lets the next one in. */
function createLock(): () => Promise<() => void> {
  let last: Promise<void> = Promise.resolve();
  return () => {
    const before = last;
    let unlock = (): void => undefined;
    last = new Promise((resolve) => (unlock = resolve));
    return before.then(() => unlock);
  };
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
  if (!server.listening) return Promise.resolve();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
