/** What `vercel build` makes of the project: the functions' contents and settings, and a built function that streams. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPlan } from '@/lib/account/create-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { openDatabase } from '@/db/client';
import { answerTo, eventsOf } from '@/tests/support/anthropic-messages';
import { UPSTREAM_KEY, startAnthropicUpstream } from '@/tests/support/anthropic-upstream';
import { type HranaServer, startHranaServer } from '@/tests/support/hrana-server';
import { ROOT } from '@/tests/support/project-files';
import { createStepper } from '@/tests/support/upstream-answer';
import type { Upstream } from '@/tests/support/upstream-server';
import { type BootedFunction, type VercelOutput, buildForVercel } from '@/tests/support/vercel-output';

/** Installing the CLI once, copying the project and building it, on a busy machine. */
const BUILD_TIMEOUT_MS = 400_000;
const GATEWAY_FUNCTIONS = ['api/[...path]', 'v1/[...path]'];
const CRON_SECRET = 'cron-secret-for-tests-only';

let output: VercelOutput | undefined;

function built(): VercelOutput {
  if (output === undefined) throw new Error('the build failed');
  return output;
}

beforeAll(() => {
  output = buildForVercel();
}, BUILD_TIMEOUT_MS);

afterAll(() => output?.remove());

describe('the build', () => {
  test('puts no native code and no database file driver into any function', () => {
    expect([...built().functions.keys()]).toEqual(expect.arrayContaining(GATEWAY_FUNCTIONS));
    const native =
      /\.node$|\.so(\.\d+)*$|^node_modules\/(libsql|@neon-rs)\/|^node_modules\/@libsql\/(linux|darwin|win32)-/;
    for (const name of built().functions.keys()) {
      const files = built().filesOf(name);
      expect({ name, native: files.filter((file) => native.test(file)) }).toEqual({ name, native: [] });
    }
  });

  test('deploys no environment file, database, test or script with a function', () => {
    for (const name of built().functions.keys()) {
      const strays = built()
        .filesOf(name)
        .filter((file) => /^(\.env(?!\.example)|\.data|tests|scripts|\.cache|\.git)/.test(file));
      expect({ name, strays }).toEqual({ name, strays: [] });
    }
  });

  test('lets gateway functions run long, stream, and learn that their caller left', () => {
    for (const name of GATEWAY_FUNCTIONS) {
      expect(built().functions.get(name)).toMatchObject({
        maxDuration: 800,
        supportsCancellation: true,
        supportsResponseStreaming: true,
      });
    }
  });

  test('wires the sweep as a cron job', () => {
    expect(built().config.crons).toEqual([{ path: '/api/cron/sweep', schedule: '*/10 * * * *' }]);
  });
});

