/** The only reader of `process.env`: validated once, all problems reported together. `.env.example` documents each name. */
import { z } from 'zod';
import { type ReadProviders, readProviders } from './env/providers';
import { type CloudSettings, readCloud } from './env/clouds';
import { type ReadOidc, readOidc } from './env/oidc';
import { readUpgrades, type UpgradeSettings } from './env/upgrades';

const MB = 1024 * 1024;
const text = z.string().trim().min(1);
const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));
/** A name set to nothing means "not set", as in a copied `.env.example`. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const positive = z.coerce.number().int().positive();

const SCHEMA = z.object({
  PORT: optional(z.coerce.number().int().min(0).max(65_535)),
  HOST: optional(text),
  TURSO_DATABASE_URL: optional(
    text.regex(/^(file|libsql|https?|wss?):/, 'must start with file:, libsql: or https:'),
  ),
  TURSO_AUTH_TOKEN: optional(text),
  UPSTASH_REDIS_REST_URL: optional(url),
  UPSTASH_REDIS_REST_TOKEN: optional(text),
  ANTHROPIC_API_KEY: optional(text),
  GEMINI_API_KEY: optional(text),
  OPENAI_API_KEY: optional(text),
  OPENROUTER_API_KEY: optional(text),
  ANTHROPIC_UPSTREAM_URL: optional(url),
  GEMINI_UPSTREAM_URL: optional(url),
  OPENAI_UPSTREAM_URL: optional(url),
  OPENROUTER_UPSTREAM_URL: optional(url),
  TOLLGATE_PROVIDERS: optional(text),
  TOLLGATE_KEEPALIVE_MS: optional(positive),
  TOLLGATE_ADMIN_TOKEN: optional(text.min(16, 'must be at least 16 characters')),
  TOLLGATE_SECRET: optional(text.min(32, 'must be at least 32 characters, for HS256')),
  TOLLGATE_SESSION_SECRET: optional(text.min(32, 'must be at least 32 characters')),
  TOLLGATE_JWKS_URL: optional(url),
  TOLLGATE_JWT_ISSUER: optional(text),
  TOLLGATE_JWT_AUDIENCE: optional(text),
  TOLLGATE_UPGRADE_URL: optional(z.url({ protocol: /^https?$/ })),
  TOLLGATE_SANDBOX: optional(z.enum(['auto', 'on', 'off'])),
  TOLLGATE_CORS_ORIGINS: optional(text),
  TOLLGATE_MAX_BODY_BYTES: optional(positive),
  TOLLGATE_HEADERS_TIMEOUT_MS: optional(positive),
  TOLLGATE_IDLE_TIMEOUT_MS: optional(positive),
  TOLLGATE_DRAIN_MS: optional(z.coerce.number().int().min(0)),
  TOLLGATE_TRUST_PROXY: optional(z.enum(['0', '1', 'false', 'true'])),
  TOLLGATE_LOG_LEVEL: optional(z.enum(['silent', 'error', 'warn', 'info', 'debug'])),
  CRON_SECRET: optional(text.min(16, 'must be at least 16 characters')),
  VERCEL: optional(text),
  NODE_ENV: optional(text),
});

export interface Env {
  readonly port: number;
  readonly host: string;
  readonly databaseUrl: string;
  readonly databaseAuthToken: string | undefined;
  /** `null`: the in-process limiter. */
  readonly upstash: { readonly url: string; readonly token: string } | null;
  readonly anthropic: { readonly baseUrl: string; readonly apiKey: string } | null;
  readonly google: { readonly baseUrl: string; readonly apiKey: string } | null;
  readonly openai: { readonly baseUrl: string; readonly apiKey: string } | null;
  readonly openrouter: { readonly baseUrl: string; readonly apiKey: string } | null;
  readonly bedrock: CloudSettings['bedrock'];
  readonly vertex: CloudSettings['vertex'];
  /** Providers the operator defined, with their keys. */
  readonly customProviders: ReadProviders['definitions'];
  /** Simulated answers instead of a provider. */
  readonly sandbox: boolean;
  readonly adminToken: string | null;
  readonly cronSecret: string | null;
  readonly jwt: {
    secret: string | null;
    jwksUrl: string | null;
    issuer: string | null;
    audience: string | null;
  };
  /** Signs the cookies of signed-in browsers; `null`: a key kept in the database. */
  readonly sessionSecret: string | null;
  /** Where people may sign in; `null`: with tokens and links alone. */
  readonly oidc: ReadOidc['oidc'];
  readonly upgradeUrl: string | null;
  /** Where events go; `null`: they are kept for the pages alone. */
  readonly webhook: UpgradeSettings['webhook'];
  /** `null`: plans aren't sold here. */
  readonly stripe: UpgradeSettings['stripe'];
  readonly corsOrigins: readonly string[];
  readonly maxBodyBytes: number;
  /** Silence in a stream after which a keep-alive is sent. */
  readonly keepAliveMs: number;
  readonly headersTimeoutMs: number | undefined;
  readonly idleTimeoutMs: number | undefined;
  /** How long open streams may finish after SIGTERM. */
  readonly drainMs: number;
  readonly trustProxy: boolean;
  readonly logLevel: string;
  readonly onVercel: boolean;
}

