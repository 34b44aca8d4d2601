/** Answers that providers keep: who made which, and where it lies. */
import type { InStatement, Row } from '@libsql/client';
import type { Statement } from '@/db/prepared';
import type { KeptAnswer } from '@/lib/gateway/ports';

const KEEP = `UPDATE llm_usage SET answer_id = ?2 WHERE id = ?1`;

/** Names the answer of a call that is still running. */
export function keepAnswerStatement(callId: string, answerId: string): Statement {
  return { sql: KEEP, args: [callId, answerId] };
}

// Should a provider ever give an id twice, the newest call made the answer that it keeps.
const FIND = `SELECT user_id, provider, model FROM llm_usage WHERE answer_id = ?1 ORDER BY timestamp DESC LIMIT 1`;

export function findAnswerStatement(answerId: string): InStatement {
  return { sql: FIND, args: [answerId] };
}

export function answerFromRow(row: Row | undefined): KeptAnswer | null {
  if (row === undefined) return null;
  return { userId: String(row['user_id']), provider: String(row['provider']), model: String(row['model']) };
}
