/** Finds the management route for a method and a path. */
import { GatewayError } from '@/lib/domain/errors';
import { ROUTES, type ManagementRoute } from './routes';

export interface RouteMatch {
  readonly route: ManagementRoute;
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
}

/** Segments of a path; a trailing slash is the same place. */
const segmentsOf = (pathname: string): string[] => pathname.replace(/\/$/, '').split('/');

const PATTERNS = ROUTES.map((route) => ({ route, segments: segmentsOf(route.path) }));

function decode(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}

function paramsOf(pattern: readonly string[], segments: readonly string[]): Record<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!expected.startsWith('{')) {
      if (expected !== segment) return null;
      continue;
    }
    const value = decode(segment);
    if (value === null || value === '') return null;
    params[expected.slice(1, -1)] = value;
  }
  return params;
}

/** @throws GatewayError `route_unknown`; `method_not_allowed` with the `allow` header */
export function matchRoute(method: string, pathname: string): RouteMatch {
  const segments = segmentsOf(pathname);
  const allowed: string[] = [];
  for (const { route, segments: pattern } of PATTERNS) {
    const params = paramsOf(pattern, segments);
    if (params === null) continue;
    if (route.method === method) return { route, params };
    allowed.push(route.method);
  }
  if (allowed.length === 0)
    throw new GatewayError('route_unknown', `The management API has nothing at ${pathname}.`);
  const allow = allowed.join(', ');
  throw new GatewayError('method_not_allowed', `${method} is not allowed at ${pathname}; use ${allow}.`, {
    headers: { allow },
  });
}
