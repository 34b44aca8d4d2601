/** Answers model lists from the catalogue: the models this caller may use, in its own format's shape. */
import { GatewayError } from '@/lib/domain/errors';
import { providersFor } from '@/lib/providers/registry';
import type { ListedModel } from '@/lib/wire/format';
import type { Route } from '../routes';
import type { Identity, Ports } from '../ports';
import { assertFormat, mayUse } from './authorize';

/** The models a caller may use in any of the formats, each once. */
export function modelsFor(identity: Identity, formats: readonly string[], ports: Ports): ListedModel[] {
  const listed = new Map<string, ListedModel>();
  for (const format of formats) {
    for (const { provider, entry, compat } of providersFor(ports.settings, format).offers) {
      const known = listed.get(entry.id);
      if (!mayUse(identity, entry) || known?.compat === false) continue;
      listed.set(entry.id, { ...entry, provider: provider.name, compat });
    }
  }
  return [...listed.values()];
}

/** @throws GatewayError `model_unknown` for a model that is not among the caller's, `body_invalid` for bad paging values */
export function answerModels(
  route: Route,
  query: URLSearchParams,
  identity: Identity,
  ports: Ports,
): unknown {
  const { format, endpoint, params } = route;
  const formats = format.listsModelsOf ?? [format.name];
  if (formats.length === 1) assertFormat(identity, format.name);
  const allowed = formats.filter((name) => identity.scopeFormats?.includes(name) ?? true);
  const models = modelsFor(identity, allowed, ports);
  if (endpoint.kind === 'list-models') {
    return format.renderModels(
      models.filter((model) => model.retired !== true),
      query,
    );
  }
  const asked = params['model'] ?? '';
  const found = formats.map((name) => providersFor(ports.settings, name).find(asked)?.entry?.id);
  // Of a model listed under several ids (its maker's, a router's) the one that was asked for.
  const model = models.find(({ id }) => id === asked) ?? models.find(({ id }) => found.includes(id));
  if (model === undefined)
    throw new GatewayError('model_unknown', `model: ${asked.slice(0, 200)} is not known to this gateway`);
  return format.renderModel(model);
}
