/** Google's own models on Vertex AI: Gemini's bodies below a project and a location, which the gateway replaces by the operator's. */
import { geminiDialect, STREAMING } from '@/lib/wire/bodies/gemini/dialect';
import type { Endpoint, WireFormat } from '@/lib/wire/format';

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
};
