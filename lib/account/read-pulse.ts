/** Whether a page about a customer's usage is still right: a version of all it is made of, and how many calls run. */
import { z } from 'zod';
import { pulseOf } from '@/db/queries/usage-report';
import { withBusyRetry } from '@/db/retry';
import { dayOf, monthOf } from '@/lib/domain/month';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import type { PulseView } from './report-views';

const ReadPulseInput = z.strictObject({ user: reference });

/** @throws GatewayError `body_invalid`; `not_found` when there is no such user */
export async function readPulse(context: AccountContext, input: unknown): Promise<PulseView> {
  const { user } = parseInput(ReadPulseInput, input);
  const { database } = context;
  const nowMs = context.nowMs();
  const month = monthOf(nowMs);
  const [row] = await withBusyRetry(() => pulseOf(database, user, month, dayOf(nowMs)));
  const { month: counters, refusals, running, userVersion, planVersion } = found(row, 'user', user);
  const parts = [
    month,
    counters?.tokensCommitted ?? 0,
    counters?.tokensHeld ?? 0,
    counters?.nanoUsdCommitted ?? 0,
    counters?.nanoUsdHeld ?? 0,
    counters?.requests ?? 0,
    refusals,
    running,
    userVersion,
    planVersion,
  ];
  return { version: parts.join('.'), running, at: new Date(nowMs).toISOString() };
}
