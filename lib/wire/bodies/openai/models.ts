/** The model list and a single model in OpenAI's shape, with what OpenRouter's clients look for beside it. */
import type { ListedModel } from '@/lib/wire/format';

export function renderModel(model: ListedModel): Record<string, unknown> {
  return {
    id: model.id,
    object: 'model',
    created: Math.floor(Date.parse(model.createdAt) / 1000),
    owned_by: model.provider,
    name: model.displayName,
    context_length: model.contextTokens,
    max_output_tokens: model.maxOutputTokens,
    // Reached through the provider's own compatibility layer: it may leave out what its native format can.
    ...(model.compat ? { compat: true } : {}),
  };
}

/** The whole list, newest release first; OpenAI's has no pages. */
export function renderModels(models: readonly ListedModel[]): Record<string, unknown> {
  const sorted = models.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return { object: 'list', data: sorted.map(renderModel) };
}
