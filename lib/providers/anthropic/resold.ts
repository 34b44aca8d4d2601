/** Claude as others resell it: their ids, everything else as in Anthropic's own catalogue. */
import type { ModelEntry } from '@/lib/domain/model';
import { ANTHROPIC_MODELS } from './models';

/**
 * An entry under a cloud's id that is priced as Anthropic's model.
 * @throws Error when Anthropic's catalogue has no such model
 */
export function resoldClaude(
  id: string,
  priceId: string,
  { aliases = [], retired = false }: { aliases?: readonly string[]; retired?: boolean } = {},
): ModelEntry {
  const own = ANTHROPIC_MODELS.find((entry) => entry.id === priceId);
  if (own === undefined) throw new Error(`${id}: Anthropic has no model ${priceId}`);
  // A cloud retires a model on days of its own.
  const { displayName, createdAt, contextTokens, maxOutputTokens, kind } = own;
  const entry = { id, aliases, displayName, createdAt, contextTokens, maxOutputTokens, kind, priceId };
  return retired ? { ...entry, retired } : entry;
}

/**
 * Anthropic's own ids that a router's name may stand for: `claude-opus-4.5`, or, as its answers have it with the version
 * before the family, `claude-4.5-sonnet-20250929`.
 */
export function claudeIdsOf(name: string): readonly string[] {
  const undated = name.replace(/-20\d{6}$/, '');
  const plain = undated.replaceAll('.', '-');
  const [, version, family] = /^claude-(\d[\d-]*)-([a-z]+)$/.exec(plain) ?? [];
  return version === undefined ? [plain] : [plain, `claude-${family}-${version}`];
}
