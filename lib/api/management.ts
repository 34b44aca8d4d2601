/** Management over HTTP: guards, reads the input, runs the verb, answers in JSON. */
import { failureReason, isDatabaseFailure } from '@/db/queries/failure';
import type { AccountContext } from '@/lib/account/context';
import type { OperatorPorts } from '@/lib/account/operator-ports';
import type { UpgradePorts } from '@/lib/account/upgrade-ports';
import { ERRORS, GatewayError } from '@/lib/domain/errors';
import type { Identity, Limiter, Log, RequestContext } from '@/lib/gateway/ports';
import { newId } from '@/lib/std/ids';
import { errorAnswer, jsonAnswer, NotConfigured } from './answer';
import { assertBearer } from './bearer';
import { readJsonObject } from './body';
import { matchRoute, type RouteMatch } from './route-match';
import type { RoutePorts } from './routes';

export interface ManagementDeps {
  readonly account: AccountContext;
  /** TOLLGATE_ADMIN_TOKEN; `null`: the admin API answers 503. */
  readonly adminToken: string | null;
  /** CRON_SECRET; `null`: the cron routes answer 503. */
  readonly cronSecret: string | null;
  readonly limiter: Pick<Limiter, 'peek'>;
  readonly upgrades: UpgradePorts;
  /** Whether a process (`place:pid:start`) is known to have ended. */
  readonly isDeadOwner: (owner: string) => boolean;
  /** Who sent a gateway token or JWT. @throws GatewayError as the gateway itself does */
  readonly authenticate: (request: Request, context: RequestContext) => Promise<Identity>;
  /** Hears of every refused admin or cron secret; `authenticate` looks after its own. */
  readonly onUnauthorized: (context: RequestContext) => void | Promise<void>;
  /** The address that a request with these headers reached the server at. */
  readonly origin: (headers: Pick<Headers, 'get'>) => string;
  readonly operator: OperatorPorts;
  readonly log: Log;
}

export type ManagementApi = (request: Request, context: RequestContext) => Promise<Response>;

async function assertOperator(
  request: Request,
  guard: 'admin' | 'cron',
  deps: ManagementDeps,
  context: RequestContext,
): Promise<void> {
  try {
    if (guard === 'admin') assertBearer(request.headers, deps.adminToken, 'TOLLGATE_ADMIN_TOKEN');
    else assertBearer(request.headers, deps.cronSecret, 'CRON_SECRET');
  } catch (error) {
    if (error instanceof GatewayError) await deps.onUnauthorized(context);
    throw error;
  }
}

async function readInput(
  request: Request,
  { route, params }: RouteMatch,
  url: URL,
): Promise<Record<string, unknown>> {
  const inQuery = route.method === 'GET' || route.method === 'DELETE';
  return { ...(inQuery ? Object.fromEntries(url.searchParams) : await readJsonObject(request)), ...params };
}

async function serve(
  request: Request,
  deps: ManagementDeps,
  context: RequestContext,
  requestId: string,
): Promise<Response> {
  const url = new URL(request.url);
  const match = matchRoute(request.method, url.pathname);
  const { route } = match;
  const ports: RoutePorts = {
    peekMinute: (user, limits) => deps.limiter.peek(user, limits),
    ...deps.upgrades,
    isDead: deps.isDeadOwner,
    origin: deps.origin(request.headers),
    operator: deps.operator,
  };
  const status = route.status ?? 200;
  if (route.guard === 'user') {
    const identity = await deps.authenticate(request, context);
    const input = { ...(await readInput(request, match, url)), user: identity.userId };
    return jsonAnswer(
      status,
      await route.run(deps.account, input, { ...ports, plan: identity.plan }),
      requestId,
    );
  }
  await assertOperator(request, route.guard, deps, context);
  const account = { ...deps.account, actor: { kind: 'admin-token', id: '' } as const };
  const answer = await route.run(account, await readInput(request, match, url), ports);
  if (route.method !== 'GET') {
    const { clientAddress } = context;
    deps.log.write('info', 'management_change', {
      requestId,
      method: route.method,
      path: url.pathname,
      clientAddress,
    });
  }
  return jsonAnswer(status, answer, requestId);
}

/** What the caller is told of an error that no verb meant. */
function unexpected(error: unknown): GatewayError {
  return isDatabaseFailure(error)
    ? new GatewayError(
        'store_unavailable',
        'The gateway cannot reach its database right now.',
        { retryAfterMs: 1_000 },
        { cause: error },
      )
    : new GatewayError(
        'internal',
        'The gateway failed; the request id finds the reason in its log.',
        {},
        { cause: error },
      );
}

/** Serves `/api/admin/*`, `/api/user/usage` and `/api/cron/sweep`; never rejects. */
export function createManagementApi(deps: ManagementDeps): ManagementApi {
  return async (request, context) => {
    const requestId = newId('req_', deps.account.nowMs());
    try {
      return await serve(request, deps, context, requestId);
    } catch (error) {
      const known = error instanceof GatewayError || error instanceof NotConfigured;
      const shown = known ? error : unexpected(error);
      if (shown instanceof GatewayError && ERRORS[shown.code].logged) {
        const reason = failureReason(shown.cause ?? shown);
        deps.log.write('error', 'management_failed', {
          requestId,
          method: request.method,
          code: shown.code,
          reason,
        });
      }
      return errorAnswer(shown, requestId);
    }
  };
}
