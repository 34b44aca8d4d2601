/** Finds a model by any of its ids over the lists of all providers. */
import type { ModelEntry } from '@/lib/domain/model';
import type { ModelMatch } from './provider';

/** A model and the provider that serves it. */
export interface CatalogueMatch {
  readonly provider: string;
  readonly entry: ModelEntry;
}

export interface Catalogue {
  /** By exact id or alias, or as a dated snapshot (`<id>-YYYYMMDD`) of a known id; `null` otherwise. */
  find(id: string): CatalogueMatch | null;
  readonly all: readonly CatalogueMatch[];
}

const SNAPSHOT = /^(.+)-20\d{2}-?\d{2}-?\d{2}$/;

/** Gemini's name for a model as a resource, e.g. `models/gemini-2.5-pro`; some of its answers use it. */
const RESOURCE_PREFIX = 'models/';

/** The model of the price table that an entry is billed as. */
export function priceIdOf(entry: ModelEntry): string {
  return entry.priceId ?? entry.id;
}

/**
 * Indexes the lists once; look-ups are two or three map reads. Of one id that two providers list the first provider's counts.
 * @throws Error when two models with different prices claim the same id, because one of them would be billed as the other
 */
export function createCatalogue(
  lists: readonly { readonly provider: string; readonly models: readonly ModelEntry[] }[],
): Catalogue {
  const byId = new Map<string, CatalogueMatch>();
  const all: CatalogueMatch[] = [];
  for (const { provider, models } of lists) {
    for (const entry of models) {
      const match = { provider, entry };
      all.push(match);
      for (const id of [entry.id, ...entry.aliases]) {
        const taken = byId.get(id);
        if (taken === undefined) {
          byId.set(id, match);
          continue;
        }
        if (taken.provider === provider || priceIdOf(taken.entry) !== priceIdOf(entry))
          throw new Error(`model id ${id} is claimed by ${taken.entry.id} and ${entry.id}`);
      }
    }
  }
  return {
    find(id) {
      const name = id.startsWith(RESOURCE_PREFIX) ? id.slice(RESOURCE_PREFIX.length) : id;
      const exact = byId.get(name);
      if (exact !== undefined) return exact;
      const base = SNAPSHOT.exec(name)?.[1];
      const match = base === undefined ? undefined : byId.get(base);
      // Only of the id itself: a date after an alias such as `…-latest` names nothing.
      return match !== undefined && match.entry.id === base ? match : null;
    },
    all,
  };
}

/** The `find` of a provider whose upstream takes its models' ids as callers write them. */
export function finder(
  models: readonly ModelEntry[],
  claims: (model: string) => boolean,
): (model: string) => ModelMatch | null {
  const catalogue = createCatalogue([{ provider: 'own', models }]);
  return (model) => {
    const entry = catalogue.find(model)?.entry ?? null;
    // A resource name stands in the path already: `models/models/…` is nobody's.
    const upstreamModel = model.startsWith(RESOURCE_PREFIX) ? model.slice(RESOURCE_PREFIX.length) : model;
    return entry !== null || claims(upstreamModel) ? { entry, upstreamModel } : null;
  };
}
