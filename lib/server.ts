/** Composition root: environment → adapters → the one `answer` that every mount serves. */
import { createLibsqlStore } from '@/lib/adapters/libsql-store';
import { createMemoryLimiter } from '@/lib/adapters/memory-limiter';
import { createDecoder } from '@/lib/adapters/decoders';
import { createEventWebhook } from '@/lib/adapters/event-webhook';
import { createJwtVerifier } from '@/lib/adapters/jose-verifier';
import { createGoogleTokens } from '@/lib/adapters/google-tokens';
import { createPinoLog } from '@/lib/adapters/pino-log';
import { signAws } from '@/lib/adapters/aws-signer';
import { currentOwner, isDeadOwner } from '@/lib/adapters/process-owner';
import { createUndiciFetch } from '@/lib/adapters/undici-fetch';
import { createUpstashLimiter } from '@/lib/adapters/upstash-limiter';
import { geminiEmbedder } from '@/lib/adapters/gemini-embedder';
import { createClawRouter, isClawRouterPath } from '@/lib/api/claw-router';
import { answerPreflight, corsHeaders } from '@/lib/api/cors';
import { createEventDelivery } from '@/lib/api/event-delivery';
import { createManagementApi } from '@/lib/api/management';
import { createOperatorPorts } from '@/lib/api/operator-ports';
import { answerDocument, createDocument, type OpenApiDocument } from '@/lib/api/openapi';
import { createStatusReporter } from '@/lib/api/status';
import { createStripeWebhook, STRIPE_WEBHOOK_PATH } from '@/lib/api/stripe-webhook';
import type { AccountContext } from '@/lib/account/context';
import type { OperatorPorts } from '@/lib/account/operator-ports';
import { sweepCalls } from '@/lib/account/sweep-calls';
import type { UpgradePorts } from '@/lib/account/upgrade-ports';
import { type Database, openDatabase } from '@/db/client';
import { PING } from '@/db/queries/ping';
import { originOf } from '@/lib/docs/origin';
import type { ModelPrice } from '@/lib/domain/price';
import { createPriceBook } from '@/lib/domain/price-table';
import { type Env, readEnv } from '@/lib/env';
import { handle } from '@/lib/gateway/handle';
import type { Limiter, Log, Ports, RequestContext } from '@/lib/gateway/ports';
import { servedPaths } from '@/lib/gateway/routes';
import { modelsFor } from '@/lib/gateway/stages/answer-models';
import { authenticate } from '@/lib/gateway/stages/authenticate';
import { StrangerWatch } from '@/lib/gateway/strangers';
import { createCompatible } from '@/lib/providers/compatible/compatible';
import type { ProviderSettings } from '@/lib/providers/provider';
import { configuredProviders, priceIdFor } from '@/lib/providers/registry';
import { newId } from '@/lib/std/ids';
import { nameOwnModels, ownPricesOf } from '@/lib/server/own-prices';
import { WebAuth } from '@/lib/web/sign-in';
import { FORMATS } from '@/lib/wire/registry';

/** Longer than any function may run on Vercel; a self-hosted server renews the holds of its running calls. */
const HOLD_MS = 15 * 60_000;

export interface TollgateServer {
  readonly env: Env;
  readonly database: Database;
  readonly account: AccountContext;
  readonly log: Log;
  /** Who is signed in to the pages. */
  readonly web: WebAuth;
  /** Where customers go for a larger plan. */
  readonly upgrades: UpgradePorts;
  /** What is left of a customer's minute. */
  readonly peekMinute: Limiter['peek'];
  /** What the operator's pages know of the configuration. */
  readonly operator: OperatorPorts;
  /** The address that a request with these headers reached the gateway at. */
  origin(headers: Pick<Headers, 'get'>): string;
  /** What the gateway serves, as an OpenAPI document for that address. */
  describe(origin: string): OpenApiDocument;
  /** Answers every path that is not a page. Never throws. */
  answer(request: Request, context: RequestContext): Promise<Response>;
  /** Settles what dead processes left and renews the holds of this one's running calls. */
  sweep(): Promise<{ readonly expired: number }>;
  close(): Promise<void>;
}

