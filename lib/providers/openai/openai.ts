/** OpenAI's API as an upstream. */
import { finder } from '@/lib/providers/catalogue';
import { HOST_HEADERS, joinUrl, keyedHeaders, pathOf, probeRoot, requestOf } from '@/lib/providers/http';
import { OPENAI_MODELS } from '@/lib/providers/openai/models';
import type { Provider } from '@/lib/providers/provider';

/** Ids of OpenAI's look; `gpt-oss` has open weights, which others serve. */
const OWN_IDS = /^(?:gpt-(?!oss)|o[1-9]|chatgpt-|codex-|text-embedding-3|ft:)/;

/** `eu.api.openai.com` and its like process in their region, which costs more with recent models. */
const REGIONAL_HOST = /^https:\/\/[a-z]{2}\.api\.openai\.com(?:[:/]|$)/;

export const openai: Provider = {
  name: 'openai',
  displayName: 'OpenAI',
  formats: ['openai-chat', 'openai-responses', 'openai-embeddings'],
  compatFormats: [],
  models: OPENAI_MODELS,
  find: finder(OPENAI_MODELS, (model) => OWN_IDS.test(model)),
  premiums: (_model, { baseUrl }) => (REGIONAL_HOST.test(baseUrl) ? ['regional'] : []),
  // OpenAI stops generating when the connection closes.
  onCallerLeave: 'abort',
  requestIdHeader: 'x-request-id',
  privateResponseHeaders: [...HOST_HEADERS, 'openai-organization', 'openai-project', 'x-ratelimit-'],

  send(call, settings, signal, tools) {
    const headers = keyedHeaders(call, settings.apiKey, 'bearer');
    return tools.fetch(requestOf(call, joinUrl(settings.baseUrl, pathOf(call)), headers, signal));
  },

  probe: probeRoot,
};
