/** The model list and a single model in Anthropic's shape. */
import { GatewayError } from '@/lib/domain/errors';
import type { ModelEntry } from '@/lib/domain/model';

/** Anthropic's page size when the caller names none, and its largest. */
const DEFAULT_PAGE = 20;
const MAX_PAGE = 1000;

export interface AnthropicModel {
  readonly type: 'model';
  readonly id: string;
  readonly display_name: string;
  /** RFC 3339. */
  readonly created_at: string;
  readonly max_input_tokens: number;
  readonly max_tokens: number;
}

export function renderModel(model: ModelEntry): AnthropicModel {
  return {
    type: 'model',
    id: model.id,
    display_name: model.displayName,
    created_at: model.createdAt,
    max_input_tokens: model.contextTokens,
    max_tokens: model.maxOutputTokens,
  };
}

/**
 * One page of the list, newest release first. `has_more` speaks of the direction asked for.
 * @throws GatewayError `body_invalid` when `limit` is not 1…1000, a cursor names no model, or both cursors are given.
 */
export function renderModels(models: readonly ModelEntry[], query: URLSearchParams): unknown {
  const limit = pageSize(query.get('limit'));
  const afterId = query.get('after_id');
  const beforeId = query.get('before_id');
  if (afterId !== null && beforeId !== null) {
    throw new GatewayError('body_invalid', 'after_id, before_id: only one of the two may be given');
  }
  const sorted = models.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  const start = afterId === null ? 0 : indexOf(sorted, 'after_id', afterId) + 1;
  const end = beforeId === null ? sorted.length : indexOf(sorted, 'before_id', beforeId);
  const page =
    beforeId === null ? sorted.slice(start, start + limit) : sorted.slice(Math.max(0, end - limit), end);
  return {
    data: page.map(renderModel),
    has_more: end - start > page.length,
    first_id: page.at(0)?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

function pageSize(value: string | null): number {
  if (value === null) return DEFAULT_PAGE;
  const limit = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > MAX_PAGE) {
    throw new GatewayError('body_invalid', `limit: Input should be a whole number from 1 to ${MAX_PAGE}`);
  }
  return limit;
}

function indexOf(models: readonly ModelEntry[], field: string, id: string): number {
  const at = models.findIndex((model) => model.id === id || model.aliases.includes(id));
  if (at < 0) throw new GatewayError('body_invalid', `${field}: no model of the list has this id`);
  return at;
}
