/** The management API as data: every method and path, who may call it, its input, and the verb behind it. */
import type { z } from 'zod';
import type { AccountContext } from '@/lib/account/context';
import { ChangePlanInput, changePlan } from '@/lib/account/change-plan';
import { ChangeTokenInput, changeToken } from '@/lib/account/change-token';
import { ChangeUserInput, changeUser } from '@/lib/account/change-user';
import { CreatePlanInput, createPlan } from '@/lib/account/create-plan';
import { CreateTokenInput, createToken } from '@/lib/account/create-token';
import { CreateUserInput, createUser } from '@/lib/account/create-user';
import { DeletePriceInput, deletePrice } from '@/lib/account/delete-price';
import { GetPlanInput, getPlan } from '@/lib/account/get-plan';
import { GetRequestInput, getRequest } from '@/lib/account/get-request';
import { GetSessionInput, getSession } from '@/lib/account/get-session';
import { GetTokenInput, getToken } from '@/lib/account/get-token';
import { GetUserInput, getUser } from '@/lib/account/get-user';
import { ListPlansInput, listPlans } from '@/lib/account/list-plans';
import { ListPricesInput, listPrices } from '@/lib/account/list-prices';
import { ListRequestsInput, listRequests } from '@/lib/account/list-requests';
import { ListSessionsInput, listSessions } from '@/lib/account/list-sessions';
import { ListTokensInput, listTokens } from '@/lib/account/list-tokens';
import { ListUsersInput, listUsers } from '@/lib/account/list-users';
import { ReadUsageInput, readUsage, type ReadUsagePorts } from '@/lib/account/read-usage';
import { RevokeTokenInput, revokeToken } from '@/lib/account/revoke-token';
import { RotateTokenInput, rotateToken } from '@/lib/account/rotate-token';
import { SetPriceInput, setPrice } from '@/lib/account/set-price';
import { SweepCallsInput, sweepCalls } from '@/lib/account/sweep-calls';
import { UsageByUserInput, usageByUser } from '@/lib/account/usage-by-user';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** `admin`: TOLLGATE_ADMIN_TOKEN. `cron`: CRON_SECRET. `user`: a gateway token or JWT, which also names the `user` of the input. */
export type Guard = 'admin' | 'cron' | 'user';

/** What routes need beside the account: the limiter, the caller's plan, and word of dead processes. */
export interface RoutePorts extends ReadUsagePorts {
  readonly isDead: (owner: string) => boolean;
}

export interface ManagementRoute {
  readonly method: Method;
  /** `{name}` is one decoded segment and becomes the input field of that name. */
  readonly path: string;
  readonly guard: Guard;
  readonly summary: string;
  /** Path parameters, and the query (GET, DELETE) or the body. */
  readonly input: z.ZodType;
  /** Status of success, 200 when left out. */
  readonly status?: 201;
  readonly run: (
    account: AccountContext,
    input: Record<string, unknown>,
    ports: RoutePorts,
  ) => Promise<unknown>;
}

type Verb = ManagementRoute['run'];
const suspend: Verb = (account, input) => changeUser(account, { ...input, suspended: true });
const resume: Verb = (account, input) => changeUser(account, { ...input, suspended: false });

const admin = (
  method: Method,
  path: string,
  summary: string,
  input: z.ZodType,
  run: Verb,
  more: { status?: 201 } = {},
): ManagementRoute => ({ method, path: `/api/admin${path}`, guard: 'admin', summary, input, run, ...more });

const CREATED = { status: 201 } as const;

export const ROUTES: readonly ManagementRoute[] = [
  admin('POST', '/users', 'Create a user', CreateUserInput, createUser, CREATED),
  admin('GET', '/users', 'List users', ListUsersInput, listUsers),
  admin('GET', '/users/{id}', 'Show a user', GetUserInput, getUser),
  admin('PATCH', '/users/{id}', 'Change a user', ChangeUserInput, changeUser),
  admin('POST', '/users/{id}/suspend', 'Suspend a user', GetUserInput, suspend),
  admin('POST', '/users/{id}/resume', 'Resume a suspended user', GetUserInput, resume),
  admin('GET', '/users/{user}/usage', 'Usage of a user', ReadUsageInput, readUsage),
  admin('GET', '/usage', 'A month by user', UsageByUserInput, usageByUser),
  admin(
    'POST',
    '/tokens',
    'Create a token; its secret is shown this once',
    CreateTokenInput,
    createToken,
    CREATED,
  ),
  admin('GET', '/tokens', 'List tokens', ListTokensInput, listTokens),
  admin('GET', '/tokens/{id}', 'Show a token', GetTokenInput, getToken),
  admin('PATCH', '/tokens/{id}', 'Change a token', ChangeTokenInput, changeToken),
  admin('DELETE', '/tokens/{id}', 'Revoke a token', RevokeTokenInput, revokeToken),
  admin(
    'POST',
    '/tokens/{id}/rotate',
    'Replace a token; the new secret is shown this once',
    RotateTokenInput,
    rotateToken,
    CREATED,
  ),
  admin('POST', '/tokens/{id}/revoke', 'Revoke a token', RevokeTokenInput, revokeToken),
  admin('POST', '/plans', 'Create a plan', CreatePlanInput, createPlan, CREATED),
  admin('GET', '/plans', 'List plans', ListPlansInput, listPlans),
  admin('GET', '/plans/{plan}', 'Show a plan', GetPlanInput, getPlan),
  admin('PATCH', '/plans/{plan}', 'Change a plan', ChangePlanInput, changePlan),
  admin('GET', '/requests', 'List calls', ListRequestsInput, listRequests),
  admin('GET', '/requests/{id}', 'Show a call', GetRequestInput, getRequest),
  admin('GET', '/users/{user}/sessions', "List a user's sessions", ListSessionsInput, listSessions),
  admin(
    'GET',
    '/users/{user}/sessions/{key}',
    'Show a session and those it started',
    GetSessionInput,
    getSession,
  ),
  admin('GET', '/prices', 'List price overrides', ListPricesInput, listPrices),
  admin('PUT', '/prices', 'Set a price override', SetPriceInput, setPrice),
  admin('DELETE', '/prices', 'Delete a price override', DeletePriceInput, deletePrice),
  admin('POST', '/sweep', 'Settle calls nobody will settle', SweepCallsInput, sweepCalls),
  {
    method: 'GET',
    path: '/api/user/usage',
    guard: 'user',
    summary: "The caller's own usage",
    input: ReadUsageInput,
    run: readUsage,
  },
  {
    method: 'GET',
    path: '/api/user/sessions',
    guard: 'user',
    summary: "The caller's own sessions",
    input: ListSessionsInput,
    run: listSessions,
  },
  {
    method: 'GET',
    path: '/api/user/sessions/{key}',
    guard: 'user',
    summary: 'One of them, with those it started',
    input: GetSessionInput,
    run: getSession,
  },
  ...(['GET', 'POST'] as const).map((method): ManagementRoute => ({
    method,
    path: '/api/cron/sweep',
    guard: 'cron',
    summary: 'Settle calls nobody will settle',
    input: SweepCallsInput,
    run: sweepCalls,
  })),
];
