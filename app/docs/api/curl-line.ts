import type { JsonSchema, Operation } from '@/lib/api/openapi';
import { SOME_TOKEN } from '@/lib/docs/snippet';

/** Which secret opens an operation, as a shell writes it. */
const SECRETS: Readonly<Record<string, string>> = {
  adminToken: '$TOLLGATE_ADMIN_TOKEN',
  cronSecret: '$CRON_SECRET',
};

/** Values by the name of a field, for lines that make sense as they stand. */
const VALUES: Readonly<Record<string, string | number>> = {
  id: 'acme',
  user: 'acme',
  name: 'laptop',
  plan: 'starter',
  model: 'claude-sonnet-4-5',
  provider: 'anthropic',
  project: 'any',
  location: 'global',
  effective_from: '2026-12-01',
  monthly_tokens: 1_000_000,
  monthly_cost_cents: 1_000,
  rate_limit_rpm: 20,
  rate_limit_tpm: 40_000,
  input: 3_000_000_000,
  output: 15_000_000_000,
  overlap_seconds: 3_600,
};

/** Ids that the server made: the reader puts his own there. */
const OWN_IDS: readonly (readonly [RegExp, string])[] = [
  [/\/tokens\/\{id\}/, 'tok_…'],
  [/\/requests\/\{id\}/, 'req_…'],
  [/\/responses\/\{id\}/, 'resp_…'],
];

function bodyOf(schema: JsonSchema): unknown {
  const required = (schema['required'] ?? []) as readonly string[];
  const known = Object.keys(schema['properties'] ?? {}).filter((name) => name in VALUES);
  // Where nothing is required, at least something is to be changed; whose it is changes nothing.
  const names = required.length > 0 ? required : known.filter((name) => name !== 'user').slice(0, 1);
  return Object.fromEntries(names.map((name) => [name, VALUES[name] ?? '…']));
}

function filledPath(path: string, { parameters = [] }: Operation): string {
  const examples = new Map(
    parameters.flatMap((one) =>
      'in' in one && one.example !== undefined ? [[one.name, one.example] as const] : [],
    ),
  );
  const ownId = OWN_IDS.find(([place]) => place.test(path))?.[1];
  const valueOf = (name: string) =>
    (name === 'id' ? ownId : examples.get(name)) ?? String(VALUES[name] ?? `{${name}}`);
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => valueOf(name));
}

function queryOf({ parameters = [] }: Operation): string {
  const required = parameters.flatMap((one) =>
    'in' in one && one.in === 'query' && one.required === true
      ? [`${one.name}=${encodeURIComponent(String(VALUES[one.name] ?? '…'))}`]
      : [],
  );
  return required.length === 0 ? '' : `?${required.join('&')}`;
}

/** A line of curl that calls an operation. */
export function curlLine(baseUrl: string, method: string, path: string, operation: Operation): string {
  const [scheme] = Object.keys(operation.security[0] ?? {});
  const media = operation.requestBody?.content['application/json'];
  const body = media === undefined ? undefined : (media.example ?? bodyOf(media.schema));
  const url = `${baseUrl}${filledPath(path, operation)}${queryOf(operation)}`;
  const quoted = /[?&{}…]/.test(url) ? `"${url}"` : url;
  const parts = [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}${quoted}`,
    ...(scheme === undefined ? [] : [`-H "Authorization: Bearer ${SECRETS[scheme] ?? SOME_TOKEN}"`]),
    ...(body === undefined ? [] : ['-H "Content-Type: application/json"', `-d '${JSON.stringify(body)}'`]),
  ];
  return parts.join(' \\\n  ');
}
