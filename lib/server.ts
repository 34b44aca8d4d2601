/** Composition root: environment → adapters → the one `answer` that every mount serves. */
import { createLibsqlStore } from '@/lib/adapters/libsql-store';
import { createMemoryLimiter } from '@/lib/adapters/memory-limiter';
import { createDecoder } from '@/lib/adapters/decoders';
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
import { createManagementApi } from '@/lib/api/management';
import { answerDocument, createDocument, type OpenApiDocument } from '@/lib/api/openapi';
import { createStatusReporter } from '@/lib/api/status';
import type { AccountContext } from '@/lib/account/context';
import { sweepCalls } from '@/lib/account/sweep-calls';
import { type Database, openDatabase } from '@/db/client';
import { PING } from '@/db/queries/ping';
import { originOf } from '@/lib/docs/origin';
import type { ModelPrice } from '@/lib/domain/price';
import { createPriceBook } from '@/lib/domain/price-table';
import { type Env, readEnv } from '@/lib/env';
import { handle } from '@/lib/gateway/handle';
import type { Log, Ports, RequestContext } from '@/lib/gateway/ports';
import { servedPaths } from '@/lib/gateway/routes';
import { modelsFor } from '@/lib/gateway/stages/answer-models';
import { authenticate } from '@/lib/gateway/stages/authenticate';
import { StrangerWatch } from '@/lib/gateway/strangers';
import { createCompatible, ownPriceId, qualifiedId } from '@/lib/providers/compatible/compatible';
import type { ProviderSettings } from '@/lib/providers/provider';
import { configuredProviders, priceIdFor } from '@/lib/providers/registry';
import { newId } from '@/lib/std/ids';
import { FORMATS } from '@/lib/wire/registry';

/** Longer than any function may run on Vercel; a self-hosted server renews the holds of its running calls. */
const HOLD_MS = 15 * 60_000;

export interface TollgateServer {
  readonly env: Env;
  readonly database: Database;
  readonly account: AccountContext;
  readonly log: Log;
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

/** What the operator says his own models cost; a date long past makes it hold for every call. */
function ownPricesOf(env: Env): ModelPrice[] {
  return env.customProviders.flatMap(({ name, models }) =>
    models.flatMap(({ id, price }) => {
      if (price === undefined) return [];
      const { input, output = 0, cacheRead = input } = price;
      const model = ownPriceId(name, id);
      const rates = { input, output, cacheRead, cacheWrite5m: input, cacheWrite1h: input };
      const row = { model, effectiveFrom: '1970-01-01', ...rates, tiers: [], webSearch: 0, premiums: {} };
      return [{ ...row, version: `${model}:${input}/${output}/${cacheRead}` }];
    }),
  );
}

/** Overrides name an own model as callers do: `provider/model`. */
function nameOwnModels(overrides: readonly ModelPrice[], env: Env): readonly ModelPrice[] {
  const ids = new Map(
    env.customProviders.flatMap(({ name, models }) =>
      models.flatMap(({ id, price }) =>
        price === undefined ? [] : [[qualifiedId(name, id), ownPriceId(name, id)] as const],
      ),
    ),
  );
  return overrides.map((row) => ({ ...row, model: ids.get(row.model) ?? row.model }));
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
  const store = createLibsqlStore(database, {
    nowMs,
    owner,
    createPriceBook: (prices) => createPriceBook(nameOwnModels(prices, env), priceIdFor, ownPrices),
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
  const identify = async (request: Request) => (await authenticate(request, ports)).identity;
  const manage = createManagementApi({
    account,
    adminToken: env.adminToken,
    cronSecret: env.cronSecret,
    limiter,
    authenticate: identify,
    onUnauthorized: (context) => ports.strangers.note(context.clientAddress),
    isDeadOwner: isDead,
    log,
  });

  const manageOpenClaw = createClawRouter({
    account,
    authenticate: identify,
    providers: configuredProviders(ports.settings),
    modelsFor: (identity, format) => modelsFor(identity, [format], ports),
    prices: () => store.prices(),
  });
  const describe = createDocument(FORMATS, servedPaths(FORMATS));
  // Vercel sets these headers itself and lets no caller's through.
  const trustProxy = env.trustProxy || env.onVercel;
  const origin = (headers: Pick<Headers, 'get'>) =>
    originOf({ header: (name) => headers.get(name), trustProxy });

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
    if (MANAGED.test(pathname)) return manage(request, context);
    return handle(request, context, ports);
  }

  return {
    env,
    database,
    account,
    log,
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
      return sweepCalls(account, {}, { isDead });
    },
    async close() {
      await upstream.close();
      database.close();
    },
  };
}

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
