/** Answers model lists from the catalogue: the models this caller may use, in its own format's shape. */
import { GatewayError } from '@/lib/domain/errors';
import { CATALOGUE, providersFor } from '@/lib/providers/registry';
import type { Route } from '../routes';
import type { Identity, Ports } from '../ports';
import { assertFormat, mayUse } from './authorize';

/** @throws GatewayError `model_unknown` for a model that is not among the caller's, `body_invalid` for bad paging values */
export function answerModels(
  route: Route,
  query: URLSearchParams,
  identity: Identity,
  ports: Ports,
): unknown {
  assertFormat(identity, route.format.name);
  const models = providersFor(ports.settings.providers, route.format.name).models.filter((model) =>
    mayUse(identity, model),
  );
  if (route.endpoint.kind === 'list-models') {
    return route.format.renderModels(
      models.filter((model) => model.retired !== true),
      query,
    );
  }
  const asked = route.params['model'] ?? '';
  const wanted = CATALOGUE.find(asked)?.entry.id;
  const model = models.find((entry) => entry.id === wanted);
  if (model === undefined)
    throw new GatewayError('model_unknown', `model: ${asked.slice(0, 200)} is not known to this gateway`);
  return route.format.renderModel(model);
}
