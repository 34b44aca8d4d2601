/** Claude on Vertex AI: Anthropic's bodies without a model, below a project and a location, which the gateway replaces by the operator's. */
import { GatewayError } from '@/lib/domain/errors';
import { anthropicDialect } from '@/lib/wire/bodies/anthropic/dialect';
import { readCall } from '@/lib/wire/bodies/anthropic/read-call';
import { editTopLevel } from '@/lib/wire/bodies/edits';
import type { Endpoint, WireFormat } from '@/lib/wire/format';

const STREAMING = 'streamRawPredict';
const PUBLISHER = 'projects/{project}/locations/{location}/publishers/anthropic/models';

function action(name: string, kind: Endpoint['kind'], place: string): Endpoint {
  const path = `${PUBLISHER}/${place}`;
  return {
    name,
    kind,
    method: 'POST',
    path: `/v1/${path}`,
    aliases: [`/v1beta1/${path}`, `/vertex/v1/${path}`, `/vertex/v1beta1/${path}`],
  };
}

/** Headers of Anthropic's clients, the betas among them; those that name an account are none of Vertex's. */
const PASSED_PREFIXES = ['anthropic-beta', 'anthropic-version', 'x-stainless-', 'x-claude-code-'] as const;
const PASSED_HEADERS: ReadonlySet<string> = new Set(['user-agent', 'content-type', 'accept', 'x-app']);

export const vertexClaude: WireFormat = {
  ...anthropicDialect,
  name: 'vertex-claude',
  mount: 'vertex',
  root: true,
  endpoints: [
    // Before the others, whose `{model+}` would take it for a model.
    action('count_tokens', 'count', 'count-tokens:rawPredict'),
    action('rawPredict', 'generate', '{model+}:rawPredict'),
    action(STREAMING, 'generate', `{model+}:${STREAMING}`),
  ],
  readCall({ endpoint, params, body }) {
    if (endpoint.kind === 'count') return readCall({ body }, { stream: false });
    const model = params['model'];
    if (model === undefined) throw new GatewayError('body_invalid', 'model: the path names none');
    return readCall({ body }, { model, stream: endpoint.name === STREAMING });
  },
  prepare(body, { model, ...edits }, place) {
    // Only the counting endpoint names its model in the body; the others' is in the path.
    const named = place?.endpoint.kind === 'count' && model !== undefined ? { model } : {};
    return editTopLevel(body, { ...edits, ...named }, 'max_tokens');
  },
  passesRequestHeader(name) {
    const lower = name.toLowerCase();
    return PASSED_HEADERS.has(lower) || PASSED_PREFIXES.some((prefix) => lower.startsWith(prefix));
  },
};
