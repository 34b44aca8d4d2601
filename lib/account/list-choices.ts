/** What a customer's sessions and calls can be filtered by: agents, campaigns and models of the last months, and the tokens. */
import { z } from 'zod';
import { agentsUsed, campaignsUsed, modelsUsed } from '@/db/queries/log-choices';
import { tokensPage } from '@/db/queries/tokens';
import { withBusyRetry } from '@/db/retry';
import { dayOf } from '@/lib/domain/month';
import type { AccountContext } from './context';
import { reference } from './fields';
import { parseInput } from './input';

const DAY_MS = 86_400_000;
/** A quarter: what was last used earlier is found by its name in the search. */
const DAYS_BACK = 90;
/** Longer lists are no help in choosing. */
const MOST_CHOICES = 200;

const ListChoicesInput = z.strictObject({ user: reference });

export interface LogChoices {
  readonly agents: readonly string[];
  readonly campaigns: readonly string[];
  readonly models: readonly string[];
  /** Newest first. */
  readonly tokens: readonly { readonly id: string; readonly name: string; readonly hint: string }[];
}

const namesOf = (rows: readonly { name: unknown }[]): string[] =>
  rows.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));

/** @throws GatewayError `body_invalid` */
export async function listChoices(context: AccountContext, input: unknown): Promise<LogChoices> {
  const { user } = parseInput(ListChoicesInput, input);
  const { database, nowMs } = context;
  const of = { user, from: dayOf(nowMs() - DAYS_BACK * DAY_MS), rows: MOST_CHOICES };
  const [agents, campaigns, models, tokens] = await withBusyRetry(() =>
    database.orm.batch([
      agentsUsed(database, of),
      campaignsUsed(database, of),
      modelsUsed(database, of),
      tokensPage(database, { user, after: undefined, rows: MOST_CHOICES }),
    ]),
  );
  return {
    agents: namesOf(agents),
    campaigns: namesOf(campaigns),
    models: namesOf(models),
    tokens: tokens.map(({ id, name, hint }) => ({ id, name, hint })),
  };
}
