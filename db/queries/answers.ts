/** Answers that providers keep: who made which, and where it lies. */
import type { InStatement, Row, Value } from '@libsql/client';
import type { Statement } from '@/db/prepared';
import type { KeptAnswer } from '@/lib/gateway/ports';

const KEEP = `UPDATE llm_usage SET answer_id = ?2 WHERE id = ?1`;

/** Names the answer of a call that is still running. */
export function keepAnswerStatement(callId: string, answerId: string): Statement {
  return { sql: KEEP, args: [callId, answerId] };
}

// Some servers let callers choose the id: it stays with the customer who had it first, whoever takes it after him.
// Of his own calls the newest made the answer that the provider keeps.
const FIND = `SELECT user_id, provider, model, session_key, ending IS NOT NULL AS settled,
  input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_5m_tokens, 0)
    + coalesce(cache_write_1h_tokens, 0) + coalesce(output_tokens, 0) AS context_tokens
FROM llm_usage WHERE answer_id = ?1 AND user_id = (
  SELECT user_id FROM llm_usage WHERE answer_id = ?1 ORDER BY started_at, id LIMIT 1)
ORDER BY started_at DESC LIMIT 1`;

export function findAnswerStatement(answerId: string): InStatement {
  return { sql: FIND, args: [answerId] };
}

/** A column as the schema declares it. */
const textOf = (value: Value | undefined) => (typeof value === 'string' ? value : '');

export function answerFromRow(row: Row | undefined): KeptAnswer | null {
  if (row === undefined) return null;
  const { session_key: session, context_tokens: context } = row;
  return {
    userId: textOf(row['user_id']),
    provider: textOf(row['provider']),
    model: textOf(row['model']),
    session: typeof session === 'string' ? session : null,
    contextTokens: typeof context === 'number' ? context : null,
    settled: row['settled'] === 1,
  };
}