function providerSettings(env: Env): Record<string, ProviderSettings> {
  const settings: Record<string, ProviderSettings> = {};
  if (env.anthropic !== null) settings['anthropic'] = env.anthropic;
  if (env.google !== null) settings['google'] = env.google;
  if (env.openai !== null) settings['openai'] = env.openai;
  if (env.openrouter !== null) settings['openrouter'] = env.openrouter;
  if (env.bedrock !== null) settings['bedrock'] = env.bedrock;
  if (env.vertex !== null) settings['vertex'] = env.vertex;
  for (const { name, baseUrl, apiKey } of env.customProviders) settings[name] = { baseUrl, apiKey };
  if (env.sandbox) settings['sandbox'] = { baseUrl: '', apiKey: '' };
  return settings;
}

/** Wires a server from an environment; tests put their own ports in place of some. @throws EnvError, or the database's error when a file cannot be opened */
export async function createServer(env: Env, overrides: Partial<Ports> = {}): Promise<TollgateServer> {
  const log = overrides.log ?? createPinoLog(env.logLevel);
  const nowMs = overrides.nowMs ?? (() => Date.now());
  const database = await openDatabase(env.databaseUrl, env.databaseAuthToken);
  if (database.embedded) {
    const { migrateDatabase } = await import('@/db/migrate');
    await migrateDatabase(database);
  }
  const owner = currentOwner();
  // Functions are restored from snapshots with the same names: there only an expired hold tells.
  const isDead = env.onVercel ? () => false : isDeadOwner;
  const ownPrices = ownPricesOf(env);
  const bookOf = (prices: readonly ModelPrice[]) =>
    createPriceBook(nameOwnModels(prices, env), priceIdFor, ownPrices);
  const store = createLibsqlStore(database, {
    nowMs,
    owner,
    createPriceBook: bookOf,
    onBadOverride: (model, reason) => log.write('error', 'price_override_invalid', { model, reason }),
  });
  const limiter =
    env.upstash === null
      ? createMemoryLimiter({ nowMs })
      : createUpstashLimiter({ ...env.upstash, nowMs, log });
  const upstream = createUndiciFetch({
    ...(env.headersTimeoutMs === undefined ? {} : { headersTimeoutMs: env.headersTimeoutMs }),
    ...(env.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: env.idleTimeoutMs }),
  });
  const ports: Ports = {
    settings: {
      maxBodyBytes: env.maxBodyBytes,
      upgradeUrl: env.upgradeUrl,
      holdMs: HOLD_MS,
      corsOrigins: env.corsOrigins,
      providers: providerSettings(env),
      customProviders: env.customProviders.map(createCompatible),
      keepAliveMs: env.keepAliveMs,
    },
    store,
    limiter,
    verifyJwt: createJwtVerifier(env.jwt),
    fetch: upstream.fetch,
    embed: geminiEmbedder,
    signAws,
    googleToken: createGoogleTokens({ fetch: overrides.fetch ?? upstream.fetch, nowMs }),
    decoder: createDecoder,
    log,
    strangers: new StrangerWatch(log, nowMs),
    nowMs,
    ...overrides,
  };
  const account: AccountContext = {
    database,
    actor: { kind: 'system', id: '' },
    nowMs,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    forget: () => store.forget(),
    formats: FORMATS.map((format) => format.name),
  };
  const reportStatus = createStatusReporter({
    ports,
    pingDatabase: () => database.client.execute(PING),
    limiterKind: env.upstash === null ? 'in-process' : 'upstash',
  });
  // Vercel sets these headers itself and lets no caller's through.
  const trustProxy = env.trustProxy || env.onVercel;
  const operator = createOperatorPorts({ settings: ports.settings, reportStatus, bookOf, ownPrices });
  const origin = (headers: Pick<Headers, 'get'>) =>
    originOf({ header: (name) => headers.get(name), trustProxy });
  const identify = async (request: Request) => (await authenticate(request, ports)).identity;
  // The SDK is large: it is loaded where plans are sold.
  const stripe =
    env.stripe === null
      ? null
      : (await import('@/lib/adapters/stripe')).createStripe({ ...env.stripe, nowMs });
  const upgrades: UpgradePorts = { upgradeUrl: env.upgradeUrl, seller: stripe };
  const manage = createManagementApi({
    account,
    adminToken: env.adminToken,
    cronSecret: env.cronSecret,
    limiter,
    upgrades,
    authenticate: identify,
    onUnauthorized: (context) => ports.strangers.note(context.clientAddress),
    isDeadOwner: isDead,
    origin,
    operator,
    log,
  });

  const manageOpenClaw = createClawRouter({
    account,
    authenticate: identify,
    providers: configuredProviders(ports.settings),
    modelsFor: (identity, format) => modelsFor(identity, [format], ports),
    prices: () => store.prices(),
  });
  const web = new WebAuth({
    database,
    limiter: ports.limiter,
    strangers: ports.strangers,
    log,
    nowMs,
    random: account.random,
    adminToken: env.adminToken,
    sessionSecret: env.sessionSecret,
    oidc: env.oidc,
  });
  const receiveStripe = createStripeWebhook({
    account,
    stripe,
    fallbackPlan: env.stripe?.fallbackPlan ?? null,
    onUnsigned: (context) => ports.strangers.note(context.clientAddress),
    log,
  });
  const webhook = env.webhook === null ? null : createEventWebhook({ ...env.webhook, nowMs });
  const deliverDue = createEventDelivery(
    account,
    { send: webhook === null ? null : webhook.send, upgradeUrl: env.upgradeUrl },
    log,
  );
  let delivering: Promise<void> | undefined;
  const describe = createDocument(FORMATS, servedPaths(FORMATS));

  async function route(request: Request, context: RequestContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    const place = pathname.replace(/^\/api(?=\/)/, '').replace(/(?<=.)\/$/, '');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (place === '/health' && reads) return answerPlain(request, { status: 'ok' });
    if (place === '/status' && reads) return answerPlain(request, await reportStatus());
    // Claude Code greets its base URL without credentials before the first call.
    if (pathname === '/api/hello' && reads) return answerPlain(request, { gateway: 'tollgate' });
    if (pathname === '/openapi.json' && reads)
      return answerDocument(request, describe(origin(request.headers)), newId('req_', Date.now()));
    if (isClawRouterPath(pathname)) return manageOpenClaw(request, context);
    if (pathname === STRIPE_WEBHOOK_PATH) return receiveStripe(request, context);
    if (MANAGED.test(pathname)) {
      const answer = await manage(request, context);
      if (answer.ok && SWEEPS.test(pathname)) context.background((delivering = deliverDue()));
      return answer;
    }
    return handle(request, context, ports);
  }

  return {
    env,
    database,
    account,
    log,
    web,
    upgrades,
    operator,
    peekMinute: (user, limits) => limiter.peek(user, limits),
    origin,
    describe,
    async answer(request, context) {
      const preflight = answerPreflight(request, env.corsOrigins);
      if (preflight !== null) return preflight;
      const response = await route(request, context);
      const granted = corsHeaders(request, env.corsOrigins);
      for (const name in granted) response.headers.set(name, granted[name] ?? '');
      return response;
    },
    async sweep() {
      await store.tend(nowMs() + HOLD_MS);
      // A slow receiver holds up no sweep.
      delivering = deliverDue();
      return sweepCalls(account, {}, { isDead });
    },
    async close() {
      await webhook?.close();
      await delivering;
      await upstream.close();
      database.close();
    },
  };
}

/** What a host without a process of its own calls on a schedule. */
const SWEEPS = /^\/api\/(admin|cron)\/sweep\/?$/;

const MANAGED = /^\/api\/(admin|user|cron)(\/|$)/;

function answerPlain(request: Request, body: unknown): Response {
  const headers = { 'cache-control': 'no-store', 'x-request-id': newId('req_', Date.now()) };
  if (request.method === 'HEAD') return new Response(null, { headers });
  return Response.json(body, { headers });
}

const SHARED = Symbol.for('tollgate.server');

/** The process's one server: the self-hosted mount and Next's bundle share it, limiter and caches included. */
export function getServer(): Promise<TollgateServer> {
  const shared = globalThis as { [SHARED]?: Promise<TollgateServer> };
  shared[SHARED] ??= createServer(readEnv()).catch((error: unknown) => {
    delete shared[SHARED];
    throw error;
  });
  return shared[SHARED];
}
