/** What OpenClaw's plugin for managed gateways asks of its gateway: the catalogue with prices, the budget, and a sign of life. */
import { readUsage, type UsageView } from '@/lib/account/read-usage';
import type { AccountContext } from '@/lib/account/context';
import { GatewayError } from '@/lib/domain/errors';
import { monthOf } from '@/lib/domain/month';
import type { ModelPrice, PriceBook } from '@/lib/domain/price';
import type { Identity, RequestContext } from '@/lib/gateway/ports';
import { priceIdOf } from '@/lib/providers/catalogue';
import type { Provider } from '@/lib/providers/provider';
import { newId } from '@/lib/std/ids';
import type { ListedModel } from '@/lib/wire/format';
import { errorAnswer, jsonAnswer } from './answer';

/** The plugin counts in micro-dollars; prices and bills are kept in nano-dollars. */
const NANO_PER_MICRO = 1_000;
const micros = (nanoUsd: number) => Math.round(nanoUsd / NANO_PER_MICRO);

/** The plugin's transports, best first: what it calls a model's ability, the format behind it, and the route that serves it. */
const TRANSPORTS = [
  {
    capability: 'llm.messages',
    format: 'anthropic-messages',
    requestFormat: 'anthropic.messages',
    path: '/v1/messages',
  },
  {
    capability: 'llm.stream',
    format: 'gemini',
    requestFormat: 'google.generate_content',
    path: '/v1beta/models/${model}:streamGenerateContent',
  },
  {
    capability: 'llm.responses',
    format: 'openai-responses',
    requestFormat: 'openai.responses',
    path: '/v1/responses',
  },
  {
    capability: 'llm.chat',
    format: 'openai-chat',
    requestFormat: 'openai.chat_completions',
    path: '/v1/chat/completions',
  },
] as const;

export interface ClawRouterDeps {
  readonly account: AccountContext;
  readonly authenticate: (request: Request, context: RequestContext) => Promise<Identity>;
  /** Configured providers. */
  readonly providers: readonly Provider[];
  /** The models a caller may use in a format. */
  readonly modelsFor: (identity: Identity, format: string) => readonly ListedModel[];
  readonly prices: () => PriceBook;
}

const PATH = /^\/v1\/(catalog|usage|health)$/;

export function isClawRouterPath(pathname: string): boolean {
  return PATH.test(pathname);
}

function pricingOf(model: ListedModel, price: ModelPrice | null): Record<string, number> {
  return {
    ...(price === null
      ? {}
      : {
          inputMicrosPerMillion: micros(price.input),
          outputMicrosPerMillion: micros(price.output),
          cachedInputMicrosPerMillion: micros(price.cacheRead),
          cacheWrite5mInputMicrosPerMillion: micros(price.cacheWrite5m),
          cacheWrite1hInputMicrosPerMillion: micros(price.cacheWrite1h),
        }),
    maxInputTokens: model.contextTokens,
    defaultMaxOutputTokens: model.maxOutputTokens,
  };
}

/** One provider with the models it serves to this caller, each by the first transport that reaches it; `null` without any. */
function offerOf(provider: Provider, identity: Identity, deps: ClawRouterDeps): unknown {
  const atMs = deps.account.nowMs();
  const book = deps.prices();
  const listed = new Map<string, unknown>();
  const used = new Set<(typeof TRANSPORTS)[number]>();
  for (const transport of TRANSPORTS) {
    for (const model of deps.modelsFor(identity, transport.format)) {
      const usable = model.provider === provider.name && model.kind === 'chat' && model.retired !== true;
      if (!usable || model.compat || listed.has(model.id)) continue;
      used.add(transport);
      listed.set(model.id, {
        id: `${provider.name}/${model.id}`,
        upstream: model.id,
        displayName: model.displayName,
        capabilities: [transport.capability],
        pricing: pricingOf(model, book.find(priceIdOf(model), atMs)),
      });
    }
  }
  if (listed.size === 0) return null;
  return {
    id: provider.name,
    displayName: provider.displayName,
    openaiCompatible: [...used].some(({ format }) => format.startsWith('openai-')),
    nativeBaseUrl: `/v1/native/${provider.name}`,
    routes: [...used].map(({ path, requestFormat }) => ({ path, requestFormat, methods: ['POST'] })),
    models: [...listed.values()],
  };
}

function budgetOf(usage: UsageView, atMs: number): unknown {
  const { limit_nano_usd: limit, used_nano_usd: used } = usage.month.cost;
  return {
    configured: limit !== null,
    ...(limit === null ? {} : { limitMicros: micros(limit) }),
    spentMicros: micros(used),
    windowKey: `${usage.plan}/${monthOf(atMs)}`,
  };
}

/** The month's figures of all models: the same sums as the usage page's. */
function summaryOf({ days }: UsageView): unknown {
  let [requestCount, totalTokens, nanoUsd] = [0, 0, 0];
  for (const day of days) {
    requestCount += day.requests;
    totalTokens +=
      day.input_tokens +
      day.cache_read_tokens +
      day.cache_write_5m_tokens +
      day.cache_write_1h_tokens +
      day.output_tokens;
    nanoUsd += day.cost_nano_usd;
  }
  return { requestCount, totalTokens, actualCostMicros: micros(nanoUsd) };
}

async function bodyOf(
  request: Request,
  place: string,
  context: RequestContext,
  deps: ClawRouterDeps,
): Promise<unknown> {
  if (place === 'health') return { status: 'ok', gateway: 'tollgate' };
  const identity = await deps.authenticate(request, context);
  if (place === 'catalog') {
    const offers = deps.providers.map((provider) => offerOf(provider, identity, deps));
    return { providers: offers.filter((offer) => offer !== null) };
  }
  const atMs = deps.account.nowMs();
  const ports = { peekMinute: null, plan: identity.plan };
  const usage = await readUsage(deps.account, { user: identity.userId }, ports);
  return { budget: budgetOf(usage, atMs), usage: { summary: summaryOf(usage) } };
}

/** Serves `GET /v1/catalog`, `/v1/usage` and `/v1/health`; never rejects. */
export function createClawRouter(
  deps: ClawRouterDeps,
): (request: Request, context: RequestContext) => Promise<Response> {
  return async (request, context) => {
    const requestId = newId('req_', deps.account.nowMs());
    const place = PATH.exec(new URL(request.url).pathname)?.[1] ?? '';
    try {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        throw new GatewayError('method_not_allowed', `Use GET here.`, { headers: { allow: 'GET' } });
      return jsonAnswer(200, await bodyOf(request, place, context, deps), requestId);
    } catch (error) {
      const known = error instanceof GatewayError;
      return errorAnswer(
        known
          ? error
          : new GatewayError('store_unavailable', 'The gateway cannot reach its database right now.', {
              retryAfterMs: 1_000,
            }),
        requestId,
      );
    }
  };
}
