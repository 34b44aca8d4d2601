/** Settled calls written straight into the table, for tests of what is made of many; triggers do the counting, as always. */
import type { Database } from '@/db/client';
import { llmUsage } from '@/db/schema';
import type { Ending } from '@/lib/domain/usage';

export interface SettledCall {
  readonly atMs: number;
  readonly model?: string;
  readonly provider?: string;
  readonly tokenId?: string | null;
  readonly agent?: string | null;
  readonly campaign?: string | null;
  readonly ending?: Ending;
  readonly errorCode?: string | null;
  readonly inputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly outputTokens?: number;
  readonly costNanoUsd?: number;
}

/** SQLite takes so many bound values in one statement; a row has two dozen. */
const ROWS_AT_ONCE = 500;

export async function writeCalls(
  { orm }: Database,
  userId: string,
  calls: readonly SettledCall[],
  firstId = 0,
): Promise<void> {
  const rows = calls.map((call, index): typeof llmUsage.$inferInsert => {
    const counts = [call.inputTokens ?? 0, call.outputTokens ?? 0];
    return {
      id: `req_${userId}_${firstId + index}`,
      userId,
      timestamp: Math.floor(call.atMs / 1_000),
      startedAt: call.atMs,
      month: new Date(call.atMs).toISOString().slice(0, 7),
      tokenId: call.tokenId ?? null,
      agent: call.agent ?? null,
      campaign: call.campaign ?? null,
      provider: call.provider ?? 'anthropic',
      model: call.model ?? 'claude-sonnet-4-5',
      endpoint: 'messages',
      stream: false,
      status: 200,
      ending: call.ending ?? 'complete',
      errorCode: call.errorCode ?? null,
      grade: 'exact',
      inputTokens: counts[0] ?? 0,
      cacheReadTokens: call.cacheReadTokens ?? 0,
      outputTokens: counts[1] ?? 0,
      countedTokens: counts.reduce((sum, count) => sum + count, 0),
      costNanoUsd: call.costNanoUsd ?? 0,
      settledAt: call.atMs + 1_000,
    };
  });
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
    await orm.insert(llmUsage).values(rows.slice(at, at + ROWS_AT_ONCE));
}