/** Larger than any prompt a provider takes (Anthropic's own limit is 32 MB). */
const DEFAULT_MAX_BODY_BYTES = 32 * MB;
/** Proxies and load balancers mostly give a silent connection 30 to 60 s. */
const DEFAULT_KEEPALIVE_MS = 15_000;
/** Container platforms mostly kill after 30 s. */
const DEFAULT_DRAIN_MS = 25_000;
const DEFAULT_DATABASE_URL = 'file:.data/tollgate.db';

/** All problems of an environment, one a line. */
export class EnvError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'EnvError';
  }
}

/** Names any of which makes a real provider, so that nothing is simulated. */
const PROVIDER_NAMES = [
  'ANTHROPIC_API_KEY',
  'GEMINI_API_KEY',
  'OPENAI_API_KEY',
  'OPENROUTER_API_KEY',
  'BEDROCK_API_KEY',
  'BEDROCK_ACCESS_KEY_ID',
  'VERTEX_SERVICE_ACCOUNT',
  'TOLLGATE_PROVIDERS',
] as const;

/** Names an operator-defined provider can't have. */
const BUILT_IN = ['anthropic', 'google', 'openai', 'openrouter', 'bedrock', 'vertex', 'sandbox', 'tollgate'];

/** What only several names together can get wrong; looks at what is set, whether or not each value is right. */
function crossProblems(source: Readonly<Record<string, string | undefined>>): string[] {
  const env: Record<string, string | undefined> = {};
  for (const name in source) env[name] = source[name] === '' ? undefined : source[name];
  const problems: string[] = [];
  const onVercel = env['VERCEL'] !== undefined;
  if ((env['UPSTASH_REDIS_REST_URL'] === undefined) !== (env['UPSTASH_REDIS_REST_TOKEN'] === undefined)) {
    problems.push('UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN must be set together');
  }
  if (
    env['TOLLGATE_JWKS_URL'] !== undefined &&
    (env['TOLLGATE_JWT_ISSUER'] === undefined || env['TOLLGATE_JWT_AUDIENCE'] === undefined)
  ) {
    problems.push('TOLLGATE_JWKS_URL needs TOLLGATE_JWT_ISSUER and TOLLGATE_JWT_AUDIENCE');
  }
  if (env['TOLLGATE_SANDBOX'] === 'on' && PROVIDER_NAMES.some((name) => env[name] !== undefined)) {
    problems.push(
      'TOLLGATE_SANDBOX=on answers with simulations and is never used beside a provider key; unset one of them',
    );
  }
  if (
    onVercel &&
    (env['TURSO_DATABASE_URL'] === undefined || env['TURSO_DATABASE_URL'].startsWith('file:'))
  ) {
    problems.push(
      'TURSO_DATABASE_URL must name a remote database (libsql://…) on Vercel: functions have no lasting disk',
    );
  }
  return problems;
}

