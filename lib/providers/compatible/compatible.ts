/** Upstreams the operator defines in one configuration value: any server that speaks a known format. */
import type { ModelEntry } from '@/lib/domain/model';
import { finder } from '@/lib/providers/catalogue';
import { formOf } from '@/lib/providers/google-query';
import {
  HOST_HEADERS,
  joinUrl,
  keyedHeaders,
  type KeyPlace,
  pathOf,
  probeRoot,
  requestOf,
} from '@/lib/providers/http';
import type { Provider } from '@/lib/providers/provider';

export interface CompatibleModel {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly displayName?: string | undefined;
  readonly upstreamId?: string | undefined;
  readonly kind: ModelEntry['kind'];
  readonly contextTokens: number;
  readonly maxOutputTokens: number;
  /** It has a price of its own. */
  readonly price?: unknown;
  readonly priceAs?: string | undefined;
}

export interface CompatibleDefinition {
  readonly name: string;
  readonly displayName?: string | undefined;
  readonly baseUrl: string;
  readonly formats: readonly string[];
  readonly auth?: KeyPlace | undefined;
  readonly includeUsage: boolean;
  readonly onCallerLeave: 'abort' | 'drain';
  readonly models: readonly CompatibleModel[];
}

/** Operators don't say when their models came out. */
const NO_DATE = '1970-01-01T00:00:00Z';

/** Where each format's own provider wants its key. */
const KEY_PLACES: Readonly<Record<string, KeyPlace>> = {
  'anthropic-messages': 'x-api-key',
  gemini: 'x-goog-api-key',
};

/** How plans and overrides name a defined model beyond doubt. */
export function qualifiedId(provider: string, model: string): string {
  return `${provider}/${model}`;
}

/** The id under which a defined model's own price is kept: no upstream's model can bear it, a router's `maker/name` neither. */
export function ownPriceId(provider: string, model: string): string {
  return `configured:${qualifiedId(provider, model)}`;
}

function entryOf(provider: string, model: CompatibleModel, taken: ReadonlySet<string>): ModelEntry {
  const { id, kind, contextTokens, maxOutputTokens } = model;
  const qualified = qualifiedId(provider, id);
  const priceId = model.price === undefined ? model.priceAs : ownPriceId(provider, id);
  return {
    id,
    aliases: taken.has(qualified) ? model.aliases : [...model.aliases, qualified],
    displayName: model.displayName ?? id,
    createdAt: NO_DATE,
    contextTokens,
    maxOutputTokens,
    kind,
    ...(priceId === undefined ? {} : { priceId }),
  };
}

/** Makes a provider of a definition. Nothing but its listed models is served: nobody knows what others would cost. */
export function createCompatible(definition: CompatibleDefinition): Provider {
  const { name, models } = definition;
  const taken = new Set(models.flatMap(({ id, aliases }) => [id, ...aliases]));
  const entries = models.map((model) => entryOf(name, model, taken));
  const upstreamIds = new Map(models.map(({ id, upstreamId }) => [id, upstreamId]));
  const find = finder(entries, () => false);
  return {
    name,
    displayName: definition.displayName ?? name,
    formats: definition.formats,
    compatFormats: [],
    models: entries,
    find(model) {
      const match = find(model);
      if (match === null || match.entry === null) return null;
      return { ...match, upstreamModel: upstreamIds.get(match.entry.id) ?? match.upstreamModel };
    },
    ...(definition.includeUsage ? {} : { reportsUsageUnasked: true }),
    onCallerLeave: definition.onCallerLeave,
    requestIdHeader: 'x-request-id',
    privateResponseHeaders: [...HOST_HEADERS, 'x-ratelimit-', 'openai-', 'anthropic-ratelimit-'],
    send(call, settings, signal, tools) {
      const place = definition.auth ?? KEY_PLACES[call.format] ?? 'bearer';
      const headers = keyedHeaders(call, settings.apiKey, place);
      const path = call.format.startsWith('openai-') ? pathOf(call).replace(/^\/v1(?=\/)/, '') : pathOf(call);
      const url = call.format.startsWith('openai-')
        ? settings.baseUrl + path
        : joinUrl(settings.baseUrl.replace(/\/v1$/, ''), path);
      const search = call.format === 'gemini' ? formOf(call.search) : call.search;
      return tools.fetch(requestOf({ ...call, search }, url, headers, signal));
    },
    probe: probeRoot,
  };
}
