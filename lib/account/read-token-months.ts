/** What tokens used of their own caps this month: the counters that the limiter holds them against. */
import { z } from 'zod';
import { tokenMonthsOf } from '@/db/queries/tokens';
import { withBusyRetry } from '@/db/retry';
import { monthOf } from '@/lib/domain/month';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';

/** As many as one page of tokens holds. */
const MOST_TOKENS = 200;

const ReadTokenMonthsInput = z.strictObject({
  user: reference,
  ids: z.array(reference).max(MOST_TOKENS),
});

export interface TokenMonthView {
  readonly requests: number;
  readonly tokens_used: number;
  readonly tokens_held: number;
  readonly nano_usd_used: number;
  readonly nano_usd_held: number;
}

/** By token id; a token of another customer, or without a call this month, isn't in it. @throws GatewayError `body_invalid` */
export async function readTokenMonths(
  context: AccountContext,
  input: unknown,
): Promise<ReadonlyMap<string, TokenMonthView>> {
  const { user, ids } = parseInput(ReadTokenMonthsInput, input);
  if (ids.length === 0) return new Map();
  const month = monthOf(context.nowMs());
  const rows = await withBusyRetry(() => tokenMonthsOf(context.database, user, ids, month));
  return new Map(
    rows.map(({ months: { tokenId, ...counters } }) => [
      tokenId,
      {
        requests: counters.requests,
        tokens_used: counters.tokensCommitted,
        tokens_held: counters.tokensHeld,
        nano_usd_used: counters.nanoUsdCommitted,
        nano_usd_held: counters.nanoUsdHeld,
      },
    ]),
  );
}
