/** Anthropic's API as an upstream. */
import { GatewayError } from '@/lib/domain/errors';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import type { Provider, ProviderSettings, UpstreamCall } from '@/lib/providers/provider';

/** Sent only for callers that name no version; every client that we know names one. */
const DEFAULT_VERSION = '2023-06-01';

export const anthropic: Provider = {
  name: 'anthropic',
  displayName: 'Anthropic',
  formats: ['anthropic-messages'],
  models: ANTHROPIC_MODELS,
  claims: (model) => model.startsWith('claude-'),
  // Anthropic stops generating, and billing, when the connection closes.
  onCallerLeave: 'abort',
  requestIdHeader: 'request-id',
  privateResponseHeaders: [
    'anthropic-ratelimit-',
    'anthropic-fast-',
    'anthropic-organization-id',
    'anthropic-workspace-id',
    'anthropic-priority-',
    'cf-',
    'x-envoy-',
    'via',
    'server',
    'server-timing',
    'set-cookie',
    'x-robots-tag',
    'strict-transport-security',
    'content-security-policy',
    'alt-svc',
    'report-to',
    'reporting-endpoints',
    'nel',
    'traceresponse',
  ],

  send(call, settings, signal, tools) {
    return tools.fetch({
      url: urlOf(call, settings),
      method: call.endpoint.method,
      headers: headersOf(call, settings),
      body: call.body,
      signal,
    });
  },

  probe(settings, signal, tools) {
    const headers = new Headers({ 'accept-encoding': 'identity' });
    return tools.fetch({ url: `${trimmed(settings.baseUrl)}/`, method: 'GET', headers, body: null, signal });
  },
};

function urlOf(call: UpstreamCall, settings: ProviderSettings): string {
  const path = call.endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeSegment(call.params[name] ?? ''),
  );
  return trimmed(settings.baseUrl) + path + call.search;
}

/** @throws GatewayError `route_unknown` for a dot segment: URLs resolve it even when it is percent-encoded. */
function encodeSegment(value: string): string {
  if (value === '' || value === '.' || value === '..')
    throw new GatewayError('route_unknown', 'No such route.');
  return encodeURIComponent(value);
}

function headersOf(call: UpstreamCall, settings: ProviderSettings): Headers {
  const headers = new Headers(call.headers);
  headers.delete('authorization');
  headers.set('x-api-key', settings.apiKey);
  // A compressed stream could not be metered without decoding it, and some callers cannot decode it either.
  headers.set('accept-encoding', 'identity');
  if (!headers.has('anthropic-version')) headers.set('anthropic-version', DEFAULT_VERSION);
  if (call.body !== null && !headers.has('content-type')) headers.set('content-type', 'application/json');
  return headers;
}

function trimmed(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '');
}
