/** The management API in the document: each route with its input placed as the server reads it, and its real answer. */
import { answerOf } from '../answers';
import { ROUTES, type ManagementRoute } from '../routes';
import { refusalsOf } from './errors';
import { inputSchema, refTo, type ObjectSchema } from './schemas';
import { type Filed, type Operation, operationIdOf, type Parameter, type PathItem } from './shapes';

export const MANAGEMENT_TAGS = [
  { name: 'Your own usage', description: 'What a gateway token’s holder may ask about himself.' },
  { name: 'Users', description: 'Customers: each is on a plan and holds tokens.' },
  { name: 'Tokens', description: 'Gateway tokens: one per agent or machine.' },
  { name: 'Plans', description: 'Limits per minute and per month, and the models they allow.' },
  { name: 'Calls', description: 'Every metered call, its figures and its price.' },
  { name: 'Prices', description: 'Overrides of the price table, dated.' },
  {
    name: 'Operator',
    description: 'The house at a glance: customers, providers, refusals, activity, events.',
  },
  { name: 'Audit', description: 'Who changed what: every change with the row before and after it.' },
  { name: 'Sweeping', description: 'Settles calls whose process died.' },
] as const;

type Tag = (typeof MANAGEMENT_TAGS)[number]['name'];

const BY_PLACE: readonly (readonly [RegExp, Tag])[] = [
  [/^\/api\/user\//, 'Your own usage'],
  [/\/sweep$/, 'Sweeping'],
  [
    /^\/api\/admin\/(overview|customers|plans-in-use|providers|refusals|activity|price-table|events)$/,
    'Operator',
  ],
  [/^\/api\/admin\/(usage|requests)|\/(usage|sessions)(\/|$)/, 'Calls'],
  [/^\/api\/admin\/users/, 'Users'],
  [/^\/api\/admin\/tokens/, 'Tokens'],
  [/^\/api\/admin\/plans/, 'Plans'],
  [/^\/api\/admin\/prices/, 'Prices'],
  [/^\/api\/admin\/audit/, 'Audit'],
];

/** A gateway token wherever the gateway looks for one. */
export const CALLER_SECURITY = [{ gatewayToken: [] }, { xApiKey: [] }, { xGoogApiKey: [] }, { apiKey: [] }];

const SECURITY = {
  admin: [{ adminToken: [] }],
  cron: [{ cronSecret: [] }],
  user: CALLER_SECURITY,
} as const;

/** The caller is always asked about himself. */
const TAKEN_FROM_TOKEN = 'user';

function parametersOf(route: ManagementRoute, input: ObjectSchema, inPath: readonly string[]): Parameter[] {
  const inQuery = route.method === 'GET' || route.method === 'DELETE';
  return Object.entries(input.properties).flatMap(([name, schema]): Parameter[] => {
    if (inPath.includes(name)) return [{ name, in: 'path', required: true, schema }];
    if (!inQuery || (route.guard === 'user' && name === TAKEN_FROM_TOKEN)) return [];
    return [{ name, in: 'query', required: input.required.includes(name), schema }];
  });
}

function bodyOf(route: ManagementRoute, input: ObjectSchema, inPath: readonly string[]) {
  if (route.method === 'GET' || route.method === 'DELETE') return {};
  const { properties, required, ...rest } = input;
  const rows = Object.entries(properties).filter(([name]) => !inPath.includes(name));
  if (rows.length === 0) return {};
  const needed = required.filter((name) => !inPath.includes(name));
  const schema = {
    ...rest,
    properties: Object.fromEntries(rows),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
  return { requestBody: { required: needed.length > 0, content: { 'application/json': { schema } } } };
}

function operationOf(route: ManagementRoute): Operation {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const input = inputSchema(route.input);
  const parameters = parametersOf(route, input, inPath);
  const answer = answerOf(route);
  const refusals = refusalsOf(route.guard === 'user' ? 'Caller' : 'Operator');
  return {
    operationId: operationIdOf(route.method, route.path),
    summary: route.summary,
    tags: [BY_PLACE.find(([place]) => place.test(route.path))?.[1] ?? 'Users'],
    security: SECURITY[route.guard],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...bodyOf(route, input, inPath),
    responses: {
      [String(route.status ?? 200)]: {
        description: route.status === 201 ? 'Created.' : 'Done.',
        headers: { 'x-request-id': { $ref: '#/components/headers/RequestId' } },
        content: { 'application/json': { schema: answer === undefined ? {} : refTo(answer) } },
      },
      ...refusals,
    },
  };
}

export function managementOperations(): Filed[] {
  return ROUTES.map((route) => ({
    method: route.method.toLowerCase() as keyof PathItem,
    path: route.path,
    operation: operationOf(route),
  }));
}
