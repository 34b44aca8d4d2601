/** Writes seeded rows in bulk: without triggers and indexes, which are put back from their own SQL, and with the rollups made per day. */
import Database from 'libsql';
import type { CallPlace, SeedCall } from './calls';
import type { SeedCustomer } from './customers';
import { promptTokens } from './figures';
import { BLOCKED_EVENTS, DAY_ROLLUPS } from './rollups';

/** Pages held in memory while writing, kilobytes; also how much an index sorts before it needs the disk. */
const CACHE_KB = 400_000;

const CALL_COLUMNS = `id, user_id, timestamp, started_at, month, token_id, agent, campaign, session_key, session_parent,
  session_source, provider, model, reported_model, endpoint, stream, status, ending, grade, input_tokens, cache_read_tokens,
  cache_write_5m_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens, web_search_requests, cost_nano_usd,
  price_version, usage_raw, counted_tokens, hold_tokens, hold_nano_usd, hold_output_tokens, hold_prompt_nano_usd,
  upstream_request_id, error_code, attempts, first_byte_ms, duration_ms, settled_at`;

const SESSION_COLUMNS = `user_id, key, parent_key, source, agent, campaign, token_id, first_at, last_at, ended_at,
  running, requests, refusals, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
  counted_tokens, cost_nano_usd, last_model, last_ending`;

const insertInto = (table: string, columns: string): string =>
  `INSERT INTO ${table} (${columns}) VALUES (${columns
    .split(',')
    .map(() => '?')
    .join(', ')})`;

/** Output an agent asks for, and what a worst case comes to beside the likely one. */
const HELD_OUTPUT = 8_192;
const HELD_FACTOR = 1.5;

export interface BulkWriter {
  readonly call: (call: SeedCall) => void;
  readonly session: (place: CallPlace, calls: readonly SeedCall[]) => void;
  readonly customer: (customer: SeedCustomer) => void;
  readonly row: (table: string, row: Readonly<Record<string, string | number | null>>) => void;
  /** Rolls up the calls written since the last time: no call of theirs may share a quarter of an hour with a later one. */
  readonly rollUp: () => void;
  readonly run: (sql: string, args?: readonly (string | number | null)[]) => void;
  /** Puts triggers and indexes back and commits. */
  readonly finish: (say: (text: string) => void) => void;
  /** Leaves the database as it was. */
  readonly abandon: () => void;
}