/**
 * Reads and validates an environment (by default the process's).
 * @throws EnvError naming every problem at once; values are never in it
 */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env): Env {
  const parsed = SCHEMA.safeParse(source);
  const issues = parsed.error?.issues ?? [];
  const custom = readProviders(source['TOLLGATE_PROVIDERS'], source, BUILT_IN);
  const clouds = readCloud(source);
  const issuer = readOidc(source);
  const upgrades = readUpgrades(source);
  const problems = [
    ...issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    ...crossProblems(source),
    ...custom.problems,
    ...clouds.problems,
    ...issuer.problems,
    ...upgrades.problems,
  ];
  if (!parsed.success || problems.length > 0) throw new EnvError(problems);
  const env = parsed.data;
  const onVercel = env.VERCEL !== undefined;
  const hasKey = PROVIDER_NAMES.some((name) => (source[name] ?? '') !== '');
  const provider = (apiKey: string | undefined, baseUrl: string) =>
    apiKey === undefined ? null : { apiKey, baseUrl };
  return {
    port: env.PORT ?? 3000,
    host: env.HOST ?? '0.0.0.0',
    databaseUrl: env.TURSO_DATABASE_URL ?? DEFAULT_DATABASE_URL,
    databaseAuthToken: env.TURSO_AUTH_TOKEN,
    upstash:
      env.UPSTASH_REDIS_REST_URL === undefined || env.UPSTASH_REDIS_REST_TOKEN === undefined
        ? null
        : { url: env.UPSTASH_REDIS_REST_URL, token: env.UPSTASH_REDIS_REST_TOKEN },
    anthropic: provider(env.ANTHROPIC_API_KEY, env.ANTHROPIC_UPSTREAM_URL ?? 'https://api.anthropic.com'),
    google: provider(
      env.GEMINI_API_KEY,
      env.GEMINI_UPSTREAM_URL ?? 'https://generativelanguage.googleapis.com',
    ),
    openai: provider(env.OPENAI_API_KEY, env.OPENAI_UPSTREAM_URL ?? 'https://api.openai.com/v1'),
    openrouter: provider(
      env.OPENROUTER_API_KEY,
      env.OPENROUTER_UPSTREAM_URL ?? 'https://openrouter.ai/api/v1',
    ),
    bedrock: clouds.bedrock,
    vertex: clouds.vertex,
    customProviders: custom.definitions,
    sandbox: !hasKey && (env.TOLLGATE_SANDBOX === 'on' || (env.TOLLGATE_SANDBOX !== 'off' && !onVercel)),
    adminToken: env.TOLLGATE_ADMIN_TOKEN ?? null,
    cronSecret: env.CRON_SECRET ?? null,
    jwt: {
      secret: env.TOLLGATE_SECRET ?? null,
      jwksUrl: env.TOLLGATE_JWKS_URL ?? null,
      issuer: env.TOLLGATE_JWT_ISSUER ?? null,
      audience: env.TOLLGATE_JWT_AUDIENCE ?? null,
    },
    sessionSecret: env.TOLLGATE_SESSION_SECRET ?? null,
    oidc: issuer.oidc,
    upgradeUrl: env.TOLLGATE_UPGRADE_URL ?? null,
    webhook: upgrades.webhook,
    stripe: upgrades.stripe,
    corsOrigins: env.TOLLGATE_CORS_ORIGINS?.split(',').map((origin) => origin.trim()) ?? [],
    keepAliveMs: env.TOLLGATE_KEEPALIVE_MS ?? DEFAULT_KEEPALIVE_MS,
    maxBodyBytes: env.TOLLGATE_MAX_BODY_BYTES ?? DEFAULT_MAX_BODY_BYTES,
    headersTimeoutMs: env.TOLLGATE_HEADERS_TIMEOUT_MS,
    idleTimeoutMs: env.TOLLGATE_IDLE_TIMEOUT_MS,
    drainMs: env.TOLLGATE_DRAIN_MS ?? DEFAULT_DRAIN_MS,
    trustProxy: env.TOLLGATE_TRUST_PROXY === '1' || env.TOLLGATE_TRUST_PROXY === 'true',
    logLevel: env.TOLLGATE_LOG_LEVEL ?? 'info',
    onVercel,
  };
}
