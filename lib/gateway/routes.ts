/** Which wire format and endpoint a path means. Built once from the registry; a path not listed is never forwarded. */
import { GatewayError } from '@/lib/domain/errors';
import { climbs } from '@/lib/std/segments';
import type { Endpoint, WireFormat } from '@/lib/wire/format';

export interface Route {
  readonly format: WireFormat;
  readonly endpoint: Endpoint;
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly format: WireFormat;
  readonly endpoint: Endpoint;
  readonly expression: RegExp;
}

export interface RouteTable {
  /**
   * Where several formats serve a path (`GET /v1/models`), the headers tell whose client is asking.
   * @throws GatewayError `route_unknown` or `method_not_allowed`.
   */
  match(method: string, pathname: string, headers: Headers): Route;
  /** The format whose errors a path should be answered in; where the path fits none, the headers tell. */
  formatOf(pathname: string, headers: Headers): WireFormat;
  /** Whether the path is a format's base (`/api/llm/anthropic`), which clients probe with HEAD or GET. */
  isBase(pathname: string): boolean;
}

const LLM_PREFIX = '/api/llm';

/** A trailing slash is the same place. */
const trimmed = (pathname: string) => (pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname);

const LITERAL = /[.*+?^${}()|[\]\\]/g;

/** A pattern's path as an expression over raw paths; clients write the colon of an action plainly or encoded. */
function expressionOf(path: string): RegExp {
  const source = path
    .split(/(\{\w+\+?\})/)
    .map((part) => {
      const name = /^\{(\w+)(\+?)\}$/.exec(part);
      if (name === null) return part.replace(LITERAL, '\\$&').replaceAll(':', '(?::|%3[Aa])');
      return `(?<${name[1]}>${name[2] === '+' ? '.+?' : '[^/]+?'})`;
    })
    .join('');
  return new RegExp(`^${source}$`);
}

/** Decoded parameters; `null` when one can't be decoded or would climb out of its place. */
function paramsOf(groups: Readonly<Record<string, string>> | undefined): Record<string, string> | null {
  const params: Record<string, string> = {};
  for (const [name, raw] of Object.entries(groups ?? {})) {
    try {
      const value = decodeURIComponent(raw);
      if (climbs(value)) return null;
      params[name] = value;
    } catch {
      return null;
    }
  }
  return params;
}

/** An alias that is another version's spelling of the path; a client with a mount as its base writes it below that. */
const VERSIONED = /^\/v\d\w*\/(?!native\/)/;

/** Every full path an endpoint answers on. */
function pathsOf({ mount, root }: WireFormat, { path, aliases = [] }: Endpoint): string[] {
  const spellings = [path, ...aliases.filter((alias) => VERSIONED.test(alias))];
  const below = spellings.map((spelling) => `${LLM_PREFIX}/${mount}${spelling}`);
  return [...below, ...(root ? [path] : []), ...aliases];
}

/** Every full path that formats answer on, once each, for the API's document. */
export function servedPaths(formats: readonly WireFormat[]) {
  return formats.flatMap((format) =>
    format.endpoints.flatMap((endpoint) =>
      [...new Set(pathsOf(format, endpoint))].map((path) => ({
        format: format.name,
        endpoint,
        path,
        keyInQuery: format.keyInQuery === true,
      })),
    ),
  );
}

export function createRouteTable(formats: readonly WireFormat[]): RouteTable {
  const [fallback] = formats;
  if (fallback === undefined) throw new Error('the registry holds no wire format');
  const exact = new Map<string, Route[]>();
  const patterns: Pattern[] = [];
  const bases = new Map<string, WireFormat>();
  for (const format of formats) {
    for (const base of [`${LLM_PREFIX}/${format.mount}`, ...(format.bases ?? [])])
      if (!bases.has(base)) bases.set(base, format);
    for (const endpoint of format.endpoints) {
      for (const path of pathsOf(format, endpoint)) {
        patterns.push({ format, endpoint, expression: expressionOf(path) });
        if (path.includes('{')) continue;
        const key = `${endpoint.method} ${path}`;
        exact.set(key, [...(exact.get(key) ?? []), { format, endpoint, params: {} }]);
      }
    }
  }
  const recognising = formats.filter((format) => format.recognises !== undefined);

  /** Of several routes the one whose client it is; nobody's client gets the last, the plainest. */
  function choose(routes: readonly Route[], headers: Headers): Route | undefined {
    if (routes.length < 2) return routes[0];
    return routes.find(({ format }) => format.recognises?.(headers) === true) ?? routes.at(-1);
  }

  function match(method: string, pathname: string, headers: Headers): Route {
    const asked = method === 'HEAD' ? 'GET' : method;
    const known = choose(exact.get(`${asked} ${pathname}`) ?? [], headers);
    if (known !== undefined) return known;
    const path = trimmed(pathname);
    const found: Route[] = [];
    const allowed = new Set<string>();
    for (const { format, endpoint, expression } of patterns) {
      const groups = expression.exec(path);
      const params = groups === null ? null : paramsOf(groups.groups);
      if (params === null) continue;
      // Of one format the endpoint listed first: a literal goes before what would take it for a parameter.
      if (endpoint.method !== asked) allowed.add(endpoint.method);
      else if (found.every((route) => route.format !== format)) found.push({ format, endpoint, params });
    }
    const route = choose(found, headers);
    if (route !== undefined) return route;
    if (allowed.size === 0)
      throw new GatewayError('route_unknown', `Tollgate serves nothing at ${pathname}.`);
    const allow = [...allowed].join(', ');
    throw new GatewayError('method_not_allowed', `${method} is not allowed at ${pathname}; use ${allow}.`, {
      headers: { allow },
    });
  }

  function formatOf(pathname: string, headers: Headers): WireFormat {
    const path = trimmed(pathname);
    const serving = patterns.filter(({ expression }) => expression.test(path)).map(({ format }) => format);
    // Formats share bases: who serves the path, if by another method, goes before whose base it is.
    const owner = [...bases].find(([base]) => pathname === base || pathname.startsWith(`${base}/`))?.[1];
    if (serving.length === 0 && owner !== undefined) return owner;
    const candidates = serving.length > 0 ? serving : recognising;
    return (
      candidates.find((format) => format.recognises?.(headers) === true) ??
      serving.at(-1) ??
      // Nobody's path and nobody's client.
      fallback ??
      formats[0]!
    );
  }

  return {
    match,
    formatOf,
    isBase: (pathname) => bases.has(trimmed(pathname)) || pathname === '/',
  };
}
