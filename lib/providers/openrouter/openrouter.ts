/** OpenRouter as an upstream: it resells most makers' models and says what each answer cost. */
import { createCatalogue } from '@/lib/providers/catalogue';
import { HOST_HEADERS, joinUrl, keyedHeaders, pathOf, probeRoot, requestOf } from '@/lib/providers/http';
import { findByOwnId, findResold, RESOLD_MODELS } from '@/lib/providers/openrouter/ids';
import { OPENROUTER_MODELS } from '@/lib/providers/openrouter/models';
import type { ModelMatch, Provider } from '@/lib/providers/provider';

const MODELS = [...OPENROUTER_MODELS, ...RESOLD_MODELS];
const CATALOGUE = createCatalogue([{ provider: 'openrouter', models: OPENROUTER_MODELS }]);

/** Its own models route to others: `openrouter/auto`. What they cost is known when they have answered. */
const ROUTERS: ReadonlySet<string> = new Set([
  'auto',
  'auto-beta',
  'free',
  'fusion',
  'bodybuilder',
  'pareto-code',
]);
const OWN_PREFIX = 'openrouter/';

/** Suffixes that choose how a model is served and leave its price: `:free` and `:extended` are models of their own. */
const VARIANT = /:(?:nitro|floor|exacto|online|thinking|beta)$/;

/** `maker/model`, at times with a `~` before it or a variant after it. */
const LOOKS_LIKE_ONE = /^~?[a-z0-9][\w.-]*\/[\w.:-]+$/i;

function find(model: string): ModelMatch | null {
  if (ROUTERS.has(model)) return { entry: null, upstreamModel: OWN_PREFIX + model };
  if (model.startsWith(OWN_PREFIX)) return { entry: null, upstreamModel: model };
  const variant = VARIANT.exec(model)?.[0] ?? '';
  const base = model.slice(0, model.length - variant.length);
  const own = base.includes('/') ? null : findByOwnId(base);
  if (own !== null) return { ...own, upstreamModel: own.upstreamModel + variant };
  const listed = (CATALOGUE.find(model) ?? CATALOGUE.find(base))?.entry ?? findResold(base);
  if (listed !== null) return { entry: listed, upstreamModel: spelled(model, base, listed.id, variant) };
  return LOOKS_LIKE_ONE.test(model) ? { entry: null, upstreamModel: model } : null;
}

/** A maker's own spelling after its prefix (`anthropic/claude-opus-4-5`) is put into OpenRouter's; the rest is left. */
function spelled(model: string, base: string, id: string, variant: string): string {
  return base.startsWith('anthropic/') ? id + variant : model;
}

export const openrouter: Provider = {
  name: 'openrouter',
  displayName: 'OpenRouter',
  formats: ['openai-chat', 'openai-responses', 'openai-embeddings', 'anthropic-messages'],
  compatFormats: [],
  models: MODELS,
  find,
  reportsCost: true,
  // Most of its hosts stop generating, and billing, when the connection closes.
  onCallerLeave: 'abort',
  requestIdHeader: 'x-generation-id',
  privateResponseHeaders: [
    ...HOST_HEADERS,
    'x-ratelimit-',
    'access-control-',
    'permissions-policy',
    'referrer-policy',
    'x-clerk-',
  ],

  send(call, settings, signal, tools) {
    const headers = keyedHeaders(call, settings.apiKey, 'bearer');
    return tools.fetch(requestOf(call, joinUrl(settings.baseUrl, pathOf(call)), headers, signal));
  },

  probe: probeRoot,
};
