/** The management API as data: every method and path, who may call it, its input, and the verb behind it. */
import type { z } from 'zod';
import type { AccountContext } from '@/lib/account/context';
import { ChangePlanInput, changePlan } from '@/lib/account/change-plan';
import { ChangeTokenInput, changeToken } from '@/lib/account/change-token';
import { ChangeUserInput, changeUser } from '@/lib/account/change-user';
import { CreatePlanInput, createPlan } from '@/lib/account/create-plan';
import { CreateSignInLinkInput, createSignInLink } from '@/lib/account/create-sign-in-link';
import { CreateTokenInput, createToken } from '@/lib/account/create-token';
import { CreateUserInput, createUser } from '@/lib/account/create-user';
import { DeletePriceInput, deletePrice } from '@/lib/account/delete-price';
import { GetPlanInput, getPlan } from '@/lib/account/get-plan';
import { GetRequestInput, getRequest } from '@/lib/account/get-request';
import { GetSessionInput, getSession } from '@/lib/account/get-session';
import { GetTokenInput, getToken } from '@/lib/account/get-token';
import { GetUserInput, getUser } from '@/lib/account/get-user';
import { ListAuditInput, listAudit } from '@/lib/account/list-audit';
import { ListCustomersInput, listCustomers } from '@/lib/account/list-customers';
import { ListEventsInput, listEvents } from '@/lib/account/list-events';
import { ListPlanUseInput, listPlanUse } from '@/lib/account/list-plan-use';
import { ListPlansInput, listPlans } from '@/lib/account/list-plans';
import { ListPriceTableInput, listPriceTable } from '@/lib/account/list-price-table';
import { ListPricesInput, listPrices } from '@/lib/account/list-prices';
import { ListRequestsInput, listRequests } from '@/lib/account/list-requests';
import { ListSessionsInput, listSessions } from '@/lib/account/list-sessions';
import { ListTokensInput, listTokens } from '@/lib/account/list-tokens';
import { ListUsersInput, listUsers } from '@/lib/account/list-users';
import type { OperatorPorts } from '@/lib/account/operator-ports';
import { ReadActivityInput, readActivity } from '@/lib/account/read-activity';
import { ReadOverviewInput, readOverview } from '@/lib/account/read-overview';
import { ReadProvidersInput, readProviders } from '@/lib/account/read-providers';
import { ReadRefusalsInput, readRefusals } from '@/lib/account/read-refusals';
import { ReadUsageInput, readUsage } from '@/lib/account/read-usage';
import { type ReportUsagePorts, ReportUsageInput, reportUsage } from '@/lib/account/report-usage';
import { RevokeTokenInput, revokeToken } from '@/lib/account/revoke-token';
import { RotateTokenInput, rotateToken } from '@/lib/account/rotate-token';
import { SetPriceInput, setPrice } from '@/lib/account/set-price';
import { SweepCallsInput, sweepCalls } from '@/lib/account/sweep-calls';
import { UsageByUserInput, usageByUser } from '@/lib/account/usage-by-user';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** `admin`: TOLLGATE_ADMIN_TOKEN. `cron`: CRON_SECRET. `user`: a gateway token or JWT, which also names the `user` of the input. */
export type Guard = 'admin' | 'cron' | 'user';

/** What routes need beside the account: the limiter, the caller's plan, and word of dead processes. */
export interface RoutePorts extends ReportUsagePorts {
  readonly isDead: (owner: string) => boolean;
  /** The address this request reached the server at. */
  readonly origin: string;
  /** What is configured, for the operator's own lists. */
  readonly operator: OperatorPorts;
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
const providers: Verb = (account, input, { operator }) => readProviders(account, input, operator);
const priceTable: Verb = (account, input, { operator }) => listPriceTable(account, input, operator);

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
  admin(
    'POST',
    '/users/{user}/sign-in-links',
    'Make a link that signs a user in to the pages once; it is shown this once',
    CreateSignInLinkInput,
    createSignInLink,
    CREATED,
  ),
  admin('GET', '/users/{user}/usage', 'Usage of a user', ReadUsageInput, readUsage),
  admin(
    'GET',
    '/users/{user}/usage/report',
    "A user's usage as the usage page shows it: caps, days, models, agents, campaigns, tokens",
    ReportUsageInput,
    reportUsage,
  ),
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
  admin('GET', '/audit', 'List changes, who made them, and what was before', ListAuditInput, listAudit),
  admin('GET', '/overview', 'A month at a glance, over all customers', ReadOverviewInput, readOverview),
  admin(
    'GET',
    '/customers',
    'Customers by spend, margin or nearness to a cap',
    ListCustomersInput,
    listCustomers,
  ),
  admin(
    'GET',
    '/plans-in-use',
    'Plans with their customers and who is over a cap',
    ListPlanUseInput,
    listPlanUse,
  ),
  admin(
    'GET',
    '/providers',
    'How providers are doing, and the dearest models',
    ReadProvidersInput,
    providers,
  ),
  admin('GET', '/refusals', 'Refused calls by reason, day and customer', ReadRefusalsInput, readRefusals),
  admin('GET', '/activity', 'What of a day an operator should look at', ReadActivityInput, readActivity),
  admin(
    'GET',
    '/price-table',
    'What every model costs today, and what has no price',
    ListPriceTableInput,
    priceTable,
  ),
  admin('GET', '/events', 'List events and whether they were delivered', ListEventsInput, listEvents),
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
    path: '/api/user/usage/report',
    guard: 'user',
    summary: 'The same as the usage page shows it: caps, days, models, agents, campaigns, tokens',
    input: ReportUsageInput,
    run: reportUsage,
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
