/** What is neither a model's endpoint nor management: signs of life, the managed gateway of OpenClaw's plugin, and this document. */
import { refusalsOf } from './errors';
import { CALLER_SECURITY } from './management';
import { refTo } from './schemas';
import { type Answer, type Filed, type JsonSchema, type Operation, operationIdOf } from './shapes';

export const PLAIN_TAGS = [
  {
    name: 'Managed gateway',
    description:
      'What OpenClaw’s bundled `clawrouter` plugin asks its gateway: models with prices, and the budget.',
  },
  { name: 'Operation', description: 'Signs of life, and this document.' },
] as const;

type Tag = (typeof PLAIN_TAGS)[number]['name'];

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

function object(properties: Record<string, JsonSchema>, optional: readonly string[] = []): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

const CHECK = {
  name: text,
  reachable: { type: 'boolean' },
  latency_ms: { type: 'number' },
  last_error: { type: ['string', 'null'], description: 'Class of the last failure, never its text.' },
};

const STATUS = object({
  status: { enum: ['ok', 'degraded'] },
  database: object(CHECK),
  limiter: object({ ...CHECK, kind: { enum: ['in-process', 'upstash'] } }),
  providers: list(object(CHECK)),
  checked_at: { type: 'string', format: 'date-time' },
});

const RATES = [
  'inputMicrosPerMillion',
  'outputMicrosPerMillion',
  'cachedInputMicrosPerMillion',
  'cacheWrite5mInputMicrosPerMillion',
  'cacheWrite1hInputMicrosPerMillion',
] as const;

const CATALOG = object({
  providers: list(
    object({
      id: text,
      displayName: text,
      openaiCompatible: { type: 'boolean' },
      nativeBaseUrl: text,
      routes: list(object({ path: text, requestFormat: text, methods: list(text) })),
      models: list(
        object({
          id: text,
          upstream: text,
          displayName: text,
          capabilities: list(text),
          pricing: object(
            {
              ...Object.fromEntries(RATES.map((rate) => [rate, count])),
              maxInputTokens: count,
              defaultMaxOutputTokens: count,
            },
            RATES,
          ),
        }),
      ),
    }),
  ),
});

const BUDGET = object({
  budget: object(
    {
      configured: { type: 'boolean', description: 'Whether the plan caps money.' },
      limitMicros: count,
      spentMicros: count,
      windowKey: { type: 'string', description: '`<plan>/<month>`.' },
    },
    ['limitMicros'],
  ),
  usage: object({
    summary: object({ requestCount: count, totalTokens: count, actualCostMicros: count }),
  }),
});

const answer = (description: string, schema: JsonSchema): Answer => ({
  description,
  content: { 'application/json': { schema } },
});

function get(path: string, tag: Tag, summary: string, done: Answer, more: Partial<Operation> = {}): Filed {
  const operationId = operationIdOf('get', path);
  const operation = { operationId, summary, tags: [tag] as const, security: [], ...more };
  return { method: 'get', path, operation: { ...operation, responses: { '200': done, ...more.responses } } };
}

const forCallers = { security: CALLER_SECURITY, responses: refusalsOf('Caller') };

const refused = (description: string): Answer => ({
  description,
  content: { 'application/json': { schema: refTo('Error') } },
});

const STRIPE_WEBHOOK: Filed = {
  method: 'post',
  path: '/api/webhooks/stripe',
  operation: {
    operationId: operationIdOf('post', '/api/webhooks/stripe'),
    summary: 'Stripe tells of subscriptions',
    description:
      'For Stripe alone: `stripe-signature` proves it. `checkout.session.completed`, `customer.subscription.updated` and ' +
      '`customer.subscription.deleted` change the customer’s plan, once each; others are taken and ignored.',
    tags: ['Operation'],
    security: [],
    parameters: [{ name: 'stripe-signature', in: 'header', required: true, schema: text }],
    requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    responses: {
      '200': answer('It is taken.', object({ received: { const: true } })),
      '400': refused('It is not signed by Stripe, or too long ago.'),
      '413': refused('It is larger than any event.'),
      '500': refused('The gateway failed; Stripe delivers again.'),
      '502': refused('Stripe itself could not be asked how the subscription stands; it delivers again.'),
      '503': refused('Plans are not sold here, or the database is away.'),
    },
  },
};

export function plainOperations(): Filed[] {
  const alive = answer('It is.', object({ status: { const: 'ok' } }));
  const report = answer('A report, at most five seconds old.', STATUS);
  const elsewhere = (path: string) => ({ 'x-same-as': path, description: `The same as \`GET ${path}\`.` });
  const document = get('/openapi.json', 'Operation', 'This document', {
    description: 'OpenAPI 3.1; `servers` names the address it was asked at.',
    headers: { etag: { description: 'Send it back as `if-none-match`.', schema: text } },
    content: { 'application/json': { schema: { type: 'object' } } },
  });
  return [
    get(
      '/v1/catalog',
      'Managed gateway',
      'Models this caller may use, with prices',
      answer('By provider, prices in micro-dollars.', CATALOG),
      forCallers,
    ),
    get(
      '/v1/usage',
      'Managed gateway',
      'The month’s budget and usage',
      answer('In micro-dollars.', BUDGET),
      forCallers,
    ),
    get(
      '/v1/health',
      'Managed gateway',
      'A sign of life',
      answer('It lives.', object({ status: { const: 'ok' }, gateway: { const: 'tollgate' } })),
    ),
    get('/health', 'Operation', 'Is the process alive?', alive),
    get('/api/health', 'Operation', 'Is the process alive?', alive, elsewhere('/health')),
    get('/status', 'Operation', 'Can everything it needs be reached?', report),
    get('/api/status', 'Operation', 'Can everything it needs be reached?', report, elsewhere('/status')),
    STRIPE_WEBHOOK,
    {
      ...document,
      operation: {
        ...document.operation,
        responses: { ...document.operation.responses, '304': { description: 'It is the one you have.' } },
      },
    },
  ];
}
