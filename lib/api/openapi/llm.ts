/** The endpoints of the wire formats in the document: every path each answers on, as its provider documents the bodies. */
import type { Endpoint, EndpointKind } from '@/lib/wire/format';
import type { Refusals } from './errors';
import { CALLER_SECURITY } from './management';
import { referenceOf, type FormatReference } from './references';
import {
  type Answer,
  type Filed,
  type Operation,
  operationIdOf,
  type Parameter,
  type PathItem,
  type Reference,
} from './shapes';

/** One full path that an endpoint answers on. */
export interface ServedPath {
  readonly format: string;
  readonly endpoint: Endpoint;
  readonly path: string;
  readonly keyInQuery: boolean;
}

const SUMMARIES: Readonly<Record<EndpointKind, string>> = {
  generate: 'Generate an answer',
  embed: 'Embed texts',
  count: 'Count tokens, free of charge',
  stored: 'Work with a stored answer',
  'list-models': 'List the models this caller may use',
  'get-model': 'Show a model',
};

const STORED: Readonly<Record<string, string>> = {
  GET: 'Read a stored answer',
  POST: 'Stop a stored answer',
  DELETE: 'Delete a stored answer',
};

/** Where a format has several endpoints of a kind, what tells this one apart. */
const APART: readonly (readonly [RegExp, string])[] = [
  [/(converse|invoke)-stream|with-response-stream|stream(Generate|Raw)/i, 'Generate an answer as a stream'],
  [/\/compact$/, 'Compact a conversation'],
  [/\/v1\/completions$/, 'Complete a prompt (legacy)'],
  [/input_items$/, 'Read what a stored answer was made from'],
  [/batchEmbed/, 'Embed several texts'],
];

const PARAMETERS: Readonly<Record<string, string>> = {
  model: 'Id or alias of a model; `provider/model` names the provider too. It may hold slashes.',
  provider: 'Name of the only provider that may serve the call.',
  id: 'Id of an answer that a call of the same customer made.',
  project: 'Any project: the gateway uses its operator’s.',
  location: 'Any location: the gateway uses its operator’s.',
};

const NAMED = (kind: 'headers' | 'parameters', name: string): Reference => ({
  $ref: `#/components/${kind}/${name}`,
});

const CALL_HEADERS = ['Session', 'ParentSession', 'Agent', 'Campaign', 'ClientRequestId'].map((name) =>
  NAMED('parameters', name),
);

const ANSWER_HEADERS = {
  'x-request-id': NAMED('headers', 'RequestId'),
  'x-tollgate-provider': NAMED('headers', 'Provider'),
  'x-tollgate-remaining-tokens': NAMED('headers', 'RemainingTokens'),
  'x-tollgate-remaining-usd': NAMED('headers', 'RemainingUsd'),
};
const METERED_HEADERS = { 'x-tollgate-clamped-max-tokens': NAMED('headers', 'ClampedMaxTokens') };

const BODY = { type: 'object', additionalProperties: true } as const;

/** `{model+}` is `{model}` here: OpenAPI knows no parameter with slashes. */
const plainPath = (path: string) => path.replaceAll('+}', '}');

const summaryOf = ({ kind, method, path }: Endpoint) =>
  APART.find(([place]) => place.test(path))?.[1] ??
  (kind === 'stored' ? (STORED[method] ?? SUMMARIES.stored) : SUMMARIES[kind]);

const takesBody = ({ method, kind }: Endpoint) => method === 'POST' && kind !== 'stored';

