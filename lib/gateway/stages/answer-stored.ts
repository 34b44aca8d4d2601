/** Endpoints over answers that a provider keeps (OpenAI's Responses): free, and only for the customer who made them. */
import { GatewayError } from '@/lib/domain/errors';
import { configuredProviders } from '@/lib/providers/registry';
import type { Call } from '../call';
import type { Identity, KeptAnswer, Ports } from '../ports';
import { assertFormat, type Authorized } from './authorize';
import { fromStore } from './authenticate';

/** An answer's id is kept when its call is settled, just after its last byte: clients can be faster. */
const SETTLE_PAUSES_MS = [100, 400, 1_000] as const;
/** Longest id looked up; real ones are of some 60 characters. */
const LONGEST_ID = 200;

const unknown = (id: string) =>
  new GatewayError('not_found', `Response with id '${id.slice(0, LONGEST_ID)}' not found.`);

/** @throws GatewayError `not_found` for an answer that is not this customer's: whose it is stays untold */
async function ownAnswer(identity: Identity, id: string, ports: Ports): Promise<KeptAnswer> {
  if (id.length > LONGEST_ID) throw unknown(id);
  for (const pauseMs of [...SETTLE_PAUSES_MS, null]) {
    const kept = await fromStore(ports.store.findAnswer(id));
    if (kept?.userId === identity.userId) return kept;
    if (kept !== null || pauseMs === null) break;
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
  }
  throw unknown(id);
}

/** Refuses a body that builds on answers of others. @throws GatewayError `not_found` */
export async function assertOwnAnswers(
  identity: Identity,
  ids: readonly string[],
  ports: Ports,
): Promise<void> {
  await Promise.all(ids.map((id) => ownAnswer(identity, id, ports)));
}

/** Where a stored answer lies. @throws GatewayError `not_found`, `forbidden`, `provider_unconfigured` */
export async function authorizeStored(call: Call, ports: Ports): Promise<Authorized> {
  const { route, caller } = call;
  if (route === null || caller === null) throw new Error('stored before authenticate');
  assertFormat(caller.identity, route.format.name);
  const kept = await ownAnswer(caller.identity, route.params['id'] ?? '', ports);
  const provider = configuredProviders(ports.settings).find(({ name }) => name === kept.provider);
  const settings = ports.settings.providers[kept.provider];
  if (provider === undefined || settings === undefined) {
    const message = `The provider (${kept.provider}) that keeps this answer is not configured any more.`;
    throw new GatewayError('provider_unconfigured', message);
  }
  const upstreamModel = provider.find(kept.model)?.upstreamModel ?? kept.model;
  return { provider, settings, upstreamModel, priceModel: kept.model, premiums: [], entries: [], prices: [] };
}
