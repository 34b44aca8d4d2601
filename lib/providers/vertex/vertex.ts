/** Google's Vertex AI as an upstream: Gemini, Claude and embeddings in the operator's own project and location. */
import type { ModelEntry } from '@/lib/domain/model';
import { removeTopLevel, replaceTopLevel } from '@/lib/std/json-edit';
import { createCatalogue } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import { formOf } from '@/lib/providers/google-query';
import { encodeSegment, HOST_HEADERS, keyedHeaders, probeRoot, requestOf } from '@/lib/providers/http';
import type { ModelMatch, Provider, UpstreamCall, VertexSettings } from '@/lib/providers/provider';
import { VERTEX_CLAUDE_MODELS, VERTEX_EMBEDDINGS } from '@/lib/providers/vertex/models';

/** Anthropic's only version of its API on Vertex. */
const ANTHROPIC_VERSION = 'vertex-2023-10-16';
/** Its paths are those of Google's own libraries, and it knows every field that `v1` knows. */
const GOOGLE_API = 'v1beta1';
const ANTHROPIC_API = 'v1';
/** The one place where Claude's prompts are counted, whichever model is to read them. */
const COUNT_ACTION = 'count-tokens:rawPredict';

const MODELS: readonly ModelEntry[] = [...GOOGLE_MODELS, ...VERTEX_CLAUDE_MODELS, ...VERTEX_EMBEDDINGS];
const CATALOGUE = createCatalogue([{ provider: 'vertex', models: MODELS }]);
const CLAUDE_IDS: ReadonlySet<string> = new Set(VERTEX_CLAUDE_MODELS.map(({ id }) => id));

const isClaude = (model: string) => model.startsWith('claude-');
const isGoogles = (model: string) =>
  /^(gemini-|text-embedding-\d{3}$|text-multilingual-embedding-)/.test(model);

/** Anthropic writes a model's date with a hyphen, Vertex with an at sign. */
const vertexId = (model: string) => model.replace(/-(20\d{6})$/, '@$1');

function find(model: string): ModelMatch | null {
  const id = isClaude(model) ? vertexId(model) : model;
  const entry = CATALOGUE.find(id)?.entry ?? null;
  // Claude's bare names mean the version that the catalogue names.
  if (entry !== null) return { entry, upstreamModel: CLAUDE_IDS.has(entry.id) ? entry.id : id };
  return isClaude(model) || isGoogles(model) ? { entry, upstreamModel: id } : null;
}

export const vertex: Provider = {
  name: 'vertex',
  displayName: 'Google Vertex AI',
  formats: ['gemini', 'vertex-gemini', 'vertex-claude', 'anthropic-messages'],
  models: MODELS,
  compatFormats: [],
  find,
  serves(format, entry, upstreamModel) {
    if (isClaude(upstreamModel)) return format === 'vertex-claude' || format === 'anthropic-messages';
    // Vertex embeds by `predict`, which only its own format has.
    return format === 'vertex-gemini' || (format === 'gemini' && entry?.kind !== 'embedding');
  },
  // Outside the global location Claude costs a tenth more; the price rows say for which models.
  premiums: (model, { vertex: settings }) =>
    isClaude(model) && settings?.location !== 'global' ? ['regional'] : [],
  onCallerLeave: 'abort',
  requestIdHeader: 'request-id',
  privateResponseHeaders: [
    ...HOST_HEADERS,
    'x-goog-',
    'x-vertex-ai-',
    'www-authenticate',
    'anthropic-ratelimit-',
  ],

  async send(call, settings, signal, tools) {
    if (settings.vertex === undefined) throw new Error('vertex without its settings');
    const token = await tools.googleToken(settings.vertex.serviceAccount, signal);
    const headers = keyedHeaders(call, token, 'bearer');
    headers.set('content-type', 'application/json');
    const { version, models } = placeOf(settings.vertex, isClaude(call.model));
    const { path, body, search } =
      call.format === 'anthropic-messages' ? transcribed(call, headers) : inPlace(call, models);
    const url = `${settings.baseUrl}/${version}/${models}/${path}`;
    return tools.fetch(requestOf({ ...call, body, search }, url, headers, signal));
  },

  probe: probeRoot,
};

interface PlacedRequest {
  /** Model and action. */
  readonly path: string;
  readonly body: Uint8Array | null;
  readonly search: string;
}

/** Where the models are: in the operator's project and location, never in the caller's. */
function placeOf({ project, location }: VertexSettings, claude: boolean) {
  const publisher = claude ? 'anthropic' : 'google';
  const where = `projects/${encodeSegment(project)}/locations/${encodeSegment(location)}`;
  return {
    version: claude ? ANTHROPIC_API : GOOGLE_API,
    models: `${where}/publishers/${publisher}/models`,
  };
}

/** Vertex's own libraries send the date's at sign as it is. */
const segmentOf = (model: string) => encodeSegment(model).replaceAll('%40', '@');

/** Both formats of Vertex, and the Gemini API's: the action is what follows the model. */
function inPlace({ endpoint, model, body, search }: UpstreamCall, models: string): PlacedRequest {
  const form = formOf(search);
  if (endpoint.kind === 'count' && isClaude(model)) return { path: COUNT_ACTION, body, search: form };
  const action = endpoint.path.slice(endpoint.path.lastIndexOf(':') + 1);
  // Some clients name model and project once more in what they have counted.
  const placed = body === null ? null : replaceTopLevel(body, { model: `${models}/${model}` });
  return { path: `${segmentOf(model)}:${action}`, body: isClaude(model) ? body : placed, search: form };
}

/**
 * Anthropic's own call: the model and the stream go into the path, the version into the body. Betas stay a header, and the
 * answer is Anthropic's own.
 */
function transcribed({ endpoint, model, body, stream }: UpstreamCall, headers: Headers): PlacedRequest {
  headers.delete('anthropic-version');
  const versioned = (bytes: Uint8Array) =>
    replaceTopLevel(bytes, { anthropic_version: ANTHROPIC_VERSION }, { insertMissing: true });
  // Vertex takes no query of Anthropic's (`?beta=true`).
  const search = '';
  if (endpoint.kind === 'count')
    return { path: COUNT_ACTION, body: body === null ? null : versioned(body), search };
  const action = stream ? 'streamRawPredict' : 'rawPredict';
  const bare = body === null ? null : versioned(removeTopLevel(body, ['model']));
  return { path: `${segmentOf(model)}:${action}`, body: bare, search };
}
