/** Remembers that a customer put the prompt of a threshold away: for this month, this cap and this threshold alone. */
import { z } from 'zod';
import { insertDismissal } from '@/db/queries/caps';
import { withBusyRetry } from '@/db/retry';
import { CAP_THRESHOLDS } from '@/lib/domain/cap-state';
import { monthOf } from '@/lib/domain/month';
import type { DismissedView } from './cap-views';
import type { AccountContext } from './context';
import { demandUser } from './demand';
import { reference } from './fields';
import { parseInput } from './input';

const DismissPromptInput = z.strictObject({
  user: reference,
  cap: z.enum(['tokens', 'cost']),
  threshold: z.literal(CAP_THRESHOLDS),
});

/** @throws GatewayError `body_invalid`, `not_found` */
export async function dismissPrompt(context: AccountContext, input: unknown): Promise<DismissedView> {
  const { user, cap, threshold } = parseInput(DismissPromptInput, input);
  await demandUser(context, user);
  const nowMs = context.nowMs();
  const month = monthOf(nowMs);
  const row = { userId: user, month, cap, threshold, dismissedAt: nowMs };
  await withBusyRetry(() => insertDismissal(context.database, row));
  return { user, month, cap, threshold };
}
