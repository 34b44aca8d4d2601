/** Stage 3: may this caller use this model, and where would the call go? */
import { GatewayError } from '@/lib/domain/errors';
import type { ModelPrice } from '@/lib/domain/price';
import type { ModelEntry } from '@/lib/domain/model';
import type { Premium } from '@/lib/domain/usage';
import type { Provider, ProviderSettings } from '@/lib/providers/provider';
import { priceIdOf } from '@/lib/providers/catalogue';
import { providersFor } from '@/lib/providers/registry';
import type { Identity, Ports } from '../ports';
import type { Route } from '../routes';
import type { WireCall } from '@/lib/wire/format';

export interface Authorized {
  readonly provider: Provider;
  readonly settings: ProviderSettings;
  /** The model's id on the upstream, which goes into body and path. */
  readonly upstreamModel: string;
  /** The id the call is priced under. */
  readonly priceModel: string;
  /** Ways of serving that this provider charges for, whatever the answer reports. */
  readonly premiums: readonly Premium[];
  /** The model and the others its body names; `null` for one that is not in the catalogue. */
  readonly entries: readonly (ModelEntry | null)[];
  /** Prices of the model and of the others its body names; one that is missing is unpriced, which only callers without a money cap may use. */
  readonly prices: readonly ModelPrice[];
}

/** Longest model id kept or echoed. */
const LONGEST_MODEL_ID = 200;

/** Further models (fallbacks, advisors) a body may name; real ones name one or two. */
const OTHER_MODELS = 8;

const POLICY_HEADERS = { 'x-should-retry': 'false' } as const;

function allows(list: readonly string[] | null, model: string, entry: ModelEntry | null): boolean {
  if (list === null || list.includes(model)) return true;
  if (entry === null) return false;
  // The same model at another provider has other ids, but its price names it.
  return [entry.id, priceIdOf(entry), ...entry.aliases].some((id) => list.includes(id));
}

/** Whether plan and token allow a model of the catalogue; used for model lists. */
export function mayUse(identity: Identity, entry: ModelEntry): boolean {
  return allows(identity.plan.models, entry.id, entry) && allows(identity.scopeModels, entry.id, entry);
}

function unknownModel(model: string, reason: string): GatewayError {
  return new GatewayError('model_unknown', `model: ${model.slice(0, LONGEST_MODEL_ID)} ${reason}`);
}

/** @throws GatewayError `forbidden` where the token is narrowed to other formats */
export function assertFormat(identity: Identity, format: string): void {
  if (identity.scopeFormats !== null && !identity.scopeFormats.includes(format)) {
    throw new GatewayError('forbidden', `This gateway token may not use the ${format} format.`);
  }
}

/**
 * Decides provider and price for a model.
 * @throws GatewayError `model_unknown`, `policy_blocked`, `forbidden`, `provider_unconfigured`
 */
export function authorize(identity: Identity, route: Route, wire: WireCall, ports: Ports): Authorized {
  const own = authorizeModel(identity, route, wire.model, ports);
  if (wire.otherModels.length === 0) return own;
  if (wire.otherModels.length > OTHER_MODELS) {
    throw new GatewayError('body_invalid', `A request may name at most ${OTHER_MODELS} further models.`);
  }
  const others = wire.otherModels.map((model) => authorizeModel(identity, route, model, ports));
  const all = [own, ...others];
  return {
    ...own,
    entries: all.flatMap(({ entries }) => entries),
    prices: all.flatMap(({ prices }) => prices),
  };
}

function authorizeModel(
  identity: Identity,
  { format, endpoint, params }: Route,
  model: string,
  ports: Ports,
): Authorized {
  assertFormat(identity, format.name);
  const candidate = providersFor(ports.settings, format.name).find(model, params['provider']);
  if (candidate === null || model.length > LONGEST_MODEL_ID)
    throw unknownModel(model, 'is not known to this gateway');
  const { provider, entry, upstreamModel, priceModel } = candidate;
  const wantedKind = endpoint.kind === 'embed' ? 'embedding' : 'chat';
  const servesKind = entry?.kind === wantedKind || (entry?.kind === 'embedding' && endpoint.embeds === true);
  if (entry !== null && !servesKind) throw unknownModel(model, `is not a model for ${endpoint.name}`);
  if (!allows(identity.plan.models, model, entry)) {
    const message = `The plan "${identity.plan.plan}" does not include the model ${model}.`;
    throw new GatewayError('policy_blocked', upgradeHint(message, ports), { headers: POLICY_HEADERS });
  }
  if (!allows(identity.scopeModels, model, entry)) {
    const message = `This gateway token may not use the model ${model}.`;
    throw new GatewayError('policy_blocked', message, { headers: POLICY_HEADERS });
  }
  const settings = ports.settings.providers[provider.name];
  if (settings === undefined) {
    throw new GatewayError(
      'provider_unconfigured',
      `The provider of ${model} is not configured on this gateway.`,
    );
  }
  const price = ports.store.prices().find(priceModel, ports.nowMs());
  if (price === null && identity.plan.monthlyCostCents !== null) {
    throw unknownModel(model, 'has no price on this gateway, and your plan caps money');
  }
  if (price === null && typeof identity.tokenCaps?.monthlyCostCents === 'number') {
    throw unknownModel(model, 'has no price on this gateway, and this token caps money');
  }
  const premiums = provider.premiums?.(upstreamModel, settings) ?? [];
  const prices = price === null ? [] : [price];
  return { provider, settings, upstreamModel, priceModel, premiums, entries: [entry], prices };
}

function upgradeHint(message: string, ports: Ports): string {
  return ports.settings.upgradeUrl === null ? message : `${message} Upgrade: ${ports.settings.upgradeUrl}`;
}
