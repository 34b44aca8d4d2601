/** The gateway on a remote database, spoken to as Turso is: same decisions, same rows, integers all the way. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import { UPSTREAM_KEY, startAnthropicUpstream } from '@/tests/support/anthropic-upstream';
import { type InProcessGateway, type TestGateway, startGateway } from '@/tests/support/gateway';
import { type HranaServer, startHranaServer } from '@/tests/support/hrana-server';
import type { Upstream } from '@/tests/support/upstream-server';

let turso: HranaServer;
let upstream: Upstream;
let remote: InProcessGateway;
let embedded: InProcessGateway;

async function migrateRemote(): Promise<void> {
  const database = await openDatabase(turso.url, turso.authToken);
  await migrateDatabase(database);
  database.close();
}

beforeAll(async () => {
  [turso, upstream] = await Promise.all([
    startHranaServer(),
    startAnthropicUpstream({ apiKey: UPSTREAM_KEY }),
  ]);
  await migrateRemote();
  const provider = { ANTHROPIC_API_KEY: UPSTREAM_KEY, ANTHROPIC_UPSTREAM_URL: upstream.url };
  embedded = await startGateway(provider);
  remote = await startGateway({
    ...provider,
    TURSO_DATABASE_URL: turso.url,
    TURSO_AUTH_TOKEN: turso.authToken,
  });
});

afterEach(() => {
  turso.resume();
  upstream.script();
});

afterAll(async () => {
  await Promise.all([remote.stop(), embedded.stop()]);
  await Promise.all([turso.stop(), upstream.stop()]);
});

interface Ask {
  readonly max_tokens?: number;
  readonly stream?: boolean;
  readonly prompt?: string;
}

function messageRequest(
  base: string,
  token: string,
  { max_tokens = 64, stream = false, prompt = 'Say 8 words' }: Ask,
) {
  const messages = [{ role: 'user', content: prompt }];
  return new Request(`${base}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'claude-sonnet-5-5', max_tokens, stream, messages }),
  });
}

const requestIdOf = (response: Response): string => response.headers.get('x-request-id') ?? '';

/** What may differ between two databases for the same call. */
const OWN_TO_A_ROW = /(^|_)(id|at|ms)$|^(user|token|month|session$|timestamp|version)/;

function comparable(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !OWN_TO_A_ROW.test(name)));
}

/** Calls whose admission differs: room for all of it, for less than asked, for nothing; and a revoked token. */
async function runScenario(gateway: TestGateway): Promise<unknown[]> {
  const seen: unknown[] = [];
  async function call(token: string, ask: Ask): Promise<void> {
    const sentBefore = upstream.requests.length;
    const response = await fetch(messageRequest(gateway.url, token, ask));
    const body = await response.text();
    const sent = upstream.requests.slice(sentBefore).map((request) => request.json());
    const error = response.ok
      ? null
      : (JSON.parse(body) as { error: { type: string; message: string } }).error;
    const id = requestIdOf(response);
    const row = response.status === 401 ? null : comparable(await gateway.settledRow(id));
    const remaining = ['tokens', 'usd'].map((unit) => response.headers.get(`x-tollgate-remaining-${unit}`));
    seen.push({ status: response.status, error, sent, row, remaining });
  }
  const wide = await gateway.customer({
    user: 'wide',
    plan: { monthly_tokens: 1_000_000, monthly_cost_cents: 1_000 },
  });
  await call(wide.token, {});
  await call(wide.token, { stream: true, prompt: 'Say 30 words' });
  const tight = await gateway.customer({
    user: 'tight',
    plan: { monthly_tokens: 200, monthly_cost_cents: null },
  });
  await call(tight.token, { max_tokens: 100_000 });
  await call(tight.token, { max_tokens: 100_000, prompt: `Say 8 words about ${'toll gates '.repeat(200)}` });
  const poor = await gateway.customer({
    user: 'poor',
    plan: { monthly_tokens: null, monthly_cost_cents: 0 },
  });
  await call(poor.token, {});
  await gateway.admin('DELETE', `/api/admin/tokens/${wide.tokenId}`);
  await call(wide.token, {});
  return seen;
}

