/** Anthropic's API as an upstream. */
import { finder } from '@/lib/providers/catalogue';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { HOST_HEADERS, joinUrl, keyedHeaders, pathOf, probeRoot, requestOf } from '@/lib/providers/http';
import type { Provider } from '@/lib/providers/provider';

/** Sent only for callers that name no version; every client that we know names one. */
const DEFAULT_VERSION = '2023-06-01';

export const anthropic: Provider = {
  name: 'anthropic',
  displayName: 'Anthropic',
  formats: ['anthropic-messages'],
  models: ANTHROPIC_MODELS,
  // POST /v1/chat/completions with a bearer key (platform.claude.com, OpenAI SDK compatibility).
  compatFormats: ['openai-chat'],
  find: finder(ANTHROPIC_MODELS, (model) => model.startsWith('claude-')),
  // Anthropic stops generating, and billing, when the connection closes.
  onCallerLeave: 'abort',
  requestIdHeader: 'request-id',
  privateResponseHeaders: [
    ...HOST_HEADERS,
    'anthropic-ratelimit-',
    'anthropic-fast-',
    'anthropic-organization-id',
    'anthropic-workspace-id',
    'anthropic-priority-',
  ],

  send(call, settings, signal, tools) {
    const isCompat = call.format === 'openai-chat';
    const headers = keyedHeaders(call, settings.apiKey, isCompat ? 'bearer' : 'x-api-key');
    if (!isCompat && !headers.has('anthropic-version')) headers.set('anthropic-version', DEFAULT_VERSION);
    return tools.fetch(requestOf(call, joinUrl(settings.baseUrl, pathOf(call)), headers, signal));
  },

  probe: probeRoot,
};
