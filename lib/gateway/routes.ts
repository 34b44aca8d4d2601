/** Which wire format and endpoint a path means. Built once from the registry; a path not listed is never forwarded. */
import { GatewayError } from '@/lib/domain/errors';
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
  readonly segments: readonly string[];
}

export interface RouteTable {
  /**
   * @throws GatewayError `route_unknown` or `method_not_allowed`.
   */
  match(method: string, pathname: string): Route;
  /** The format whose errors a path should be answered in; the first format of the registry where nothing else fits. */
  formatOf(pathname: string): WireFormat;
  /** Whether the path is a format's base (`/api/llm/anthropic`), which clients probe with HEAD or GET. */
  isBase(pathname: string): boolean;
}

const LLM_PREFIX = '/api/llm';

/** Segments of a path; a trailing slash is the same place. */
function split(pathname: string): string[] {
  const parts = pathname.split('/').slice(1);
  if (parts.length > 1 && parts.at(-1) === '') parts.pop();
  return parts;
}

function matchSegments(pattern: Pattern, parts: readonly string[]): Record<string, string> | null {
  if (pattern.segments.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of pattern.segments.entries()) {
    const part = parts[index] ?? '';
    if (!segment.startsWith('{')) {
      if (segment !== part) return null;
      continue;
    }
    try {
      const value = decodeURIComponent(part);
      if (value === '' || value === '.' || value === '..') return null;
      params[segment.slice(1, -1)] = value;
    } catch {
      return null;
    }
  }
  return params;
}

/** Every full path an endpoint answers on. */
function pathsOf(format: WireFormat, endpoint: Endpoint): string[] {
  const below = `${LLM_PREFIX}/${format.mount}${endpoint.path}`;
  return [below, ...(format.root ? [endpoint.path] : []), ...(endpoint.aliases ?? [])];
}

export function createRouteTable(formats: readonly WireFormat[]): RouteTable {
  const [fallback] = formats;
  if (fallback === undefined) throw new Error('the registry holds no wire format');
  const exact = new Map<string, Route>();
  const patterns: Pattern[] = [];
  const bases = new Map<string, WireFormat>();
  for (const format of formats) {
    bases.set(`${LLM_PREFIX}/${format.mount}`, format);
    for (const endpoint of format.endpoints) {
      for (const path of pathsOf(format, endpoint)) {
        patterns.push({ format, endpoint, segments: split(path) });
        if (!path.includes('{')) exact.set(`${endpoint.method} ${path}`, { format, endpoint, params: {} });
      }
    }
  }

  function match(method: string, pathname: string): Route {
    const asked = method === 'HEAD' ? 'GET' : method;
    const known = exact.get(`${asked} ${pathname}`);
    if (known !== undefined) return known;
    const parts = split(pathname);
    const allowed = new Set<string>();
    for (const pattern of patterns) {
      const params = matchSegments(pattern, parts);
      if (params === null) continue;
      if (pattern.endpoint.method === asked)
        return { format: pattern.format, endpoint: pattern.endpoint, params };
      allowed.add(pattern.endpoint.method);
    }
    if (allowed.size === 0)
      throw new GatewayError('route_unknown', `Tollgate serves nothing at ${pathname}.`);
    const allow = [...allowed].join(', ');
    throw new GatewayError('method_not_allowed', `${method} is not allowed at ${pathname}; use ${allow}.`, {
      headers: { allow },
    });
  }

  function formatOf(pathname: string): WireFormat {
    for (const [base, format] of bases)
      if (pathname === base || pathname.startsWith(`${base}/`)) return format;
    return (
      patterns.find((pattern) => matchSegments(pattern, split(pathname)) !== null)?.format ??
      fallback ??
      formats[0]!
    );
  }

  return {
    match,
    formatOf,
    isBase: (pathname) => bases.has(pathname.replace(/\/$/, '')) || pathname === '/',
  };
}
