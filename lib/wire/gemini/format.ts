/** Google's Gemini API: `/v1beta/models/{model}:…`, where the path names the model and the action. */
import { geminiDialect, STREAMING } from '@/lib/wire/bodies/gemini/dialect';
import type { Endpoint, WireFormat } from '@/lib/wire/format';

/**
 * `@google/genai` 3 moved to `/v1`; with an API key in its Vertex mode it names the publisher; OpenClaw's managed
 * gateways name the provider.
 */
function action(name: string, kind: Endpoint['kind']): Endpoint {
  return {
    name,
    kind,
    method: 'POST',
    path: `/v1beta/models/{model+}:${name}`,
    aliases: [
      `/v1/models/{model+}:${name}`,
      `/v1beta1/publishers/google/models/{model+}:${name}`,
      `/v1/publishers/google/models/{model+}:${name}`,
      `/v1/native/{provider}/v1beta/models/{model+}:${name}`,
    ],
  };
}

export const gemini: WireFormat = {
  ...geminiDialect,
  name: 'gemini',
  mount: 'gemini',
  root: true,
  bases: ['/v1beta', '/v1beta1'],
  endpoints: [
    action('generateContent', 'generate'),
    action(STREAMING, 'generate'),
    action('embedContent', 'embed'),
    action('batchEmbedContents', 'embed'),
    { ...action('countTokens', 'count'), embeds: true },
    { name: 'models', kind: 'list-models', method: 'GET', path: '/v1beta/models', aliases: ['/v1/models'] },
    {
      name: 'model',
      kind: 'get-model',
      method: 'GET',
      path: '/v1beta/models/{model+}',
      aliases: ['/v1/models/{model+}'],
    },
  ],
  keyInQuery: true,
  // Google's libraries send both; older ones only the key.
  recognises: (headers) => headers.has('x-goog-api-key') || headers.has('x-goog-api-client'),
};
