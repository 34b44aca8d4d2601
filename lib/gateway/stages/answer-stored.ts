/** Endpoints over answers that a provider keeps (OpenAI's Responses): free, and only for the customer who made them. */
import { GatewayError } from '@/lib/domain/errors';
import { configuredProviders } from '@/lib/providers/registry';
import type { Call } from '../call';
import type { Identity, KeptAnswer, Ports } from '../ports';
import { assertFormat, type Authorized } from './authorize';
import { fromStore } from './authenticate';
import type { WireCall } from '@/lib/wire/format';

/** An answer's id is kept when its call is settled, just after its last byte: clients can be faster. */
const SETTLE_PAUSES_MS = [100, 400, 1_000] as const;
/** Longest id looked up; real ones are of some 60 characters. */
const LONGEST_ID = 200;

/** Held for an earlier answer whose tokens nobody counted: a long conversation, well below most models' context. */
const UNCOUNTED_CONTEXT_TOKENS = 100_000;

const shown = (id: string) => id.slice(0, LONGEST_ID);

/** @returns `null` for an answer that is not this customer's: whose it is stays untold */
async function ownAnswer(identity: Identity, id: string, ports: Ports): Promise<KeptAnswer | null> {
  if (id.length > LONGEST_ID) return null;
  for (const pauseMs of [...SETTLE_PAUSES_MS, null]) {
    const kept = await fromStore(ports.store.findAnswer(id));
    if (kept?.userId === identity.userId) return kept;
    // Another customer's answer takes as long to be denied as one that nobody made.
    if (pauseMs === null) break;
    await new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
  }
  return null;
}

/**
 * The call with what it takes over from the caller's earlier answers: their tokens, which its body doesn't show,
 * and the session they belong to. @throws GatewayError `body_invalid` for answers of others
 */
export async function continueAnswers(identity: Identity, wire: WireCall, ports: Ports): Promise<WireCall> {
  const earlier = await Promise.all(
    wire.refersTo.map(async (id) => {
      const kept = await ownAnswer(identity, id, ports);
      if (kept !== null) return kept;
      const message = `Previous response with id '${shown(id)}' not found.`;
      throw new GatewayError('body_invalid', message, { param: 'previous_response_id' });
    }),
  );
  const hidden = earlier.reduce((sum, { contextTokens }) => sum + (contextTokens ?? 0), 0);
  const uncounted = earlier.filter(({ contextTokens }) => contextTokens === null).length;
  const id = wire.session.id ?? earlier[0]?.session ?? null;
  return {
    ...wire,
    promptTokensLikely: wire.promptTokensLikely + hidden,
    promptTokensCeiling: wire.promptTokensCeiling + hidden + uncounted * UNCOUNTED_CONTEXT_TOKENS,
    session: { id, opening: () => wire.session.opening() },
  };
}

/** Whatever a provider might take for "yes". */
function asksForStream(query: URLSearchParams): boolean {
  return (
    query.has('starting_after') ||
    query.getAll('stream').some((value) => !['', 'false', '0'].includes(value.toLowerCase()))
  );
}

/** Where a stored answer lies. @throws GatewayError `not_found`, `forbidden`, `conflict`, `provider_unconfigured` */
export async function authorizeStored(call: Call, ports: Ports): Promise<Authorized> {
  const { route, caller } = call;
  if (route === null || caller === null) throw new Error('stored before authenticate');
  assertFormat(caller.identity, route.format.name);
  const id = route.params['id'] ?? '';
  const kept = await ownAnswer(caller.identity, id, ports);
  if (kept === null) throw new GatewayError('not_found', `Response with id '${shown(id)}' not found.`);
  // Deleted before its usage is known it could never be billed.
  if (route.endpoint.method === 'DELETE' && !kept.settled) {
    const message = `Response with id '${shown(id)}' is still being worked on; cancel it, or try again in some seconds.`;
    throw new GatewayError('conflict', message);
  }
  // Streamed while it is written it could be read in full, then cancelled, and no figure would tell its cost.
  if (asksForStream(call.url.searchParams) && route.endpoint.method === 'GET' && !kept.settled) {
    const message = `Response with id '${shown(id)}' is still being worked on: it can be streamed once it is done; until then read it without 'stream' and 'starting_after'.`;
    throw new GatewayError('conflict', message);
  }
  const provider = configuredProviders(ports.settings).find(({ name }) => name === kept.provider);
  const settings = ports.settings.providers[kept.provider];
  if (provider === undefined || settings === undefined) {
    const message = `The provider (${kept.provider}) that keeps this answer is not configured any more.`;
    throw new GatewayError('provider_unconfigured', message);
  }
  const upstreamModel = provider.find(kept.model)?.upstreamModel ?? kept.model;
  return { provider, settings, upstreamModel, priceModel: kept.model, premiums: [], entries: [], prices: [] };
}
