/** The API's document: valid, complete against the route tables, and true of what a running gateway answers. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { answerOf } from '@/lib/api/answers';
import { createDocument, type OpenApiDocument } from '@/lib/api/openapi';
import { referenceOf } from '@/lib/api/openapi/references';
import { ROUTES } from '@/lib/api/routes';
import { type ErrorCode, ERRORS, GatewayError } from '@/lib/domain/errors';
import { servedPaths } from '@/lib/gateway/routes';
import { FORMATS } from '@/lib/wire/registry';
import { startGateway, type TestGateway } from '@/tests/support/gateway';
import { ADMIN_TOKEN, CRON_SECRET } from '@/tests/support/gateway-verbs';
import { describeMounts } from '@/tests/support/mounts';

const ORIGIN = 'https://gateway.example';
const document = createDocument(FORMATS, servedPaths(FORMATS))(ORIGIN);
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

/** Every `$ref` in a value. */
function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

function resolve(ref: string): unknown {
  return ref
    .slice(2)
    .split('/')
    .reduce<unknown>((place, name) => (place as Record<string, unknown> | undefined)?.[name], document);
}

/** Of several formats on a path the first is described. */
const firstAt = (method: string, path: string) =>
  servedPaths(FORMATS).find((one) => one.path === path && one.endpoint.method === method)?.format ?? '';

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(
      structuredClone(document) as unknown as Record<string, unknown>,
    );
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  it('refers only to what it holds, and holds nothing that is never referred to', () => {
    const refs = new Set(refsIn(document));
    for (const ref of refs) expect({ ref, found: resolve(ref) !== undefined }).toEqual({ ref, found: true });
    for (const kind of ['schemas', 'headers', 'parameters', 'responses'] as const) {
      const unused = Object.keys(document.components[kind]).filter(
        (name) => !refs.has(`#/components/${kind}/${name}`),
      );
      expect({ kind, unused }).toEqual({ kind, unused: [] });
    }
    const used = new Set(
      operations.flatMap(({ operation }) => operation.security.flatMap((one) => Object.keys(one))),
    );
    expect(Object.keys(document.components.securitySchemes).filter((name) => !used.has(name))).toEqual(
      FORMATS.some(({ keyInQuery }) => keyInQuery === true) ? [] : ['keyInQuery'],
    );
  });

  it('has every management route with a schema of its own for the answer', () => {
    for (const route of ROUTES) {
      const { method, path, status = 200 } = route;
      const operation = document.paths[path]?.[method.toLowerCase() as 'get'];
      const schema = operation?.responses[String(status)];
      const named = answerOf(route);
      expect({ method, path, named: named !== undefined }).toEqual({ method, path, named: true });
      expect(schema).toMatchObject({
        content: { 'application/json': { schema: { $ref: `#/components/schemas/${named}` } } },
      });
    }
  });

  it('has every path of every wire format, with the provider’s reference and every refusal there is', () => {
    const refusals = (Object.keys(ERRORS) as ErrorCode[]).filter((code) => code !== 'conflict');
    const statuses = (name: string) =>
      refusals.map((code) =>
        String(
          FORMATS.find((format) => format.name === name)?.renderError(new GatewayError(code, ''), '').status,
        ),
      );
    for (const { format, endpoint, path } of servedPaths(FORMATS)) {
      const operation = document.paths[path.replaceAll('+}', '}')]?.[endpoint.method.toLowerCase() as 'get'];
      expect({ path, found: operation !== undefined }).toEqual({ path, found: true });
      expect({ format, known: referenceOf(format) !== undefined }).toEqual({ format, known: true });
      expect(operation?.externalDocs?.url).toMatch(/^https:\/\//);
      expect(new Set(Object.keys(operation?.responses ?? {}))).toEqual(
        new Set(['200', ...statuses(firstAt(endpoint.method, path))]),
      );
    }
  });

  it('names each operation once, files it under a tag that is explained, and declares each path parameter', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const tags = document.tags.map(({ name }) => name);
    expect(tags.filter((name, index) => tags.indexOf(name) !== index)).toEqual([]);
    for (const { path, operation } of operations) {
      expect(tags).toContain(operation.tags[0]);
      const declared = (operation.parameters ?? []).flatMap((one) =>
        'in' in one && one.in === 'path' ? [one.name] : [],
      );
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect({ path, declared: new Set(declared) }).toEqual({ path, declared: new Set(named) });
      const same = operation['x-same-as'];
      expect({ path, same: same === undefined || document.paths[same] !== undefined }).toEqual({
        path,
        same: true,
      });
    }
  });
});

describeMounts('GET /openapi.json', (mount) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await mount.start({ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_test_1' });
  });
  afterAll(() => gateway.stop());

  it('needs no credential and names the address it was asked at', async () => {
    const response = await fetch(`${gateway.url}/openapi.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const shown = (await response.json()) as OpenApiDocument;
    expect(shown.servers).toEqual([{ url: gateway.url, description: 'This gateway.' }]);
    expect(shown.paths).toEqual(JSON.parse(JSON.stringify(document.paths)));
  });

  it('believes no forwarded host of a caller', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const shown = (await (await fetch(`${gateway.url}/openapi.json`, { headers })).json()) as OpenApiDocument;
    expect(shown.servers[0]?.url).toBe(gateway.url);
  });

  it('is cacheable, and empty for who has it already', async () => {
    const first = await fetch(`${gateway.url}/openapi.json`);
    await first.arrayBuffer();
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    const again = await fetch(`${gateway.url}/openapi.json`, { headers: { 'if-none-match': `W/${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const head = await fetch(`${gateway.url}/openapi.json`, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
  });

  it('every operation it lists is served: none is an unknown path or method', async () => {
    const { token } = await gateway.customer();
    const secrets: Readonly<Record<string, string>> = { adminToken: ADMIN_TOKEN, cronSecret: CRON_SECRET };
    // Side by side: what asks for an answer that isn't there waits a while for it.
    const asked = operations.map(async ({ path, method, operation }) => {
      const place = path.replaceAll(/\{\w+\}/g, 'x');
      const [scheme = ''] = Object.keys(operation.security[0] ?? {});
      const response = await fetch(gateway.url + place, {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${secrets[scheme] ?? token}` },
      });
      const told = await response.text();
      const served = response.status !== 405 && !/(serves|has) nothing at/.test(told);
      // Calls without a body are complained about, and there is nothing called x.
      expect({ place, method, served, status: response.status }).toMatchObject({
        served: true,
        status: expect.toBeOneOf([200, 400, 404]) as number,
      });
    });
    await Promise.all(asked);
  });
});

test('behind a proxy that is trusted, its forwarded host and protocol are the address', async () => {
  const gateway = await startGateway({ TOLLGATE_TRUST_PROXY: '1' });
  const headers = { 'x-forwarded-host': 'gateway.example', 'x-forwarded-proto': 'https' };
  const shown = (await (await fetch(`${gateway.url}/openapi.json`, { headers })).json()) as OpenApiDocument;
  await gateway.stop();
  expect(shown.servers[0]?.url).toBe(ORIGIN);
});
