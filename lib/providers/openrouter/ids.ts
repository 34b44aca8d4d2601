/** OpenRouter's names for the models of makers whose catalogues are known here: `anthropic/claude-opus-4.5`. */
import type { ModelEntry } from '@/lib/domain/model';
import { ANTHROPIC_MODELS } from '@/lib/providers/anthropic/models';
import { claudeIdsOf } from '@/lib/providers/anthropic/resold';
import { type Catalogue, createCatalogue, priceIdOf } from '@/lib/providers/catalogue';
import { GOOGLE_MODELS } from '@/lib/providers/google/models';
import { OPENAI_MODELS } from '@/lib/providers/openai/models';

/** How one maker's models are called on OpenRouter. */
interface Maker {
  readonly prefix: string;
  readonly models: readonly ModelEntry[];
  readonly catalogue: Catalogue;
  /** A model's id there, without the prefix. */
  readonly spell: (id: string) => string;
  /** The maker's own id again, as far as spelling goes; the catalogue decides whether there is one. */
  readonly read: (name: string) => readonly string[];
}

/** `claude-opus-4-5` is `claude-opus-4.5` there, `claude-3-7-sonnet` `claude-3.7-sonnet`, `claude-sonnet-4-0` `claude-sonnet-4`. */
function spellClaude(id: string): string {
  return id.replace(/-(\d{1,2})-0$/, '-$1').replace(/-(\d{1,2})-(\d{1,2})(?=$|-[a-z])/, '-$1.$2');
}

/** `gpt-5-chat-latest` is `gpt-5-chat` there. */
const spellGpt = (id: string) => id.replace(/^(gpt-[\d.]+-chat)-latest$/, '$1');

function maker(
  prefix: string,
  models: readonly ModelEntry[],
  spell: Maker['spell'] = (id) => id,
  read: Maker['read'] = (name) => [name],
): Maker {
  return { prefix, models, catalogue: createCatalogue([{ provider: prefix, models }]), spell, read };
}

const MAKERS: readonly Maker[] = [
  maker('anthropic', ANTHROPIC_MODELS, spellClaude, claudeIdsOf),
  maker('openai', OPENAI_MODELS, spellGpt, (name) => [name, `${name}-latest`]),
  maker('google', GOOGLE_MODELS),
];

function resold({ prefix, spell }: Maker, own: ModelEntry): ModelEntry {
  return { ...own, id: `${prefix}/${spell(own.id)}`, aliases: [own.id], priceId: priceIdOf(own) };
}

/** What the makers sell today, under OpenRouter's ids. */
export const RESOLD_MODELS: readonly ModelEntry[] = MAKERS.flatMap((one) =>
  one.models.filter(({ retired }) => retired !== true).map((own) => resold(one, own)),
);

/** `~anthropic/claude-opus-latest` is whatever is newest of a family. */
const LATEST = /^(.+)-latest$/;

function newestOf({ models }: Maker, name: string): ModelEntry | undefined {
  const family = LATEST.exec(name)?.[1];
  if (family === undefined) return undefined;
  return models.find(({ id, retired }) => id.startsWith(`${family}-`) && retired !== true);
}

/** An entry for `maker/name`; `null` where the maker is another, or its catalogue has no such model. */
export function findResold(id: string): ModelEntry | null {
  const moving = id.startsWith('~');
  const slash = id.indexOf('/');
  const prefix = id.slice(moving ? 1 : 0, slash);
  const name = id.slice(slash + 1);
  const made = MAKERS.find((one) => one.prefix === prefix);
  if (slash < 0 || made === undefined) return null;
  const own = moving
    ? newestOf(made, name)
    : made
        .read(name)
        .map((one) => made.catalogue.find(one)?.entry)
        .find((entry) => entry !== undefined);
  return own === undefined ? null : resold(made, own);
}

/** The entry for a maker's own id, and what OpenRouter calls the model; `null` where no maker has it. */
export function findByOwnId(id: string): { entry: ModelEntry; upstreamModel: string } | null {
  for (const one of MAKERS) {
    const own = one.catalogue.find(id)?.entry;
    if (own === undefined) continue;
    const entry = resold(one, own);
    // OpenAI's dated snapshots have ids of their own there; Claude's and Gemini's are the model itself.
    return { entry, upstreamModel: one.prefix === 'openai' ? `openai/${one.spell(id)}` : entry.id };
  }
  return null;
}
