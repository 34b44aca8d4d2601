/** Amazon Bedrock as an upstream: its own API, and Anthropic's Messages for its Claude models. */
import { carryMessages } from '@/lib/providers/bedrock/anthropic-carrier';
import { bareId, findModel, isGlobal, speaksMessages, upstreamIdOf } from '@/lib/providers/bedrock/model-ids';
import { BEDROCK_MODELS } from '@/lib/providers/bedrock/models';
import { encodeSegment, HOST_HEADERS, joinUrl, keyedHeaders, pathOf, probeRoot } from '@/lib/providers/http';
import type { Provider, ProviderSettings, ProviderTools, UpstreamCall } from '@/lib/providers/provider';

const DEFAULT_REGION = 'us-east-1';

const regionOf = ({ aws }: ProviderSettings) => aws?.region ?? DEFAULT_REGION;

/** Where and with which headers a Messages call is carried. */
function carrierOf(call: UpstreamCall, region: string): { readonly path: string; readonly headers: Headers } {
  const model = upstreamIdOf(call.model, region);
  const counting = call.endpoint.kind === 'count';
  const action = counting ? 'count-tokens' : call.stream ? 'invoke-with-response-stream' : 'invoke';
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' });
  const agent = call.headers.get('user-agent');
  if (agent !== null) headers.set('user-agent', agent);
  if (call.stream) headers.set('x-amzn-bedrock-accept', 'application/json');
  // Tokens are counted by models, not by profiles.
  return { path: `/model/${encodeSegment(counting ? bareId(model) : model)}/${action}`, headers };
}

/** Sends signed with the operator's keys, or with his API key; nothing of the caller's credentials is left by now. */
async function fetchAs(
  call: UpstreamCall,
  url: string,
  settings: ProviderSettings,
  signal: AbortSignal,
  tools: ProviderTools,
) {
  const { aws } = settings;
  const { method } = call.endpoint;
  const headers = keyedHeaders(call, settings.apiKey, 'bearer');
  const request = { url, method, headers, body: call.body };
  const signed = aws === undefined || aws.keys === null ? headers : await tools.signAws(request, aws);
  return tools.fetch({ ...request, headers: signed, signal });
}

export const bedrock: Provider = {
  name: 'bedrock',
  displayName: 'Amazon Bedrock',
  formats: ['bedrock', 'anthropic-messages'],
  compatFormats: [],
  models: BEDROCK_MODELS,
  find: findModel,
  serves: (format, entry, upstreamModel) =>
    format !== 'anthropic-messages' || speaksMessages(entry, upstreamModel),
  premiums: (model, settings) => (isGlobal(upstreamIdOf(model, regionOf(settings))) ? [] : ['regional']),
  // Bedrock generates, and bills, to the end.
  onCallerLeave: 'drain',
  requestIdHeader: 'x-amzn-requestid',
  privateResponseHeaders: [...HOST_HEADERS, 'x-amzn-trace-id', 'x-amzn-remapped-', 'x-amz-'],

  async send(call, settings, signal, tools) {
    const region = regionOf(settings);
    if (call.format !== 'anthropic-messages') {
      const named = { ...call, model: upstreamIdOf(call.model, region) };
      return fetchAs(named, joinUrl(settings.baseUrl, pathOf(named)), settings, signal, tools);
    }
    const { path, headers } = carrierOf(call, region);
    const url = joinUrl(settings.baseUrl, path);
    const given = call.body ?? new Uint8Array();
    return carryMessages(given, call.headers, call.endpoint.kind === 'count', (body) =>
      fetchAs({ ...call, body, headers }, url, settings, signal, tools),
    );
  },

  probe: probeRoot,
};
