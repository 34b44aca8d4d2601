/** The OpenAPI 3.1 document of everything this gateway serves, built from the route tables and schemas it serves by. */
import type { WireFormat } from '@/lib/wire/format';
import { sha256Hex } from '@/lib/std/sha256';
import { createRefusals } from './openapi/errors';
import { llmOperations, type ServedPath } from './openapi/llm';
import { managementOperations, MANAGEMENT_TAGS } from './openapi/management';
import { plainOperations, PLAIN_TAGS } from './openapi/plain';
import { referenceOf } from './openapi/references';
import { answerSchemas } from './openapi/schemas';
import type { Filed, Header, OpenApiDocument, Parameter, PathItem } from './openapi/shapes';

export type { Answer, JsonSchema, OpenApiDocument, Operation, Parameter, Reference } from './openapi/shapes';

/** Of this API, not of the program: raised when a client written for it would break. */
const API_VERSION = '1.0.0';

/** Long enough to spare clients that look often, short enough to show a new release the same day. */
const CACHE_SECONDS = 300;

const ABOUT =
  `Tollgate stands between agents and model providers. Callers send a gateway token in the header their client uses;
requests and answers are the provider's own, byte for byte. Every answer carries \`x-request-id\`.`.replaceAll(
    '\n',
    ' ',
  );

const text = { type: 'string' };

const HEADERS: Readonly<Record<string, Header>> = {
  RequestId: { description: 'Finds the call at /api/admin/requests/{id}.', schema: text },
  Provider: { description: 'Who answered; `sandbox` for simulated answers.', schema: text },
  RemainingTokens: {
    description: 'Left of the month, less what running calls hold; or `unlimited`.',
    schema: text,
  },
  RemainingUsd: {
    description: 'Dollars left of the month, less what running calls hold; or `unlimited`.',
    schema: text,
  },
  ClampedMaxTokens: {
    description: 'The output allowance was lowered to this, all that the month has left.',
    schema: text,
  },
  RetryAfter: { description: 'Seconds until the same call may succeed.', schema: text },
  ShouldRetry: { description: '`false`: trying again cannot help.', schema: { enum: ['true', 'false'] } },
};

function header(name: string, description: string): Parameter {
  return { name, in: 'header', description, schema: text };
}

const PARAMETERS: Readonly<Record<string, Parameter>> = {
  Session: header(
    'x-tollgate-session',
    'The conversation this call belongs to; without it the gateway finds one.',
  ),
  ParentSession: header('x-tollgate-parent-session', 'The session that started this one.'),
  Agent: header('x-tollgate-agent', 'Books the call to this agent, where the token allows it.'),
  Campaign: header('x-tollgate-campaign', 'Books the call to this campaign, where the token allows it.'),
  ClientRequestId: header('x-client-request-id', 'The client’s own id of the request; kept with it.'),
};

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description });
const keyIn = (where: string, name: string, description: string) => ({
  type: 'apiKey',
  in: where,
  name,
  description,
});

const SECURITY_SCHEMES = {
  gatewayToken: bearer(
    'A gateway token (`tg_…`), or a JWT that this gateway trusts. Bedrock’s clients may sign with it as access key id instead.',
  ),
  xApiKey: keyIn('header', 'x-api-key', 'The same, as Anthropic’s clients send it.'),
  xGoogApiKey: keyIn('header', 'x-goog-api-key', 'The same, as Google’s clients send it.'),
  apiKey: keyIn('header', 'api-key', 'The same, as Azure’s clients send it.'),
  keyInQuery: keyIn('query', 'key', 'The same, as older Gemini clients send it.'),
  adminToken: bearer('The server’s TOLLGATE_ADMIN_TOKEN.'),
  cronSecret: bearer('The server’s CRON_SECRET.'),
} as const;

function filed(operations: readonly Filed[]): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const { method, path, operation } of operations) paths[path] = { ...paths[path], [method]: operation };
  return paths;
}

function formatTags(formats: readonly WireFormat[]) {
  const titles = new Map(
    formats.map(({ name }) => {
      const reference = referenceOf(name);
      return [reference?.title ?? name, reference?.about ?? ''] as const;
    }),
  );
  return [...titles].map(([name, description]) => ({ name, description }));
}

/** Makes the document for an address; its costly part is made once, when somebody first asks. */
export function createDocument(
  formats: readonly WireFormat[],
  served: readonly ServedPath[],
): (origin: string) => OpenApiDocument {
  let rest: Omit<OpenApiDocument, 'servers'> | null = null;
  const make = (refusals = createRefusals(formats)): Omit<OpenApiDocument, 'servers'> => ({
    openapi: '3.1.1',
    info: { title: 'Tollgate', version: API_VERSION, description: ABOUT },
    tags: [...formatTags(formats), ...MANAGEMENT_TAGS, ...PLAIN_TAGS],
    paths: filed([...llmOperations(served, refusals), ...managementOperations(), ...plainOperations()]),
    components: {
      schemas: answerSchemas(),
      headers: HEADERS,
      parameters: PARAMETERS,
      responses: refusals.answers,
      securitySchemes: SECURITY_SCHEMES,
    },
  });
  return (origin) => {
    const { openapi, info, ...parts } = (rest ??= make());
    return { openapi, info, servers: [{ url: origin, description: 'This gateway.' }], ...parts };
  };
}

/** Answers `GET /openapi.json`: cacheable, and empty for who has it already. */
export function answerDocument(request: Request, document: OpenApiDocument, requestId: string): Response {
  const body = JSON.stringify(document);
  const etag = `"${sha256Hex(body).slice(0, 32)}"`;
  const headers = {
    etag,
    'content-type': 'application/json; charset=utf-8',
    'cache-control': `public, max-age=${CACHE_SECONDS}`,
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
  };
  const known = (request.headers.get('if-none-match') ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : body, { headers });
}
