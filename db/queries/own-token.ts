/** The gateway token that a session of the pages was opened with. */
import type { InStatement } from '@libsql/client';

export function ownTokenStatement(sessionId: string): InStatement {
  return {
    sql: `SELECT credential FROM web_sessions WHERE id = ? AND method = 'token'`,
    args: [sessionId],
  };
}

/** Lets the session rest on the successor of its token; no other session, and none that rests on another token. */
export function followTokenStatement(sessionId: string, from: string, to: string): InStatement {
  return {
    sql: `UPDATE web_sessions SET credential = :to WHERE id = :id AND method = 'token' AND credential = :from
  AND EXISTS (SELECT 1 FROM gateway_tokens n JOIN gateway_tokens o ON o.user_id = n.user_id WHERE n.id = :to AND o.id = :from)`,
    args: { id: sessionId, from, to },
  };
}
