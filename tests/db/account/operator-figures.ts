/** Settled calls of several customers, written as rows: what the operator's figures must come to. */
import type { Harness } from './harness';

export interface Call {
  readonly user: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly provider?: string;
  readonly model?: string;
  readonly token?: string | null;
  readonly ending?: 'complete' | 'broken' | 'refused' | 'cancelled' | 'expired';
  readonly error?: string | null;
  readonly nanoUsd?: number | null;
  readonly input?: number;
  readonly output?: number;
  readonly grade?: 'exact' | 'estimated' | 'unpriced';
  readonly firstByteMs?: number | null;
}

let made = 0;

/** The triggers count them as if the gateway had settled them. */
export async function writeCalls({ database }: Harness, calls: readonly Call[]): Promise<void> {
  const rows = calls.map((call) => {
    const input = call.input ?? 100;
    const output = call.output ?? 10;
    return {
      id: `req_figures_${++made}`,
      user: call.user,
      timestamp: Math.floor(call.at / 1_000),
      at: call.at,
      month: new Date(call.at).toISOString().slice(0, 7),
      token: call.token ?? null,
      provider: call.provider ?? 'anthropic',
      model: call.model ?? 'claude-sonnet-4-5',
      ending: call.ending ?? 'complete',
      grade: call.grade ?? 'exact',
      input,
      output,
      counted: call.ending === 'refused' ? 0 : input + output,
      nano: call.nanoUsd === undefined ? 1_000_000 : call.nanoUsd,
      error: call.error ?? null,
      first: call.firstByteMs ?? null,
    };
  });
  const sql = `INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, token_id, provider, model, endpoint, stream, ending,
    grade, input_tokens, output_tokens, counted_tokens, cost_nano_usd, error_code, first_byte_ms, duration_ms, settled_at)
    VALUES (:id, :user, :timestamp, :at, :month, :token, :provider, :model, 'messages', 0, :ending, :grade, :input, :output,
    :counted, :nano, :error, :first, 900, :at)`;
  await database.client.batch(
    rows.map((args) => ({ sql, args })),
    'write',
  );
}
