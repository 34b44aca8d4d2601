/** Google's Gemini API as an upstream; so far for embeddings. */
import { GatewayError } from '@/lib/domain/errors';
import { finder } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import type { Provider } from '@/lib/providers/provider';
import { readEmbedBody } from '@/lib/wire/embed/format';

export const google: Provider = {
  name: 'google',
  displayName: 'Google Gemini',
  formats: ['embed'],
  models: GOOGLE_MODELS,
  compatFormats: [],
  // OpenAI's embedding models start with `text-embedding-` too; Google's go on with a three-digit number.
  find: finder(GOOGLE_MODELS, (model) =>
    /^(gemini-|text-embedding-\d{3}$|text-multilingual-embedding-)/.test(model),
  ),
  onCallerLeave: 'abort',
  requestIdHeader: 'x-goog-request-id',
  privateResponseHeaders: [
    'x-goog-',
    'server',
    'server-timing',
    'via',
    'set-cookie',
    'alt-svc',
    'strict-transport-security',
    'content-security-policy',
  ],

  async send(call, settings, signal, tools) {
    if (call.endpoint.kind !== 'embed' || call.body === null) {
      throw new GatewayError('route_unknown', 'Google answers embedding calls only.');
    }
    const { model, contents } = readEmbedBody(call.body);
    return tools.embed(settings, { model, contents, signal });
  },

  probe(settings, signal, tools) {
    const headers = new Headers({ 'accept-encoding': 'identity' });
    return tools.fetch({ url: settings.baseUrl, method: 'GET', headers, body: null, signal });
  },
};