describe('a built function', () => {
  let turso: HranaServer;
  let upstream: Upstream;
  let booted: BootedFunction[] = [];
  let token: string;
  const urlOf = (index: number): string => booted[index]?.url ?? '';

  beforeAll(async () => {
    [turso, upstream] = await Promise.all([
      startHranaServer(),
      startAnthropicUpstream({ apiKey: UPSTREAM_KEY }),
    ]);
    const database = { TURSO_DATABASE_URL: turso.url, TURSO_AUTH_TOKEN: turso.authToken };
    await migrate({ ...database, VERCEL: '1' });
    token = await customerToken(turso);
    const provider = { ANTHROPIC_API_KEY: UPSTREAM_KEY, ANTHROPIC_UPSTREAM_URL: upstream.url };
    booted = await Promise.all(
      GATEWAY_FUNCTIONS.map((name) => built().boot(name, { ...database, ...provider, CRON_SECRET })),
    );
  });

  afterAll(async () => {
    const endings = await Promise.all(booted.map((one) => one.stop()));
    expect(endings.every((code) => code === 0)).toBe(true);
    await Promise.all([turso.stop(), upstream.stop()]);
  });

  const ask = (url: string, stream: boolean): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { 'x-api-key': token, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-sonnet-5-5',
        max_tokens: 64,
        stream,
        messages: [{ role: 'user', content: 'Say 12 words' }],
      }),
    });

  async function settled(response: Response): Promise<unknown> {
    const id = response.headers.get('x-request-id') ?? '';
    for (;;) {
      const { rows } = await turso.query(
        `SELECT ending, grade, output_tokens, stream FROM llm_usage WHERE id = '${id}'`,
      );
      if (rows[0]?.['ending'] !== null) return { ...rows[0] };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  test('streams a message byte for byte, event by event, and settles its row after the response', async () => {
    const request = {
      model: 'claude-sonnet-5-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Say 12 words' }],
    };
    const body = eventsOf(answerTo(request, 'msg_000000000000000000000001'));
    const stepper = createStepper();
    upstream.script({ body, stepper });
    const waiting = ask(`${urlOf(0)}/api/llm/chat`, true);
    await stepper.step();
    const response = await waiting;
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    // The first event is here while the upstream still holds the others back.
    let received = decoder.decode((await reader.read()).value, { stream: true });
    expect(received).toBe(body[0]);
    stepper.runOn();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      received += decoder.decode(part.value, { stream: true });
    }
    expect(received).toBe(body.join(''));
    expect(await settled(response)).toEqual({
      ending: 'complete',
      grade: 'exact',
      output_tokens: 12n,
      stream: 1n,
    });
  });

  test('sends exactly the caller’s query upstream, none of the router’s', async () => {
    for (const url of [
      `${urlOf(0)}/api/llm/anthropic/v1/messages?beta=true`,
      `${urlOf(1)}/v1/messages?beta=true`,
    ]) {
      const response = await ask(url, false);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      expect(upstream.requests.at(-1)?.url).toBe('/v1/messages?beta=true');
      expect(await settled(response)).toMatchObject({ ending: 'complete' });
    }
  });

  test('lists models under /v1 and runs the sweep for the cron secret alone', async () => {
    const models = await fetch(`${urlOf(1)}/v1/models?limit=1`, { headers: { 'x-api-key': token } });
    expect(models.status).toBe(200);
    expect(((await models.json()) as { data: unknown[] }).data).toHaveLength(1);
    const sweep = (secret: string) =>
      fetch(`${urlOf(0)}/api/cron/sweep`, { headers: { authorization: `Bearer ${secret}` } });
    expect((await sweep(CRON_SECRET)).status).toBe(200);
    expect((await sweep('someone-elses-secret')).status).toBe(401);
  });

  test('never writes a credential to its console', () => {
    for (const one of booted) {
      for (const secret of [token, UPSTREAM_KEY, turso.authToken, CRON_SECRET])
        expect(one.console()).not.toContain(secret);
    }
  });
});

/** As the build command does it on Vercel. */
async function migrate(env: Readonly<Record<string, string>>): Promise<void> {
  const run = promisify(execFile);
  await run(process.execPath, ['scripts/vercel-migrate.mjs'], {
    cwd: ROOT,
    env: { NODE_ENV: 'production', ...env },
  });
}

async function customerToken(turso: HranaServer): Promise<string> {
  const database = await openDatabase(turso.url, turso.authToken);
  const account = {
    database,
    actor: { kind: 'system', id: '' } as const,
    nowMs: Date.now,
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
    forget: () => undefined,
    formats: [],
  };
  const limits = {
    monthly_tokens: 1_000_000,
    monthly_cost_cents: null,
    rate_limit_rpm: 1_000,
    rate_limit_tpm: 1_000_000,
  };
  await createPlan(account, { plan: 'test', ...limits });
  await createUser(account, { id: 'acme', plan: 'test' });
  const { token } = await createToken(account, { user: 'acme', name: 'laptop' });
  database.close();
  return token;
}
