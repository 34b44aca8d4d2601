/** Shows one conversation with the sessions it started. */
import { z } from 'zod';
import { childSessions, sessionByKey } from '@/db/queries/sessions';
import { withBusyRetry } from '@/db/retry';
import type { AccountContext } from './context';
import { found } from './demand';
import { reference } from './fields';
import { parseInput } from './input';
import { presentSession } from './present-session';

/** Sub-agents shown of one session; real ones start a handful. */
const MOST_CHILDREN = 200;

export const GetSessionInput = z.strictObject({ user: reference, key: reference });

/** @throws GatewayError `body_invalid`; `not_found` also for a key of another customer */
export async function getSession(context: AccountContext, input: unknown) {
  const { user, key } = parseInput(GetSessionInput, input);
  const { database } = context;
  const [own, children] = await withBusyRetry(() =>
    database.orm.batch([
      sessionByKey(database, user, key),
      childSessions(database, user, key, MOST_CHILDREN),
    ]),
  );
  return { ...presentSession(found(own[0], 'session', key)), children: children.map(presentSession) };
}
