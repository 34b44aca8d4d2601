/** What each management route answers with when it succeeds, as named schemas: for the API's document and for tests. */
import { z } from 'zod';
import {
  activityView,
  customerPage,
  eventsPage,
  overviewView,
  planUsePage,
  priceTableView,
  providersView,
  refusalsView,
} from '@/lib/account/operator-views';
import { reportView } from '@/lib/account/report-views';
import {
  requestLineView,
  requestView,
  sessionTreeView,
  sessionView,
  sweepView,
  usageView,
  userMonthView,
} from '@/lib/account/usage-views';
import {
  auditView,
  freshTokenView,
  pageOf,
  planView,
  priceView,
  rotatedTokenView,
  signInLinkView,
  tokenView,
  userView,
} from '@/lib/account/views';
import type { ManagementRoute } from './routes';

/** Every error of the management API, of `/v1/catalog` and `/v1/usage`. */
export const errorView = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    request_id: z.string(),
    fields: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .optional()
      .describe('What is wrong with the input, field by field.'),
  }),
});

/** Schemas by the names they have in the document. */
export const VIEWS = {
  User: userView,
  UserPage: pageOf(userView),
  SignInLink: signInLinkView,
  Token: tokenView,
  TokenPage: pageOf(tokenView),
  FreshToken: freshTokenView,
  RotatedToken: rotatedTokenView,
  Plan: planView,
  PlanPage: pageOf(planView),
  Price: priceView,
  PricePage: pageOf(priceView),
  RequestLine: requestLineView,
  RequestPage: pageOf(requestLineView),
  Request: requestView,
  Usage: usageView,
  UsageReport: reportView,
  UserMonth: userMonthView,
  UserMonthPage: pageOf(userMonthView),
  Session: sessionView,
  SessionPage: pageOf(sessionView),
  SessionTree: sessionTreeView,
  Sweep: sweepView,
  AuditEntry: auditView,
  AuditPage: pageOf(auditView),
  Overview: overviewView,
  CustomerPage: customerPage,
  PlanUsePage: planUsePage,
  Providers: providersView,
  Refusals: refusalsView,
  Activity: activityView,
  PriceTable: priceTableView,
  EventPage: eventsPage,
  Error: errorView,
} as const satisfies Record<string, z.ZodType>;

export type ViewName = keyof typeof VIEWS;

const ANSWERS: Readonly<Record<string, ViewName>> = {
  'POST /api/admin/users': 'User',
  'GET /api/admin/users': 'UserPage',
  'GET /api/admin/users/{id}': 'User',
  'PATCH /api/admin/users/{id}': 'User',
  'POST /api/admin/users/{id}/suspend': 'User',
  'POST /api/admin/users/{id}/resume': 'User',
  'POST /api/admin/users/{user}/sign-in-links': 'SignInLink',
  'GET /api/admin/users/{user}/usage': 'Usage',
  'GET /api/admin/users/{user}/usage/report': 'UsageReport',
  'GET /api/admin/users/{user}/sessions': 'SessionPage',
  'GET /api/admin/users/{user}/sessions/{key}': 'SessionTree',
  'GET /api/admin/usage': 'UserMonthPage',
  'POST /api/admin/tokens': 'FreshToken',
  'GET /api/admin/tokens': 'TokenPage',
  'GET /api/admin/tokens/{id}': 'Token',
  'PATCH /api/admin/tokens/{id}': 'Token',
  'DELETE /api/admin/tokens/{id}': 'Token',
  'POST /api/admin/tokens/{id}/rotate': 'RotatedToken',
  'POST /api/admin/tokens/{id}/revoke': 'Token',
  'POST /api/admin/plans': 'Plan',
  'GET /api/admin/plans': 'PlanPage',
  'GET /api/admin/plans/{plan}': 'Plan',
  'PATCH /api/admin/plans/{plan}': 'Plan',
  'GET /api/admin/requests': 'RequestPage',
  'GET /api/admin/requests/{id}': 'Request',
  'GET /api/admin/prices': 'PricePage',
  'PUT /api/admin/prices': 'Price',
  'DELETE /api/admin/prices': 'Price',
  'GET /api/admin/audit': 'AuditPage',
  'GET /api/admin/overview': 'Overview',
  'GET /api/admin/customers': 'CustomerPage',
  'GET /api/admin/plans-in-use': 'PlanUsePage',
  'GET /api/admin/providers': 'Providers',
  'GET /api/admin/refusals': 'Refusals',
  'GET /api/admin/activity': 'Activity',
  'GET /api/admin/price-table': 'PriceTable',
  'GET /api/admin/events': 'EventPage',
  'POST /api/admin/sweep': 'Sweep',
  'GET /api/user/usage': 'Usage',
  'GET /api/user/usage/report': 'UsageReport',
  'GET /api/user/sessions': 'SessionPage',
  'GET /api/user/sessions/{key}': 'SessionTree',
  'GET /api/cron/sweep': 'Sweep',
  'POST /api/cron/sweep': 'Sweep',
};

/** The name of a route's answer; `undefined` only for a route that somebody forgot here, which a test notices. */
export function answerOf({ method, path }: Pick<ManagementRoute, 'method' | 'path'>): ViewName | undefined {
  return ANSWERS[`${method} ${path}`];
}