interface Dropped {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/**
 * What is dropped while writing: triggers, and indexes that rows would go into here and there. Those that stay cost nothing:
 * primary keys and small tables' unique ones, partial ones of rows that aren't made here, and one in the rows' own order.
 */
const DROPPED = `SELECT type, name, sql FROM sqlite_master WHERE type = 'trigger' OR (type = 'index'
  AND sql NOT LIKE 'CREATE UNIQUE%' AND sql NOT LIKE '% WHERE %' AND name <> 'llm_usage_timestamp') ORDER BY type, name`;

function holdOf({ outcome, place }: SeedCall): readonly [number, number, number, number] {
  if (!outcome.held) return [0, 0, 0, 0];
  const promptNano = Math.round((outcome.costNanoUsd ?? 0) * HELD_FACTOR);
  const output = place.token.kind.talk === 'agent' ? HELD_OUTPUT : HELD_OUTPUT / 4;
  const prompt = Math.round(promptTokens(outcome.usage) * HELD_FACTOR);
  return [prompt + output, promptNano * 2, output, promptNano];
}

/** In the order of `CALL_COLUMNS`. */
function callValues(call: SeedCall, month: string): (string | number | null)[] {
  const { outcome, place, startedMs } = call;
  const { usage } = outcome;
  const [holdTokens, holdNano, holdOutput, holdPromptNano] = holdOf(call);
  const answered = outcome.status === 200;
  return [
    call.id,
    call.userId,
    Math.floor(startedMs / 1_000),
    startedMs,
    month,
    place.token.id,
    place.agent,
    place.campaign,
    place.key,
    place.parent,
    place.source,
    call.provider,
    call.model,
    answered ? call.model : null,
    call.endpoint,
    call.stream ? 1 : 0,
    outcome.status,
    outcome.ending,
    outcome.grade,
    usage.inputTokens,
    usage.cacheReadTokens,
    usage.cacheWrite5mTokens,
    usage.cacheWrite1hTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    usage.webSearchRequests,
    outcome.costNanoUsd,
    outcome.priceVersion,
    outcome.usageRaw,
    outcome.counted,
    holdTokens,
    holdNano,
    holdOutput,
    holdPromptNano,
    answered ? `up_${call.id.slice(-16)}` : null,
    outcome.errorCode,
    outcome.attempts,
    outcome.firstByteMs,
    outcome.durationMs,
    startedMs + outcome.durationMs,
  ];
}

/** A session as its triggers would have left it; its calls follow one another. In the order of `SESSION_COLUMNS`. */
function sessionValues(place: CallPlace, calls: readonly SeedCall[]): (string | number | null)[] {
  const sum = (figure: (call: SeedCall) => number | null) =>
    calls.reduce((total, call) => total + (figure(call) ?? 0), 0);
  const refusals = calls.filter(({ outcome }) => outcome.ending === 'refused').length;
  const [first, last] = [calls[0], calls.at(-1)];
  return [
    place.customer.id,
    place.key,
    place.parent,
    place.source,
    place.agent,
    place.campaign,
    place.token.id,
    first?.startedMs ?? 0,
    last?.startedMs ?? 0,
    last === undefined ? null : last.startedMs + last.outcome.durationMs,
    0,
    calls.length - refusals,
    refusals,
    sum(({ outcome }) => outcome.usage.inputTokens),
    sum(({ outcome }) => outcome.usage.cacheReadTokens),
    sum(({ outcome: { usage } }) => (usage.cacheWrite5mTokens ?? 0) + (usage.cacheWrite1hTokens ?? 0)),
    sum(({ outcome }) => outcome.usage.outputTokens),
    sum(({ outcome }) => outcome.usage.reasoningTokens),
    sum(({ outcome }) => outcome.counted),
    sum(({ outcome }) => outcome.costNanoUsd),
    calls.findLast(({ model }) => model !== '')?.model ?? '',
    last?.outcome.ending ?? null,
  ];
}

/**
 * Opens a migrated database file for one big transaction. Until `finish`, nothing of it is to be seen; a process that dies leaves what was there.
 * @throws when another process has the file open
 */
export function openBulkWriter(file: string): BulkWriter {
  const connection = new Database(file);
  // With a rollback journal new pages cost nothing twice; a write-ahead log would hold the whole database once more.
  connection.exec(
    `PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-${CACHE_KB}; PRAGMA temp_store=FILE; PRAGMA threads=2;`,
  );
  const { journal_mode: journal } = connection.prepare('PRAGMA journal_mode').get() as {
    journal_mode: string;
  };
  if (journal !== 'delete') throw new Error(`${file} is in use by another process: stop it first`);
  connection.exec('BEGIN EXCLUSIVE');
  const dropped = connection.prepare(DROPPED).all() as Dropped[];
  for (const { type, name } of dropped) connection.exec(`DROP ${type} "${name}"`);
  const insertCall = connection.prepare(insertInto('llm_usage', CALL_COLUMNS));
  const insertSession = connection.prepare(insertInto('sessions', SESSION_COLUMNS));
  const lastRow = connection.prepare('SELECT coalesce(max(rowid), 0) AS row FROM llm_usage');
  const newest = (): number => (lastRow.get() as { row: number }).row;
  let rolledUp = newest();
  let [monthDay, month] = [-1, ''];
  const DAY_MS = 86_400_000;

  const row: BulkWriter['row'] = (table, values) => {
    const columns = Object.keys(values);
    connection.prepare(insertInto(table, columns.join(', '))).run(Object.values(values));
  };

  return {
    row,
    call(call) {
      const day = Math.floor(call.startedMs / DAY_MS);
      if (day !== monthDay) [monthDay, month] = [day, new Date(call.startedMs).toISOString().slice(0, 7)];
      insertCall.run(callValues(call, month));
    },
    session: (place, calls) => void insertSession.run(sessionValues(place, calls)),
    customer(customer) {
      row('users', {
        id: customer.id,
        name: customer.name,
        email: customer.email,
        plan: customer.plan.plan,
        suspended_at: customer.suspendedMs,
        created_at: customer.joinedMs,
        updated_at: customer.suspendedMs ?? customer.joinedMs,
      });
      for (const { id, hostId, region } of customer.machines)
        row('machines', {
          id,
          user_id: customer.id,
          host_id: hostId,
          region,
          state: customer.suspendedMs === null ? 'running' : 'stopped',
          created_at: customer.joinedMs,
          updated_at: customer.joinedMs,
        });
    },
    rollUp() {
      for (const sql of [...DAY_ROLLUPS, BLOCKED_EVENTS]) connection.prepare(sql).run([rolledUp]);
      rolledUp = newest();
    },
    run: (sql, args = []) => void connection.prepare(sql).run([...args]),
    finish(say) {
      for (const { type, name, sql } of dropped) {
        if (type === 'index') say(`  index ${name}`);
        connection.exec(sql);
      }
      connection.exec('COMMIT');
      connection.exec('PRAGMA journal_mode=WAL');
      connection.close();
    },
    abandon() {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      connection.exec('PRAGMA journal_mode=WAL');
      connection.close();
    },
  };
}