function parametersOf({ path, endpoint, format }: ServedPath): (Parameter | Reference)[] {
  const names = [...plainPath(path).matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const model = referenceOf(format)?.model;
  const inPath = names.map((name): Parameter => {
    const example = name === 'model' && model !== undefined ? { example: model } : {};
    const description = PARAMETERS[name] ?? 'As the provider documents it.';
    return { name, in: 'path', required: true, description, schema: { type: 'string' }, ...example };
  });
  return endpoint.kind === 'generate' || endpoint.kind === 'embed' ? [...inPath, ...CALL_HEADERS] : inPath;
}

function answerOf({ endpoint }: ServedPath, reference: FormatReference | undefined): Answer {
  const generates = endpoint.kind === 'generate';
  const maySend = reference?.streamsByPath !== true || /stream/i.test(endpoint.path);
  const streams = generates && maySend ? (reference?.streams ?? null) : null;
  const schema = { ...BODY, description: 'As the provider documents it, byte for byte.' };
  const events = { schema: { type: 'string', description: 'The provider’s events as they come.' } };
  return {
    description: generates ? 'The provider’s answer, whole or as a stream.' : 'The answer.',
    headers: { ...ANSWER_HEADERS, ...(generates ? METERED_HEADERS : {}) },
    content: { 'application/json': { schema }, ...(streams === null ? {} : { [streams]: events }) },
  };
}

function descriptionOf({ endpoint }: ServedPath, reference: FormatReference | undefined): string {
  const { kind } = endpoint;
  const lines = [reference?.about ?? ''];
  if (takesBody(endpoint))
    lines.push('The body is the provider’s own and passes through as it is; so does any query string.');
  if (kind === 'count') lines.push('Never charged, counted or rate-limited like a call.');
  if (kind === 'generate')
    lines.push(
      'Metered and priced. Near the monthly cap the output allowance is lowered to what is left, and the answer says so.',
    );
  if (kind === 'stored') lines.push('Only for who made the answer; anyone else gets a 404.');
  return lines.filter((line) => line !== '').join('\n\n');
}

function bodyOf(served: ServedPath, reference: FormatReference | undefined) {
  const { endpoint } = served;
  if (!takesBody(endpoint)) return {};
  const example = reference?.example(endpoint, reference.model);
  const media = {
    schema: { ...BODY, description: 'As the provider documents it.' },
    ...(example === undefined ? {} : { example }),
  };
  return { requestBody: { required: true, content: { 'application/json': media } } };
}

function operationOf(
  alike: readonly [ServedPath, ...ServedPath[]],
  primary: string,
  refusals: Refusals,
): Operation {
  const [served] = alike;
  const { format, endpoint, path, keyInQuery } = served;
  const reference = referenceOf(format);
  const shown = plainPath(path);
  const titles = alike.map((one) => referenceOf(one.format)?.title ?? one.format);
  const shared =
    alike.length < 2
      ? ''
      : `\n\nSeveral formats have this path (${titles.join(', ')}); the headers tell whose client asks, and it is answered in that shape.`;
  const same = primary === path ? {} : { 'x-same-as': plainPath(primary) };
  const about =
    primary === path
      ? descriptionOf(served, reference) + shared
      : `The same as \`${endpoint.method} ${plainPath(primary)}\`.`;
  return {
    operationId: operationIdOf(endpoint.method, shown),
    summary: summaryOf(endpoint),
    description: about,
    tags: [reference?.title ?? format],
    ...(reference === undefined
      ? {}
      : {
          externalDocs: {
            url: reference.pages?.[endpoint.name] ?? reference.reference,
            description: `${reference.title}: the provider’s reference`,
          },
        }),
    security: keyInQuery ? [...CALLER_SECURITY, { keyInQuery: [] }] : CALLER_SECURITY,
    ...(parametersOf(served).length === 0 ? {} : { parameters: parametersOf(served) }),
    ...bodyOf(served, reference),
    responses: { '200': answerOf(served, reference), ...refusals.ofFormat(format) },
    ...same,
  };
}

/** The path an endpoint is documented under in full: the shortest that stands at the root, else its first. */
function primaryPath(paths: readonly ServedPath[]): string {
  const all = paths.map(({ path }) => path);
  return all.find((path) => !path.startsWith('/api/')) ?? all[0] ?? '';
}

/** One operation per path and method; where several formats serve it, the first describes it. */
export function llmOperations(served: readonly ServedPath[], refusals: Refusals): Filed[] {
  const groups = new Map<string, ServedPath[]>();
  for (const one of served) {
    const key = `${one.endpoint.method} ${plainPath(one.path)}`;
    const known = groups.get(key) ?? [];
    if (!known.some(({ format, endpoint }) => format === one.format && endpoint === one.endpoint))
      groups.set(key, [...known, one]);
  }
  return [...groups.values()].flatMap((alike) => {
    const [first, ...others] = alike;
    if (first === undefined) return [];
    const primary = primaryPath(served.filter(({ endpoint }) => endpoint === first.endpoint));
    const method = first.endpoint.method.toLowerCase() as keyof PathItem;
    return [
      { method, path: plainPath(first.path), operation: operationOf([first, ...others], primary, refusals) },
    ];
  });
}
