/** Calls put into the database as settled ones, for pages of more rows than a test would want to call for. */
import type { Database } from '@/db/client';
import { monthOf } from '@/lib/domain/month';

export interface KeptCall {
  readonly id: string;
  readonly user: string;
  readonly session: string | null;
  readonly startedAtMs: number;
  readonly model?: string;
}

const ROWS_AT_ONCE = 50;

/** As the gateway writes them: admitted first, then settled, so that the triggers count them. */
export async function keepCalls({ client }: Database, calls: readonly KeptCall[]): Promise<void> {
  for (let from = 0; from < calls.length; from += ROWS_AT_ONCE) {
    const statements = calls.slice(from, from + ROWS_AT_ONCE).flatMap((call) => [
      {
        sql: `INSERT INTO llm_usage (id, user_id, session_key, session_source, timestamp, started_at, month, provider, model,
                endpoint, stream) VALUES (?, ?, ?, 'named', ?, ?, ?, 'sandbox', ?, 'messages', 0)`,
        args: [
          call.id,
          call.user,
          call.session,
          Math.floor(call.startedAtMs / 1_000),
          call.startedAtMs,
          monthOf(call.startedAtMs),
          call.model ?? 'claude-haiku-4-5',
        ],
      },
      {
        sql: `UPDATE llm_usage SET ending = 'complete', grade = 'exact', status = 200, input_tokens = 10, output_tokens = 5,
                counted_tokens = 15, cost_nano_usd = 35000, duration_ms = 20, first_byte_ms = 10, attempts = 1,
                settled_at = started_at + 20 WHERE id = ?`,
        args: [call.id],
      },
    ]);
    await client.batch(statements, 'write');
  }
}
