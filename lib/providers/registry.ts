/** Every upstream the gateway knows, and which of them serves a model in a format. */
import type { ModelEntry } from '@/lib/domain/model';
import { anthropic } from './anthropic/anthropic';
import { bedrock } from './bedrock/bedrock';
import { type Catalogue, createCatalogue, priceIdOf } from './catalogue';
import { google } from './google/google';
import { openai } from './openai/openai';
import { openrouter } from './openrouter/openrouter';
import type { ModelMatch, Provider, ProviderSettings } from './provider';
import { sandbox } from './sandbox/sandbox';
import { vertex } from './vertex/vertex';

/** A plain id goes to the first that is configured: who makes models, then clouds, then what the operator defined; compatibility layers after those, routers last. */
const MAKERS_AND_CLOUDS: readonly Provider[] = [anthropic, openai, google, vertex, bedrock];
const ROUTERS: readonly Provider[] = [openrouter];
const REAL: readonly Provider[] = [...MAKERS_AND_CLOUDS, ...ROUTERS];

const inOrder = (custom: readonly Provider[]): readonly Provider[] => [
  ...MAKERS_AND_CLOUDS,
  ...custom,
  ...ROUTERS,
  sandbox,
];

/** What the operator configured: settings by provider name, and providers of his own. */
export interface Configured {
  readonly providers: Readonly<Record<string, ProviderSettings>>;
  readonly customProviders: readonly Provider[];
}

export interface Candidate extends ModelMatch {
  readonly provider: Provider;
  /** Served through the provider's own compatibility layer. */
  readonly compat: boolean;
  /** The id it is priced under. */
  readonly priceModel: string;
}

interface Offer {
  readonly provider: Provider;
  readonly entry: ModelEntry;
  readonly compat: boolean;
}

export interface Directory {
  /**
   * Where a model is served. `provider/model` names the provider; a name nobody has leaves it to routers such as OpenRouter.
   * @param pin the only provider that may serve it, where the path names one
   */
  find(model: string, pin?: string): Candidate | null;
  /** Models of configured providers, each id once, from the provider that serves it. */
  readonly offers: readonly Offer[];
}

/** Every model the built-in providers list; names prices and aliases independently of what is configured. */
export const CATALOGUE: Catalogue = createCatalogue(
  REAL.map(({ name, models }) => ({ provider: name, models })),
);

/** The id of the price table that a model's id means; `null` where the catalogue doesn't know it. */
export function priceIdFor(model: string): string | null {
  const entry = CATALOGUE.find(model)?.entry;
  return entry === undefined ? null : priceIdOf(entry);
}

/** The providers this gateway can reach, in the order they are asked. */
export function configuredProviders({ providers, customProviders }: Configured): readonly Provider[] {
  return inOrder(customProviders).filter(({ name }) => providers[name] !== undefined);
}

const directories = new WeakMap<Configured['providers'], Map<string, Directory>>();

function buildDirectory(configured: Configured, format: string): Directory {
  const speaking = inOrder(configured.customProviders).filter(
    ({ formats, compatFormats }) => formats.includes(format) || compatFormats.includes(format),
  );
  const isNative = (provider: Provider) => provider.formats.includes(format);
  const isConfigured = ({ name }: Provider) => configured.providers[name] !== undefined;
  // A configured provider goes first; an unconfigured one is still named, so that the refusal can say so.
  const ordered = [
    ...speaking.filter(
      (provider) => isConfigured(provider) && isNative(provider) && !ROUTERS.includes(provider),
    ),
    ...speaking.filter((provider) => isConfigured(provider) && !isNative(provider)),
    ...speaking.filter(
      (provider) => isConfigured(provider) && isNative(provider) && ROUTERS.includes(provider),
    ),
    ...speaking.filter((provider) => !isConfigured(provider) && provider !== sandbox),
  ];

  function serve(provider: Provider, model: string): Candidate | null {
    const match = provider.find(model);
    if (match === null || provider.serves?.(format, match.entry, match.upstreamModel) === false) return null;
    const priceModel = match.entry === null ? match.upstreamModel : priceIdOf(match.entry);
    return { ...match, provider, compat: !isNative(provider), priceModel };
  }

  function among(providers: readonly Provider[], model: string): Candidate | null {
    const served = providers.map((provider) => serve(provider, model)).filter((one) => one !== null);
    // Who lists the model goes before who merely would take an id of that look.
    return served.find(({ entry }) => entry !== null) ?? served[0] ?? null;
  }

  return {
    find(model, pin) {
      const slash = model.indexOf('/');
      const [prefix, rest] = slash < 0 ? ['', model] : [model.slice(0, slash), model.slice(slash + 1)];
      if (pin !== undefined) {
        const provider = ordered.find(({ name }) => name === pin);
        if (provider === undefined) return null;
        return (prefix === pin ? serve(provider, rest) : null) ?? serve(provider, model);
      }
      const named = slash < 0 ? undefined : ordered.find(({ name }) => name === prefix);
      const owned = named === undefined ? null : serve(named, rest);
      const configuredOnes = ordered.filter(isConfigured);
      const elsewhere = among(configuredOnes, model);
      // A router may list what the prefix's own provider would only guess at: `anthropic/claude-opus-4.5`.
      const isGuess = owned?.entry === null && elsewhere !== null && elsewhere.entry !== null;
      if (named !== undefined && owned !== null && isConfigured(named) && !isGuess) return owned;
      return (
        elsewhere ??
        // The sandbox answers for every provider that it stands in for.
        (configuredOnes.includes(sandbox) && owned !== null ? among([sandbox], rest) : null) ??
        owned ??
        // A router would take every model: without it, nothing of it is missing.
        among(
          ordered.filter((provider) => isConfigured(provider) || provider !== openrouter),
          model,
        )
      );
    },
    offers: firstOfEach(
      ordered
        .filter(isConfigured)
        .flatMap((provider) =>
          provider.models
            .filter((entry) => provider.serves?.(format, entry, entry.id) !== false)
            .map((entry) => ({ provider, entry, compat: !isNative(provider) })),
        ),
    ),
  };
}

function firstOfEach(offers: readonly Offer[]): readonly Offer[] {
  const seen = new Set<string>();
  return offers.filter(({ entry }) => !seen.has(entry.id) && seen.add(entry.id));
}

/** The providers that speak a format under these settings. Built once per settings object. */
export function providersFor(configured: Configured, format: string): Directory {
  let byFormat = directories.get(configured.providers);
  if (byFormat === undefined) directories.set(configured.providers, (byFormat = new Map()));
  let directory = byFormat.get(format);
  if (directory === undefined) byFormat.set(format, (directory = buildDirectory(configured, format)));
  return directory;
}
