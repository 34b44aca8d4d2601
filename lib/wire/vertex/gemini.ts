/** Google's own models on Vertex AI: Gemini's bodies below a project and a location, which the gateway replaces by the operator's. */
import { GatewayError } from '@/lib/domain/errors';
import { geminiDialect } from '@/lib/wire/bodies/gemini/dialect';
import { readGenerateCall } from '@/lib/wire/bodies/gemini/read-call';
import { readEmbedCall } from '@/lib/wire/bodies/gemini/read-embed';
import type { Endpoint, WireFormat } from '@/lib/wire/format';

const STREAMING = 'streamGenerateContent';
const MODEL = 'projects/{project}/locations/{location}/publishers/google/models/{model+}';

function action(name: string, kind: Endpoint['kind']): Endpoint {
  return {
    name,
    kind,
    method: 'POST',
    path: `/v1/${MODEL}:${name}`,
    aliases: [`/v1beta1/${MODEL}:${name}`, `/vertex/v1/${MODEL}:${name}`, `/vertex/v1beta1/${MODEL}:${name}`],
  };
}

export const vertexGemini: WireFormat = {
  ...geminiDialect,
  name: 'vertex-gemini',
  mount: 'vertex',
  root: true,
  bases: ['/vertex', '/v1/projects', '/v1beta1/projects'],
  endpoints: [
    action('generateContent', 'generate'),
    action(STREAMING, 'generate'),
    { ...action('countTokens', 'count'), embeds: true },
    action('predict', 'embed'),
    action('embedContent', 'embed'),
  ],
  readCall({ endpoint, params, body, headers }) {
    const model = params['model'];
    if (model === undefined) throw new GatewayError('body_invalid', 'model: the path names none');
    if (endpoint.kind === 'embed') return readEmbedCall({ model, body });
    const counts = endpoint.kind === 'count';
    return readGenerateCall({ model, stream: endpoint.name === STREAMING, counts, body, headers });
  },
};
