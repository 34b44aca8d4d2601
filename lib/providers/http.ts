/** What most upstreams have in common: URLs put together from the operator's base and an endpoint's path, and one key header. */
import { GatewayError } from '@/lib/domain/errors';
import { climbs } from '@/lib/std/segments';
import type {
  ProviderSettings,
  ProviderTools,
  UpstreamCall,
  UpstreamRequest,
  UpstreamResponse,
} from './provider';

/** Where an upstream wants its key. */
export type KeyPlace = 'bearer' | 'x-api-key' | 'api-key' | 'x-goog-api-key';

/** Response headers of hosts and proxies that say nothing of the answer. */
export const HOST_HEADERS: readonly string[] = [
  'cf-',
  'x-envoy-',
  'via',
  'server',
  'server-timing',
  'set-cookie',
  'x-robots-tag',
  // The operator's own limits; callers get theirs.
  'x-ratelimit-',
  'ratelimit-',
  'x-ms-',
  'azureml-',
  'x-litellm-',
  'x-served-by',
  'x-cache',
  'x-cache-hits',
  'x-timer',
  'strict-transport-security',
  'content-security-policy',
  'alt-svc',
  'report-to',
  'reporting-endpoints',
  'nel',
  'traceresponse',
];

/** @throws GatewayError `route_unknown` for a dot segment */
export function encodeSegment(value: string): string {
  if (climbs(value)) throw new GatewayError('route_unknown', 'No such route.');
  return encodeURIComponent(value);
}

/** An endpoint's path with its parameters in place; `model` is the upstream's id. */
export function pathOf(call: UpstreamCall): string {
  return call.endpoint.path.replace(/\{(\w+)\+?\}/g, (_, name: string) =>
    encodeSegment(name === 'model' ? call.model : (call.params[name] ?? '')),
  );
}

/** Base and path joined; a version that both name (`…/v1` and `/v1/…`) stands once. */
export function joinUrl(baseUrl: string, path: string): string {
  const base = baseUrl.replace(/\/+$/, '');
  const version = /\/v\d\w*$/.exec(base)?.[0];
  return version !== undefined && path.startsWith(`${version}/`)
    ? base + path.slice(version.length)
    : base + path;
}

/** The caller's headers with the operator's key in place of any of his. */
export function keyedHeaders(call: UpstreamCall, key: string, place: KeyPlace): Headers {
  const headers = new Headers(call.headers);
  headers.delete('authorization');
  if (key !== '') {
    if (place === 'bearer') headers.set('authorization', `Bearer ${key}`);
    else headers.set(place, key);
  }
  // A compressed stream could not be metered without decoding it, and some callers cannot decode it either.
  headers.set('accept-encoding', 'identity');
  // All bodies are JSON; under another type an upstream could read them in another way than they were checked.
  if (call.body !== null) headers.set('content-type', 'application/json');
  return headers;
}

/** The call as an HTTP request: same method, query and body. */
export function requestOf(
  call: UpstreamCall,
  url: string,
  headers: Headers,
  signal: AbortSignal,
): UpstreamRequest {
  return { url: url + call.search, method: call.endpoint.method, headers, body: call.body, signal };
}

/** Asks the root of an upstream: any answer shows that it is reachable. */
export function probeRoot(
  { baseUrl }: ProviderSettings,
  signal: AbortSignal,
  tools: ProviderTools,
): Promise<UpstreamResponse> {
  const headers = new Headers({ 'accept-encoding': 'identity' });
  return tools.fetch({ url: `${new URL(baseUrl).origin}/`, method: 'GET', headers, body: null, signal });
}
