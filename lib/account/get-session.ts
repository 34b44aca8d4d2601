/** Shows one conversation with the sessions it started, and all of their sums. */
import { z } from 'zod';
import { sessionByKey, sessionsBelow } from '@/db/queries/sessions';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference, sessionKey } from './fields';
import { parseInput } from './input';
import { presentSession, type SessionView } from './present-session';

/** Sub-agents shown of one session; real ones start a handful. */
const MOST_BELOW = 500;

export const GetSessionInput = z.strictObject({ user: reference, key: sessionKey });

export interface SessionTreeView extends SessionView {
  /** What it started; a session further down has another one of these as its parent. */
  readonly below: readonly SessionView[];
  /** Its own figures and those of everything below. */
  readonly total: Readonly<
    Record<
      'requests' | 'refusals' | 'input_tokens' | 'cache_read_tokens' | 'cache_write_tokens' | 'output_tokens',
      number
    >
  > & { readonly cost_nano_usd: number };
}

/** @throws GatewayError `body_invalid`; `not_found` also for a key of another customer */
export async function getSession(context: AccountContext, input: unknown): Promise<SessionTreeView> {
  const { user, key } = parseInput(GetSessionInput, input);
  const { database } = context;
  const [own, rows] = await withBusyRetry(() =>
    database.orm.batch([sessionByKey(database, user, key), sessionsBelow(database, user, key, MOST_BELOW)]),
  );
  const session = presentSession(found(own[0], 'session', key));
  const below = rows.map(presentSession);
  const sum = (figure: keyof SessionTreeView['total']) =>
    below.reduce((total, one) => total + one[figure], session[figure]);
  return {
    ...session,
    below,
    total: {
      requests: sum('requests'),
      refusals: sum('refusals'),
      input_tokens: sum('input_tokens'),
      cache_read_tokens: sum('cache_read_tokens'),
      cache_write_tokens: sum('cache_write_tokens'),
      output_tokens: sum('output_tokens'),
      cost_nano_usd: sum('cost_nano_usd'),
    },
  };
}