describe('a remote database', () => {
  test('takes the migrations over HTTP, and a second time does nothing', async () => {
    const objects = `SELECT count(*) AS n FROM sqlite_master WHERE type IN ('table', 'trigger')`;
    const before = (await turso.query(objects)).rows[0]?.['n'];
    await migrateRemote();
    expect(before).toBeGreaterThan(9n);
    expect((await turso.query(objects)).rows[0]?.['n']).toBe(before);
  });

  test('admits, clamps, refuses and settles as the embedded one does', async () => {
    const onTurso = (await runScenario(remote)) as { status: number; sent: { max_tokens: number }[] }[];
    expect(onTurso.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429, 401]);
    expect(onTurso[2]?.sent[0]?.max_tokens).toBeLessThan(200);
    expect(onTurso[3]?.sent).toEqual([]);
    expect(onTurso).toEqual(await runScenario(embedded));
  });

  test('keeps integer columns integers and leaves no hold behind', async () => {
    const { token } = await remote.customer();
    const response = await fetch(messageRequest(remote.url, token, { stream: true }));
    await response.text();
    await remote.settledRow(requestIdOf(response));
    const { rows: columns } = await turso.query(
      `SELECT m.name AS place, c.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c
       WHERE m.type = 'table' AND c.type = 'INTEGER' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\'`,
    );
    expect(columns.length).toBeGreaterThan(30);
    for (const row of columns) {
      const [place, name] = [row['place'] as string, row['name'] as string];
      const wrong = `SELECT count(*) AS n FROM "${place}" WHERE typeof("${name}") NOT IN ('integer', 'null')`;
      const found = (await turso.query(wrong)).rows[0]?.['n'];
      expect({ place, name, found }).toEqual({ place, name, found: 0n });
    }
    const held = await turso.query(
      'SELECT sum(tokens_held) AS tokens, sum(nano_usd_held) AS nano FROM usage_months',
    );
    expect(held.rows[0]).toMatchObject({ tokens: 0n, nano: 0n });
  });

  test('never delays the last byte: the row is settled by the work handed to the host', async () => {
    const { token } = await remote.customer();
    upstream.script(() => {
      turso.pause();
      return null;
    });
    const background: Promise<unknown>[] = [];
    const response = await remote.server.answer(messageRequest(remote.url, token, { stream: true }), {
      clientAddress: null,
      background: (work) => void background.push(work),
    });
    const body = await response.text();
    expect(body).toContain('message_stop');
    const rowSql = `SELECT ending, output_tokens FROM llm_usage WHERE id = '${requestIdOf(response)}'`;
    expect((await turso.query(rowSql)).rows[0]).toMatchObject({ ending: null, output_tokens: null });
    expect(background).not.toEqual([]);
    turso.resume();
    await Promise.all(background);
    expect((await turso.query(rowSql)).rows[0]).toMatchObject({ ending: 'complete', output_tokens: 8n });
  });

  test('is asked once before the upstream call when warm, twice at most when cold', async () => {
    const { token } = await remote.customer();
    const counts: number[] = [];
    for (const _call of ['cold', 'warm']) {
      const before = turso.requests();
      upstream.script(() => {
        counts.push(turso.requests() - before);
        return null;
      });
      const response = await fetch(messageRequest(remote.url, token, {}));
      await response.text();
      await remote.settledRow(requestIdOf(response));
    }
    expect(counts[0]).toBeLessThanOrEqual(2);
    expect(counts[1]).toBe(1);
  });

  test('that cannot be reached makes calls and management answer 503, retryable, and heals by itself', async () => {
    const { token } = await remote.customer();
    await turso.refuse();
    const call = await fetch(messageRequest(remote.url, token, {}));
    const managed = await remote.admin('GET', '/api/admin/users');
    const swept = await remote.admin('POST', '/api/admin/sweep', {});
    await turso.accept();
    expect(call.status).toBe(503);
    expect(call.headers.get('retry-after')).toBe('1');
    expect(managed.status).toBe(503);
    expect(swept.status).toBe(503);
    const healed = await fetch(messageRequest(remote.url, token, {}));
    expect(healed.status).toBe(200);
    await healed.text();
  });
});
