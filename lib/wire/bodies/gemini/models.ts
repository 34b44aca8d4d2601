/** The model list and a single model in Gemini's shape. */
import { GatewayError } from '@/lib/domain/errors';
import type { ListedModel } from '@/lib/wire/format';

/** Google's page size when the caller names none, and its largest; a larger one asked for is cut down to it. */
const DEFAULT_PAGE = 50;
const MAX_PAGE = 1_000;

const METHODS = {
  chat: ['generateContent', 'countTokens'],
  embedding: ['embedContent', 'countTextTokens', 'countTokens'],
} as const;

export function renderModel(model: ListedModel): Record<string, unknown> {
  return {
    name: `models/${model.id}`,
    baseModelId: model.id,
    version: '001',
    displayName: model.displayName,
    description: model.displayName,
    inputTokenLimit: model.contextTokens,
    outputTokenLimit: model.maxOutputTokens,
    supportedGenerationMethods: METHODS[model.kind],
  };
}

/**
 * One page of the list, newest release first. A page's token is the last name of the page before it.
 * @throws GatewayError `body_invalid` when `pageSize` is no number or `pageToken` names no model of the list
 */
export function renderModels(
  models: readonly ListedModel[],
  query: URLSearchParams,
): Record<string, unknown> {
  const size = pageSize(query.get('pageSize') ?? query.get('page_size'));
  const token = query.get('pageToken') ?? query.get('page_token') ?? '';
  const sorted = models.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  const start = token === '' ? 0 : sorted.findIndex(({ id }) => id === token) + 1;
  if (token !== '' && start === 0)
    throw new GatewayError('body_invalid', 'pageToken: the page token is invalid');
  const page = sorted.slice(start, start + size);
  const more = start + size < sorted.length;
  return { models: page.map(renderModel), ...(more ? { nextPageToken: page.at(-1)?.id } : {}) };
}

function pageSize(value: string | null): number {
  if (value === null || value === '' || value === '0') return DEFAULT_PAGE;
  if (!/^\d{1,9}$/.test(value)) throw new GatewayError('body_invalid', 'pageSize: must be a whole number');
  return Math.min(MAX_PAGE, Number(value));
}
