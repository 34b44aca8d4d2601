/** Builds Tollgate and makes its databases: one customer whose limits are checked on every call and never reached. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { TOKEN_PATH } from '@/tests/bench/dialects';
import { cleanEnv, ROOT } from '@/tests/bench/processes';

/** Caps are set, not lifted: an uncapped plan would skip work that a paying customer's call does. */
const PLAN = [
  'plans',
  'create',
  'bench',
  '--monthly-tokens=1000000000000000',
  '--monthly-cost-cents=900000000',
  '--rate-limit-rpm=1000000000',
  '--rate-limit-tpm=1000000000000',
];

export interface TollgateSetup {
  readonly env: Readonly<Record<string, string>>;
  readonly token: string;
}

/** Pages and server bundle, when a source changed since the last build. */
export function buildTollgate(): void {
  const args = [path.join(ROOT, 'scripts/start.mjs'), '--build-only'];
  execFileSync(process.execPath, args, { cwd: ROOT, env: cleanEnv({}), stdio: 'pipe' });
}

function tollgate(args: readonly string[], env: Readonly<Record<string, string>>): Record<string, unknown> {
  const command = ['--import', 'tsx', path.join(ROOT, 'scripts/tollgate.ts'), ...args, '--json'];
  const options = { cwd: ROOT, env: cleanEnv(env), stdio: 'pipe', encoding: 'utf8' } as const;
  return JSON.parse(execFileSync(process.execPath, command, options)) as Record<string, unknown>;
}

/** A key that no account has: the upstream takes any. */
function serviceAccount(upstreamUrl: string): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return JSON.stringify({
    client_email: 'bench@bench.invalid',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    project_id: 'bench',
    token_uri: upstreamUrl + TOKEN_PATH,
  });
}

/** A database file with a customer, and the environment of a server on it. */
export function setUpTollgate(name: string, folder: string, upstreamUrl: string): TollgateSetup {
  const env = {
    TURSO_DATABASE_URL: `file:${path.join(folder, `${name}.db`)}`,
    ANTHROPIC_API_KEY: 'sk-ant-bench',
    ANTHROPIC_UPSTREAM_URL: upstreamUrl,
    OPENAI_API_KEY: 'sk-bench',
    OPENAI_UPSTREAM_URL: `${upstreamUrl}/v1`,
    GEMINI_API_KEY: 'bench',
    GEMINI_UPSTREAM_URL: upstreamUrl,
    BEDROCK_API_KEY: 'bench',
    BEDROCK_UPSTREAM_URL: upstreamUrl,
    VERTEX_SERVICE_ACCOUNT: serviceAccount(upstreamUrl),
    VERTEX_UPSTREAM_URL: upstreamUrl,
    // Set to nothing, so that an `.env` of the operator's cannot fill them in.
    TURSO_AUTH_TOKEN: '',
    UPSTASH_REDIS_REST_URL: '',
    UPSTASH_REDIS_REST_TOKEN: '',
    OPENROUTER_API_KEY: '',
    TOLLGATE_PROVIDERS: '',
    TOLLGATE_JWKS_URL: '',
    TOLLGATE_CORS_ORIGINS: '',
    TOLLGATE_LOG_LEVEL: 'info',
  };
  tollgate(PLAN, env);
  tollgate(['users', 'create', '--id', 'bench', '--plan', 'bench'], env);
  const { token } = tollgate(['tokens', 'create', '--user', 'bench', '--name', 'bench'], env);
  if (typeof token !== 'string') throw new Error('the CLI printed no token');
  return { env, token };
}
