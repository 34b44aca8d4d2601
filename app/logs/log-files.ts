/** Sessions and calls as files: CSV for spreadsheets, JSON for programs, the same figures in both. */
import type { RequestLineView } from '@/lib/account/present';
import type { SessionView } from '@/lib/account/present-session';
import { exactUsd } from '@/lib/domain/plan';
import { csvText, type CsvValue } from '../csv';

const usd = (nanoUsd: number | null): string | null => (nanoUsd === null ? null : exactUsd(nanoUsd));

const SESSION_FIELDS = [
  'key',
  'parent',
  'source',
  'agent',
  'campaign',
  'token_id',
  'token_name',
  'first_at',
  'last_at',
  'ended_at',
  'running',
  'requests',
  'refusals',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'counted_tokens',
  'last_model',
  'last_ending',
  'cost_nano_usd',
] as const satisfies readonly (keyof SessionView)[];

/** Without what is the operator's own: which process ran it, and what was held meanwhile. */
const CALL_FIELDS = [
  'id',
  'started_at',
  'session',
  'session_parent',
  'agent',
  'campaign',
  'token_id',
  'provider',
  'model',
  'reported_model',
  'endpoint',
  'stream',
  'status',
  'ending',
  'grade',
  'error_code',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'web_search_requests',
  'counted_tokens',
  'first_byte_ms',
  'duration_ms',
  'attempts',
  'upstream_request_id',
  'client_request_id',
  'settled_at',
  'price_version',
  'cost_nano_usd',
] as const satisfies readonly (keyof RequestLineView)[];

type Row = Readonly<Record<string, CsvValue>>;

function rowOf<F extends string>(
  fields: readonly F[],
  view: Readonly<Record<F, CsvValue>>,
  cost: number | null,
): Row {
  return { ...Object.fromEntries(fields.map((field) => [field, view[field]])), cost_usd: usd(cost) };
}

export const sessionRow = (session: SessionView): Row =>
  rowOf(SESSION_FIELDS, session, session.cost_nano_usd);
export const callRow = (call: RequestLineView): Row => rowOf(CALL_FIELDS, call, call.cost_nano_usd);

/** Yes and no are words: an empty field is for what isn't known. */
const inWords = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'boolean' ? String(value) : value]),
  );

const csv = (rows: readonly Row[], fields: readonly string[]): string =>
  csvText({ columns: [...fields, 'cost_usd'], rows: rows.map(inWords) });

export const sessionsCsv = (sessions: readonly SessionView[]): string =>
  csv(sessions.map(sessionRow), SESSION_FIELDS);

export const callsCsv = (calls: readonly RequestLineView[]): string => csv(calls.map(callRow), CALL_FIELDS);
