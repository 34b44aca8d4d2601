/** Every upstream the gateway knows, and which of them serves a model. */
import type { ModelEntry } from '@/lib/domain/model';
import { anthropic } from './anthropic/anthropic';
import { type Catalogue, createCatalogue } from './catalogue';
import { google } from './google/google';
import type { Provider, ProviderSettings } from './provider';
import { sandbox } from './sandbox/sandbox';

const REAL: readonly Provider[] = [anthropic, google];
export const PROVIDERS: readonly Provider[] = [...REAL, sandbox];

export interface Candidate {
  readonly provider: Provider;
  /** `null` for an id that is not in the catalogue but plainly the provider's. */
  readonly entry: ModelEntry | null;
}

interface Directory {
  find(model: string): Candidate | null;
  /** Models of configured providers. */
  readonly models: readonly ModelEntry[];
}

/** Every model any provider serves; names prices and aliases independently of what is configured. */
export const CATALOGUE: Catalogue = createCatalogue(
  REAL.map(({ name, models }) => ({ provider: name, models })),
);

type SettingsByName = Readonly<Record<string, ProviderSettings>>;
const directories = new WeakMap<SettingsByName, Map<string, Directory>>();

function buildDirectory(settings: SettingsByName, format: string): Directory {
  const speaking = PROVIDERS.filter((provider) => provider.formats.includes(format));
  const configured = speaking.filter((provider) => settings[provider.name] !== undefined);
  // A configured provider goes first; an unconfigured one is still named, so that the refusal can say so.
  const ordered = [
    ...configured,
    ...speaking.filter((provider) => !configured.includes(provider) && provider !== sandbox),
  ];
  return {
    find(model) {
      const entry = CATALOGUE.find(model)?.entry ?? null;
      const owns = (provider: Provider) =>
        entry === null ? provider.claims(model) : provider.models.some((known) => known.id === entry.id);
      const provider = ordered.find(owns);
      return provider === undefined ? null : { provider, entry };
    },
    models: configured.flatMap((provider) => provider.models),
  };
}

/** The providers that speak a format under these settings. Built once per settings object. */
export function providersFor(settings: SettingsByName, format: string): Directory {
  let byFormat = directories.get(settings);
  if (byFormat === undefined) directories.set(settings, (byFormat = new Map()));
  let directory = byFormat.get(format);
  if (directory === undefined) byFormat.set(format, (directory = buildDirectory(settings, format)));
  return directory;
}
