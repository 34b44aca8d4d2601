/** Claude as clouds resell it: their id, everything else as in Anthropic's own catalogue. */
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
